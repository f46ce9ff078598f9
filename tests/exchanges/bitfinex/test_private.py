"""The account's streams on a connection: who comes late, what a break does, holes in the account's own count."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Subject
from reactivex.disposable import SerialDisposable
from reactivex.testing import TestScheduler

from rxex.codec import decode, encode
from rxex.events import Gap, Malformed, Opened, Socket
from rxex.exchanges.bitfinex import funding, notifications, private
from rxex.exchanges.bitfinex.account_models import MarginBase, MarginSymbol, Snapshot
from rxex.exchanges.bitfinex.dialect import route
from rxex.models import OrderSnapshot, OrderUpdate, Stage
from rxex.testing import MarbleConnection, ScriptedSocket, record
from tests.exchanges.bitfinex import account_samples as samples
from tests.exchanges.bitfinex.plain_bitfinex import feed, items, live
from tests.mutations import mutate

D = Decimal
EMPTY = {kind: f'[0,"{kind}",[]]' for kind in ("os", "ps", "ws", "fos", "fcs", "fls")}


def late(connection: MarbleConnection, at: float, subscribe: Any) -> list[Any]:
    """Subscribe at a time in milliseconds."""
    got: list[Any] = []
    connection.scheduler.schedule_absolute(
        at / 1000, lambda *_: feed(connection, subscribe).subscribe(got.append) and None
    )
    return got


def test_executions_are_the_open_orders_and_then_what_happens_to_them() -> None:
    got = items(
        live([samples.AUTH, samples.OS, samples.ON, samples.OU, samples.TE, samples.OC, samples.TU]),
        private.subscribe_executions,
    )
    assert [type(each) for each in got] == [OrderSnapshot] + [OrderUpdate] * 5
    assert [row.order_id for row in got[0].open] == ["34930659963"]
    assert [each.stage for each in got[1:]] == [
        Stage.OPEN,
        Stage.PARTIALLY_FILLED,
        None,
        Stage.FILLED,
        None,
    ]
    assert got[0].raw[1] == "os"


@pytest.mark.parametrize(
    ("frame", "subscribe"),
    [
        (samples.OS, private.subscribe_orders),
        (samples.TE, private.subscribe_own_trades),
        (samples.PS, private.subscribe_positions),
        (samples.PU, private.subscribe_positions),
        (samples.WS, private.subscribe_balances),
        (samples.BU, private.subscribe_balance_info),
        (samples.MIU_BASE, private.subscribe_margin_info),
        (samples.FOS, funding.subscribe_funding_offers),
        (samples.FCS, funding.subscribe_funding_credits),
        (samples.FLS, funding.subscribe_funding_loans),
        (samples.FTE, funding.subscribe_own_funding_trades),
        (samples.FIU, funding.subscribe_funding_info),
        (samples.N_ON, notifications.subscribe_notifications),
    ],
)
def test_each_stream_tells_its_own(frame: str, subscribe: Any) -> None:
    others = [each for each in samples.ACCOUNT if stream_of(each) != stream_of(frame)]
    assert len(items(live([*others, frame, *others]), subscribe)) == 1


def stream_of(frame: str) -> Any:
    return route(decode(frame.encode()))


STATE = [samples.OS, samples.ON, samples.OU, samples.PS, samples.WS, samples.MIU_BASE, samples.MIU_SYM]
WAIT = "-" * 30


def marbles(count: int, first: int = 0) -> str:
    return "-".join(f"m{number}" for number in range(first, first + count))


def test_who_subscribes_after_the_state_was_told_gets_it_first() -> None:
    connection = live([*STATE, samples.OC], marbles=f"o-{marbles(7)}-{WAIT}m7--|")
    orders = late(connection, 40, private.subscribe_orders)
    positions = late(connection, 40, private.subscribe_positions)
    balances = late(connection, 40, private.subscribe_balances)
    margin = late(connection, 40, private.subscribe_margin_info)
    loans = late(connection, 40, funding.subscribe_funding_credits)
    connection.run()
    snapshot, filled = orders
    assert [(row.order_id, row.filled) for row in snapshot.open] == [("34930659963", 0), ("1151718504", D("0.5"))]
    assert (filled.stage, filled.filled) == (Stage.FILLED, 1)
    assert [each.symbol for each in positions[0].items] == ["tETHUST"]
    assert [each.asset for each in balances] == ["SAN"]
    assert [type(each) for each in margin] == [MarginBase, MarginSymbol]
    assert loans == []


def test_who_joins_a_stream_gets_what_it_has_added_up_to() -> None:
    connection = live([*STATE, samples.OC, samples.PC], marbles=f"o-{marbles(7)}-{WAIT}m7-m8-{WAIT}|")
    for subscribe in (private.subscribe_orders, private.subscribe_positions, private.subscribe_balances):
        feed(connection, subscribe).subscribe()
    before = late(connection, 40, private.subscribe_orders)
    after, positions = late(connection, 75, private.subscribe_orders), late(connection, 75, private.subscribe_positions)
    balances = late(connection, 75, private.subscribe_balances)
    connection.run()
    assert [len(before[0].open), len(before), len(after[0].open), len(after)] == [2, 2, 1, 1]
    assert positions == [Snapshot((), None, positions[0].received)]
    assert [each.total for each in balances] == [D("19.76")]


def test_the_state_of_a_new_socket_is_told_and_not_that_of_the_one_before() -> None:
    frames = [samples.OS, samples.WS, EMPTY["os"], samples.WS.replace("SAN", "BTC")]
    connection = live(frames, marbles=f"o-{marbles(2)}-#---o{WAIT}{marbles(2, 2)}-|")
    orders, balances = (
        record_of(connection, private.subscribe_orders),
        record_of(connection, private.subscribe_balances),
    )
    between = late(connection, 25, private.subscribe_orders)
    connection.run()
    assert [len(item.open) for item in orders] == [1, 0]
    assert [len(item.open) for item in between] == [0]
    assert [(each.asset, each.total) for each in balances] == [
        ("SAN", D("19.76")),
        ("BTC", D("19.76")),
        ("SAN", 0),
    ]


def record_of(connection: MarbleConnection, subscribe: Any, **options: Any) -> list[Any]:
    got: list[Any] = []
    feed(connection, subscribe, **options).subscribe(got.append)
    return got


def test_dispose_and_connect_again_tells_the_state_again() -> None:
    connection = live([samples.OS], marbles="o-m0-|")
    got = record_of(connection, private.subscribe_orders)
    connection.advance_to(0.004)
    connection.dispose()
    assert len(got) == 1
    connection.connection.connect()
    connection.scheduler.advance_to(0.02)
    assert len(got) == 2


CONF = '{"event":"conf","status":"OK","flags":65536}'


def test_a_hole_in_the_account_s_own_count_is_told_and_nothing_stops() -> None:
    frames = [
        CONF,
        '[0,"os",[],1,0]',
        numbered(samples.ON, 2, 1),
        numbered(samples.OU, 3, 5),
        numbered(samples.OC, 4, 6),
    ]
    connection = live(frames)
    told: list[Any] = []
    connection.connection.link.subscribe(told.append, lambda _: None)
    noticed = record_of(connection, private.subscribe_orders, notices=True)
    assert len(items(connection, private.subscribe_executions)) == 4
    assert [type(item) for item in noticed].index(Gap) == 2
    (gap,) = [event for event in told if isinstance(event, Gap)]
    assert (gap.channel, gap.expected, gap.received, gap.missed) == ("account", 2, 5, 3)
    assert [type(event) for event in told].count(Opened) == 1


def test_with_filters_holes_in_the_account_s_count_are_no_news() -> None:
    frames = [CONF, '[0,"os",[],1,0]', numbered(samples.ON, 2, 1), numbered(samples.OU, 3, 5)]
    connection = live(frames)
    dialect: Any = connection.connection.messages.dialect
    dialect.options["sessions"].filters = ("trading",)
    told: list[Any] = []
    connection.connection.link.subscribe(told.append, lambda _: None)
    assert len(items(connection, private.subscribe_orders)) == 3
    assert not any(isinstance(event, Gap) for event in told)


def numbered(frame: str, count: int, own: int) -> str:
    return f"{frame[:-1]},{count},{own}]"


def test_a_message_that_cannot_be_read_is_told_and_the_next_one_is_read() -> None:
    connection = live([samples.OS, '[0,"on",["x"]]', '[0,"os"]', '[0,"on",{}]', samples.ON])
    told: list[Any] = []
    connection.connection.link.subscribe(told.append, lambda _: None)
    got = items(connection, private.subscribe_orders)
    assert isinstance(got[-1], OrderUpdate)
    # After each that may have been lost the state is told again.
    assert {len(each.open) for each in got[:-1]} == {1}
    assert [type(event) for event in told].count(Malformed) == 3


EVERYTHING = [
    private.subscribe_executions,
    private.subscribe_positions,
    private.subscribe_balances,
    private.subscribe_balance_info,
    private.subscribe_margin_info,
    funding.subscribe_funding_offers,
    funding.subscribe_funding_credits,
    funding.subscribe_funding_loans,
    funding.subscribe_own_funding_trades,
    funding.subscribe_funding_info,
    notifications.subscribe_notifications,
]


@settings(max_examples=150)
@given(text=st.sampled_from(samples.ACCOUNT), data=st.data())
def test_whatever_is_wrong_with_a_message_what_follows_is_told(text: str, data: st.DataObject) -> None:
    wrong = encode(mutate(copy.deepcopy(decode(text.encode())), data))
    connection = live([samples.OS, wrong, samples.ON, samples.TE])
    got = [record_of(connection, subscribe) for subscribe in EVERYTHING]
    connection.run()
    orders = [item for item in got[0] if isinstance(item, OrderUpdate)]
    assert orders[-1].fill is not None
    assert "1151718504" in {order.order_id for order in orders}


def test_a_subscriber_that_leaves_inside_a_callback_is_alone() -> None:
    connection = live([samples.OS, samples.ON, samples.OU])
    left: list[Any] = []
    subscription = SerialDisposable()

    def leave(item: Any) -> None:
        left.append(item)
        subscription.dispose()
        subscription.dispose()

    subscription.disposable = feed(connection, private.subscribe_orders).subscribe(leave)
    others = record_of(connection, private.subscribe_orders)
    connection.run()
    assert (len(left), len(others)) == (1, 3)


def test_an_end_that_cannot_be_read_is_seen_in_the_state_that_is_told_again() -> None:
    wrong = samples.OC.replace('"EXCHANGE LIMIT"', "7")
    got = items(live([samples.OS, samples.ON, wrong, samples.FTE]), private.subscribe_orders, notices=True)
    assert [type(each) for each in got] == [OrderSnapshot, OrderUpdate, Gap, OrderSnapshot]
    assert [row.order_id for row in got[-1].open] == ["34930659963"]


def test_an_own_funding_trade_is_told_once() -> None:
    assert len(items(live([samples.FTE, samples.FTE.replace("fte", "ftu")]), funding.subscribe_own_funding_trades)) == 1


def test_streams_can_be_had_of_any_stream_of_messages() -> None:
    messages: Subject[Any] = Subject()
    sockets: Subject[Socket] = Subject()
    scheduler = TestScheduler()
    got = record(sockets.pipe(private.subscribe_executions(messages)), scheduler)
    sockets.on_next(ScriptedSocket(scheduler))
    for frame in (samples.AUTH, samples.OS, samples.ON, samples.TE):
        messages.on_next(decode(frame.encode()))
    assert len(got.values) == 3


def test_a_private_socket_is_given_once_it_is_accepted_and_taken_back_when_it_has_gone() -> None:
    connection = live([samples.AUTH, samples.AUTH, samples.AUTH], marbles="o---m0-m1-#--o-m2-|")
    got = record(connection.connection.pipe(private.private_socket()), connection.scheduler)
    after = late_sockets(connection, 0.008)
    connection.run()
    first, second = connection.sockets
    assert got.values == [first, None, second, None]
    assert after == [first, None, second, None]


def late_sockets(connection: MarbleConnection, at: float) -> list[Any]:
    got: list[Any] = []
    sockets = connection.connection.pipe(private.private_socket())
    connection.scheduler.schedule_absolute(at, lambda *_: sockets.subscribe(got.append) and None)
    return got
