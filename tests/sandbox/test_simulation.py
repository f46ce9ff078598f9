"""The simulated exchange without sockets: text and times in, actions out."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.sandbox import Faults, Simulation
from rxex.sandbox.actions import Action, Close, Cut, HalfOpen, Refusal, Send
from tests.sandbox.plain import make


def run(simulation: Simulation, until: float) -> list[tuple[float, Action]]:
    """Do everything that is due by ``until``, each at its time."""
    done: list[tuple[float, Action]] = [(simulation.now, action) for action in simulation.take()]
    while (due := simulation.next_due) is not None and due <= until:
        simulation.advance(due)
        done += [(due, action) for action in simulation.take()]
    simulation.advance(until)
    return done


def texts(simulation: Simulation) -> list[str]:
    return [action.text for action in simulation.take() if isinstance(action, Send)]


def watching(**options: Any) -> Simulation:
    simulation = make(**options)
    simulation.open("/", 0.0)
    simulation.receive(1, '{"watch":"BTC/USD"}', 0.0)
    simulation.take()
    return simulation


def test_a_client_is_greeted_and_answered() -> None:
    simulation = make()
    assert simulation.open("/", 1.0) == 1
    simulation.receive(1, '{"a":1}', 2.0)
    assert texts(simulation) == ["hello", "echo {'a': 1}"]


def test_every_request_is_in_the_ledger_also_what_is_no_json() -> None:
    simulation = make()
    simulation.open("/", 0.0)
    simulation.receive(1, '{"a":1}', 2.0)
    simulation.receive(1, "nonsense \ud800", 3.0)
    assert [(entry.session, entry.time, entry.message) for entry in simulation.ledger.requests] == [
        (1, 2.0, {"a": 1}),
        (1, 3.0, None),
    ]


def test_an_unknown_path_is_refused() -> None:
    assert make().admit("/elsewhere", 0.0) == Refusal(404)
    assert make().admit("/", 0.0) is None


def test_heartbeats_come_each_second_from_the_first_subscription_on_once_for_a_session() -> None:
    simulation = watching()
    simulation.receive(1, '{"watch":"ETH/USD"}', 0.5)
    beats = [time for time, action in run(simulation, 10.2) if action == Send(1, "beat")]
    assert beats == pytest.approx([float(second) for second in range(1, 11)])


def test_heartbeats_stop_and_start() -> None:
    simulation = watching()
    simulation.heartbeats = False
    assert Send(1, "beat") not in [action for _, action in run(simulation, 3.5)]
    simulation.heartbeats = True
    assert [time for time, action in run(simulation, 5.5) if action == Send(1, "beat")] == pytest.approx([4.0, 5.0])


def test_a_silent_session_is_closed() -> None:
    simulation = make(idle_timeout=60.0)
    simulation.open("/", 0.0)
    simulation.receive(1, "{}", 30.0)
    assert [(time, type(action)) for time, action in run(simulation, 200)][2:] == [(90.0, Close)]
    assert simulation.sessions == {}


def test_what_is_sent_is_activity_too() -> None:
    simulation = watching(idle_timeout=60.0)
    run(simulation, 200)
    assert list(simulation.sessions) == [1]


def test_nothing_is_due_once_all_have_left() -> None:
    simulation = watching(idle_timeout=60.0)
    simulation.leave(1, 5.0)
    run(simulation, 100)
    assert simulation.next_due is None


def test_the_same_seed_gives_the_same_run() -> None:
    faults = Faults(seed=5, drop=0.1, duplicate=0.1, reorder=0.1, corrupt=0.1, delay=(0, 0.2), cut_every=(5, 9))
    runs = [run(watching(seed=1, faults=faults), 20) for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 20
    assert run(watching(seed=2, faults=faults), 20) != runs[0]


def test_a_cut_ends_the_session_and_is_in_the_ledger() -> None:
    simulation = watching()
    simulation.open("/", 0.0)
    simulation.cut(1)
    assert simulation.take()[-1] == Cut(1)
    assert list(simulation.sessions) == [2]
    assert [(entry.session, entry.kind) for entry in simulation.ledger.incidents] == [(1, "cut")]
    simulation.receive(1, "{}", 1.0)
    assert simulation.take() == []


def test_a_close_carries_code_and_reason() -> None:
    simulation = watching()
    simulation.close(1013, "Market data unavailable")
    assert simulation.take() == [Close(1, 1013, "Market data unavailable")]


def test_a_half_open_session_neither_sends_nor_reads_nor_closes() -> None:
    simulation = watching()
    simulation.half_open()
    assert simulation.take() == [HalfOpen(1)]
    simulation.receive(1, '{"a":1}', 1.0)
    simulation.send_raw("x")
    simulation.close()
    assert [action for _, action in run(simulation, 5)] == []
    assert len(simulation.ledger.requests) == 1
    simulation.cut()
    assert simulation.take() == [Cut(1)]


def test_a_restart_is_told_in_plain_text_and_closes_with_1001() -> None:
    simulation = watching()
    simulation.restart()
    notice = "CloudFlare WebSocket proxy restarting"
    assert simulation.take() == [Send(1, notice), Close(1, 1001, notice)]


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        (Faults(cut_every=(2, 3)), Cut),
        (Faults(close_every=(2, 3), close_code=1011), Close),
        (Faults(half_open_every=(2, 3)), HalfOpen),
        (Faults(restart_every=(2, 3)), Close),
    ],
)
def test_faults_of_the_link_come_by_themselves(faults: Faults, kind: type[Action]) -> None:
    times = [time for time, action in run(watching(faults=faults), 10) if isinstance(action, kind)]
    assert len(times) == 1
    assert 2 <= times[0] <= 3


def test_a_cut_after_so_many_frames_leaves_so_many() -> None:
    simulation = make(faults=Faults(cut_after=(3, 3)))
    simulation.open("/", 0.0)
    for _ in range(5):
        simulation.receive(1, "{}", 0.0)
    assert [type(action) for action in simulation.take()] == [Send, Send, Send, Cut]


def test_late_frames_keep_their_order() -> None:
    simulation = make(faults=Faults(delay=(0.1, 2.0)))
    simulation.open("/", 0.0)
    for number in range(20):
        simulation.receive(1, str([number]), 0.0)
    done = run(simulation, 50)
    assert [action for _, action in done] == [
        Send(1, "hello"),
        *(Send(1, f"echo [{number}]") for number in range(20)),
    ]
    assert done[0][0] >= 0.1


def test_a_lost_answer_is_not_sent() -> None:
    simulation = make(faults=Faults(lose_answer=1.0))
    simulation.open("/", 0.0)
    simulation.receive(1, "{}", 0.0)
    assert texts(simulation) == ["hello"]


def test_a_silenced_symbol_is_acknowledged_and_then_nothing_comes() -> None:
    simulation = make()
    simulation.silenced.add("BTC/USD")
    simulation.open("/", 0.0)
    simulation.receive(1, '{"watch":"BTC/USD"}', 0.0)
    assert {action.text for _, action in run(simulation, 20) if isinstance(action, Send)} == {"hello", "yes", "beat"}


def test_a_subscription_may_fall_silent_or_be_refused_by_chance() -> None:
    silent = watching(faults=Faults(silent=1.0))
    assert {action.text for _, action in run(silent, 20) if isinstance(action, Send)} == {"beat"}
    refused = make(faults=Faults(refuse=1.0))
    refused.open("/", 0.0)
    refused.receive(1, '{"watch":"BTC/USD"}', 0.0)
    assert texts(refused) == ["hello", "no"]


def test_handshakes_are_refused_on_demand_and_by_chance() -> None:
    simulation = make()
    simulation.refuse_handshakes(2, 429, 5.0)
    assert [simulation.admit("/", 0.0) for _ in range(3)] == [Refusal(429, 5.0), Refusal(429, 5.0), None]
    always = make(faults=Faults(refuse_handshake=1.0, handshake_status=503, retry_after=2.5))
    assert always.admit("/", 0.0) == Refusal(503, 2.5)
    assert simulation.ledger.refused_handshakes == 2


def test_the_clock_never_goes_back() -> None:
    simulation = make()
    simulation.open("/", 10.0)
    simulation.receive(1, "{}", 5.0)
    assert simulation.ledger.requests[0].time == 10.0


def test_far_behind_the_market_skips_instead_of_piling_up() -> None:
    simulation = watching(speed=10_000.0)
    simulation.advance(100.0)
    told = len(simulation.take())
    assert told <= 1000
    simulation.advance(100.0)
    assert simulation.next_due is not None
    assert simulation.next_due >= 100.0


def test_a_frame_gets_its_number_when_its_turn_has_come() -> None:
    simulation = watching(faults=Faults(lose_answer=1.0))
    session, numbers = simulation.sessions[1], iter(range(1, 100))
    session.stamp = lambda text: None if "ETH" in text else f"{next(numbers)} {text}"
    simulation.send_data(session, "tick", "BTC/USD", "first")
    simulation.answer(session, "an answer that is lost")
    simulation.send_data(session, "tick", "ETH/USD", "ETH is lost without a number")
    simulation.silenced.add("SOL/USD")
    simulation.send_data(session, "tick", "SOL/USD", "silent")
    simulation.send(session, "no data")
    simulation.send_data(session, "tick", "BTC/USD", "third")
    assert texts(simulation) == ["1 first", "no data", "3 third"]
