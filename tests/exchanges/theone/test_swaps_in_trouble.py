"""Swaps while everything goes wrong: each is done once at most, and its end is what the exchange's books say."""

from __future__ import annotations

import random
import threading
from collections import Counter
from typing import Any

import pytest
from attrs import evolve

from rxex.exchanges import theone
from rxex.exchanges.theone.models import Swap, SwapStage
from rxex.exchanges.theone.sandbox import Faults, OrderFault, OrderFaults, theone_sandbox
from rxex.operators import connected_socket, keep_messages_only
from tests.exchanges.theone.broker_world import World, breaches
from tests.fakes.virtual_rest import to_virtual

S = SwapStage


@pytest.mark.parametrize("fault", OrderFault)
def test_whatever_goes_wrong_with_the_request_the_end_is_true_and_it_is_done_once(fault: OrderFault) -> None:
    world = World()
    world.exchange.fail_next_swap(fault)
    told = world.do_swap()
    world.wait(lambda: told.ended)
    assert breaches(world, told) == []
    never_arrived = fault in {OrderFault.LOSE_REQUEST, OrderFault.CUT_BEFORE}
    assert told.last.stage is (S.UNKNOWN if never_arrived else S.FILLED)


@pytest.mark.parametrize("fault", OrderFault)
def test_over_rest_it_is_known_that_a_swap_never_arrived(fault: OrderFault) -> None:
    world = World()
    rest = to_virtual(
        theone.rest.client(world.exchange.credentials(), scheduler=world.clock, url="https://exchange"), world.exchange
    )
    rest.clock = world.time
    world.exchange.fail_next_swap(fault)
    told = world.do_swap(query=theone.swap_query(rest), settle=20.0)
    world.wait(lambda: told.ended)
    assert breaches(world, told) == []
    never_arrived = fault in {OrderFault.LOSE_REQUEST, OrderFault.CUT_BEFORE}
    assert told.last.stage is (S.REJECTED if never_arrived else S.FILLED)
    if never_arrived:
        assert "no such order" in told.last.reason
        assert told.times[-1] >= told.times[1] + 20


@pytest.mark.parametrize("moment", [0.005, 0.015, 0.025, 0.035, 0.045, 0.055, 0.1, 0.3, 0.6, 0.9])
def test_a_cut_at_any_step_is_told_as_unknown_and_the_stages_go_on(moment: float) -> None:
    world = World(walk=(0.2, 0.4))
    told = world.do_swap()
    world.pass_time(moment)
    world.exchange.cut()
    world.wait(lambda: told.ended)
    assert breaches(world, told) == []
    assert told.last.stage in {S.FILLED, S.UNKNOWN}
    if told.last.stage is S.UNKNOWN:
        assert world.exchange.swaps == []


CHANCES = OrderFaults(
    lose_request=0.05,
    cut_before=0.05,
    cut_before_answer=0.1,
    lose_answer=0.05,
    cut_after_answer=0.1,
    server_error=0.05,
    slow_answer=0.05,
    events_first=0.1,
    duplicate_events=0.2,
    lose_events=0.1,
    cut_after_fill=0.2,
    request_delay=(0.0, 0.3),
    event_delay=(0.0, 0.5),
)
RUNS = {False: 250, True: 120}


@pytest.mark.parametrize("over_rest", [False, True])
def test_in_many_runs_of_many_swaps_each_is_done_once_at_most_and_its_end_is_true(*, over_rest: bool) -> None:
    ends: Counter[SwapStage] = Counter()
    for seed in range(RUNS[over_rest]):
        chance = random.Random(seed)
        world = World(
            seed=seed,
            order_faults=evolve(CHANCES, seed=seed),
            failures=0.2,
            faults=Faults(seed=seed, cut_every=(0.3, 30.0), refuse_handshake=0.2, lose_answer=0.02),
        )
        options: dict[str, Any] = {}
        if over_rest:
            rest = theone.rest.client(world.exchange.credentials(), scheduler=world.clock, url="https://exchange")
            to_virtual(rest, world.exchange).clock = world.time
            options = {"query": theone.swap_query(rest), "settle": 15.0}
        told = []
        for _ in range(3):
            told.append(world.do_swap(timeout=3.0, check=5.0, **options))
            world.pass_time(chance.uniform(0.0, 2.0))
        world.wait(lambda told=told: all(each.ended for each in told), most=600, step=2.0)  # type: ignore[misc]
        found = [breach for each in told for breach in breaches(world, each)]
        assert found == [], f"seed {seed}"
        ends.update(each.last.stage for each in told)
        world.link.dispose()  # type: ignore[union-attr]
    assert set(ends) >= {S.FILLED, S.FAILED, S.CANCELED, S.NOT_SENT}
    assert ends[S.UNKNOWN] == 0 if over_rest else ends[S.UNKNOWN] > 0


STORM = 5


def test_over_real_sockets_threads_swap_through_cuts_and_each_swap_is_done_once_at_most() -> None:
    told: list[list[Swap]] = []
    lock = threading.Lock()
    with theone_sandbox(seed=1, walk=(0.0, 0.05), order_faults=OrderFaults(seed=1, cut_before_answer=0.1)) as exchange:
        connection = theone.connection(
            exchange.credentials(), exchange.ws_url, delays=lambda: iter([0.02] * 1000), attempts=None
        )
        sockets, messages = connection.pipe(connected_socket()), connection.pipe(keep_messages_only())
        do_swap = theone.do_swap_factory(sockets, messages, timeout=5.0, patience=1.0)
        link = connection.connect()

        def swap_and_swap() -> None:
            for _ in range(STORM):
                swaps: list[Swap] = []
                with lock:
                    told.append(swaps)
                ended = threading.Event()
                do_swap("1", "ETH", "USDT").subscribe(swaps.append, on_completed=ended.set)
                assert ended.wait(30)

        threads = [threading.Thread(target=swap_and_swap, daemon=True) for _ in range(3)]
        for thread in threads:
            thread.start()
        pause = threading.Event()
        for _ in range(6):
            pause.wait(0.1)
            exchange.cut()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        link.dispose()
    assert len(told) == 3 * STORM
    done = Counter(record.client_id for record in exchange.swaps)
    states = {record.client_id: record.status for record in exchange.swaps}
    assert max(done.values()) == 1
    for swaps in told:
        last = swaps[-1]
        if last.stage in {S.NOT_SENT, S.REJECTED}:
            assert last.client_id not in done
        elif last.stage is not S.UNKNOWN:
            assert (last.stage, states[last.client_id]) == (S.FILLED, "FILLED")
        else:
            assert last.client_id not in done
    assert sum(swaps[-1].stage is S.FILLED for swaps in told) > STORM


@pytest.mark.parametrize("stage", [S.SUBMITTING, S.SUBMITTED, S.PENDING, S.UNKNOWN, S.PROCESSING, S.FILLED])
def test_a_subscriber_may_leave_inside_any_stage(stage: SwapStage) -> None:
    world = World()
    world.exchange.fail_next_swap(OrderFault.CUT_AFTER_FILL if stage is not S.UNKNOWN else OrderFault.CUT_AFTER_ANSWER)
    stages: list[SwapStage] = []
    handle: list[Any] = []

    def take(swap: Swap) -> None:
        stages.append(swap.stage)
        if swap.stage is stage:
            for _ in range(2):
                if handle:
                    handle[0].dispose()

    swap = world.factory("do_swap_factory")("1", "ETH", "USDT")
    world.clock.schedule_relative(0.1, lambda *_: handle.append(swap.subscribe(take)) and None)
    world.pass_time(30)
    if stage is S.SUBMITTING:  # it was told before there was anything to dispose of
        assert stages[-1] is S.FILLED
    else:
        assert stages[-1] is stage
    after = world.do_swap()
    world.wait(lambda: after.ended)
    assert after.last.stage is S.FILLED
