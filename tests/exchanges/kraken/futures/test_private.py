"""Kraken's private futures feeds: each sample of its pages and of clients, read to the last digit."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex import operators as ops

from rxex.auth import Secret
from rxex.errors import InvalidArgument
from rxex.events import Closed, Gap, Malformed, Socket
from rxex.exchanges.kraken import futures
from rxex.models import Fee, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.testing import MarbleConnection
from tests.exchanges.kraken.futures.samples import FILLS, acks, events_of, live

ORDERS_SNAPSHOT = (
    b'{"feed":"open_orders_snapshot","account":"e258dba9-4dd4-4da5-bfef-75beb91c098e","orders":[{"instrument":'
    b'"PI_XBTUSD","time":1612275209430,"last_update_time":1612275209430,"qty":1000,"filled":0,"limit_price":35058,'
    b'"stop_price":0,"type":"limit","order_id":"7a2f793e-26f3-4987-a938-56d296a11560","direction":1,'
    b'"reduce_only":false}]}'
)
ORDER_EDITED = (
    b'{"feed":"open_orders","order":{"instrument":"PI_XBTUSD","time":1627906165185,"last_update_time":1627906170258,'
    b'"qty":1.0,"filled":0.0,"limit_price":39726.5,"stop_price":0.0,"type":"limit","order_id":'
    b'"8a9a24e8-7d90-4b3c-9838-0474d06bfd40","cli_ord_id":"hwAF6wMAAQAAPg/OBMcQ","direction":0,"reduce_only":false},'
    b'"is_cancel":false,"reason":"edited_by_user"}'
)
ORDER_GONE = (
    b'{"feed":"open_orders","order_id":"df2fa719-23bc-4cd7-8a84-5c3c41d75757","cli_ord_id":"EwAF7gMAAQAAnNBFcdUQ",'
    b'"is_cancel":true,"reason":"full_fill"}'
)
ORDER_FILLED = (
    b'{"feed":"open_orders","order":{"instrument":"PF_XBTUSD","time":1775831958755,"last_update_time":1775831973330,'
    b'"qty":0.0,"filled":0.0001,"limit_price":73110.0,"stop_price":0.0,"type":"limit","order_id":'
    b'"a182cf4f-fd35-4ab1-b6b8-67ef5561bde5","direction":0,"reduce_only":false},"is_cancel":true,"reason":"full_fill"}'
)
POSITIONS = (
    b'{"feed":"open_positions","account":"DemoUser","positions":[{"instrument":"PF_XBTUSD","balance":0.04,"pnl":'
    b'119.56244985549435,"entry_price":26911.75,"mark_price":29900.81124638736,"index_price":29900.47,'
    b'"liquidation_threshold":9572.804662403718,"effective_leverage":0.31865408963748215,"return_on_equity":'
    b'5.553450159107747,"unrealized_funding":0.0004114160669590132,"initial_margin":21.5294,'
    b'"initial_margin_with_orders":21.5294,"maintenance_margin":10.7647,"pnl_currency":"USD"}],"seq":4,"timestamp":'
    b"1687383625330}"
)
BALANCES = (
    b'{"feed":"balances","account":"7a641082-55c7-4411-a85f-930ec2e09617","holding":{"USD":5000.0},"futures":{},'
    b'"timestamp":1640995200000,"seq":83}'
)
BALANCES_SNAPSHOT = (
    b'{"feed":"balances_snapshot","account":"an account","holding":{"XBT":0.1285407184,"USD":5000.0},"futures":'
    b'{"F-XBT:USD":{"name":"F-XBT:USD","pair":"XBT/USD","unit":"XBT","portfolio_value":0.0,"balance":1e-8,'
    b'"available":0.0}},"flex_futures":{"currencies":{"USDC":{"quantity":5001.00020004,"value":5001.0,"available":1.0}},'
    b'"balance_value":9963.66},"timestamp":1640995200000,"seq":0}'
)
LOG_SNAPSHOT = (
    b'{"feed":"account_log_snapshot","logs":[{"id":1690,"date":"2019-07-11T08:00:00.000Z","asset":"bch","info":'
    b'"funding rate change","booking_uid":"86fdc252-1b6e-40ec-ac1d-c7bd46ddeebf","margin_account":"f-bch:usd",'
    b'"old_balance":0.01215667051,"new_balance":0.01215736653,"trade_price":0.0,"fee":0.0,"execution":"","collateral":'
    b'"bch","funding_rate":-8.7002552653e-8,"realized_funding":6.9602e-7},{"id":1689,"info":"earlier"}]}'
)
LOG_ENTRY = b'{"feed":"account_log","new_entry":{"id":1691,"info":"futures trade","contract":"pi_bchusd"}}'
NOTIFICATIONS = (
    b'{"feed":"notifications_auth","notifications":[{"id":5,"type":"market","priority":"low","note":"A note describing '
    b'the notification.","effective_time":1520288300000}]}'
)


def items_of(world: MarbleConnection, operator: Any) -> list[Any]:
    """What ``operator(messages)`` gives on sockets that have their proof."""
    items: list[Any] = []
    messages = world.connection.pipe(keep_messages_only())
    sockets = world.connection.pipe(filter_new_socket_only())
    key = Secret("not shown")

    def prove(socket: Socket) -> futures.ProvenSocket:
        return futures.ProvenSocket(socket, key, "a challenge", "a signature")

    sockets.pipe(ops.map(prove), operator(messages)).subscribe(items.append, items.append)
    world.run()
    return items


def test_a_snapshot_of_open_orders() -> None:
    (snapshot,) = items_of(live({"a": ORDERS_SNAPSHOT}), futures.subscribe_open_orders)
    assert isinstance(snapshot, OrderSnapshot)
    (order,) = snapshot.open
    assert (order.order_id, order.client_id) == ("7a2f793e-26f3-4987-a938-56d296a11560", None)
    assert (order.stage, order.symbol, order.side, order.type) == (Stage.OPEN, "PI_XBTUSD", Side.SELL, "limit")
    assert (str(order.quantity), str(order.price), str(order.filled)) == ("1000", "35058", "0")
    assert order.time == 1612275209430000000


def test_what_becomes_of_an_order() -> None:
    frames = {"e": ORDER_EDITED, "g": ORDER_GONE, "f": ORDER_FILLED}
    edited, gone, filled = items_of(live(frames, "o-e-g-f-|"), futures.subscribe_open_orders)
    assert (edited.stage, edited.reason, edited.client_id) == (Stage.OPEN, "edited_by_user", "hwAF6wMAAQAAPg/OBMcQ")
    assert (str(edited.price), str(edited.quantity)) == ("39726.5", "1.0")
    assert (gone.order_id, gone.stage) == ("df2fa719-23bc-4cd7-8a84-5c3c41d75757", Stage.FILLED)
    assert (gone.symbol, gone.quantity, gone.filled) == (None, None, None)
    assert (filled.stage, str(filled.filled), str(filled.quantity)) == (Stage.FILLED, "0.0001", "0.0001")
    assert filled.raw["reason"] == "full_fill"


@pytest.mark.parametrize(
    ("reason", "stage"),
    [
        ("full_fill", Stage.FILLED),
        ("cancelled_by_user", Stage.CANCELED),
        ("dead_man_switch", Stage.CANCELED),
        ("contract_expired", Stage.EXPIRED),
        ("post_order_failed_because_it_would_filled", Stage.REJECTED),
        ("post_order_failed_because_it_would_be_filled", Stage.REJECTED),
        ("stop_order_triggered", None),
    ],
)
def test_the_reason_of_an_end_tells_its_stage(reason: str, stage: Stage | None) -> None:
    frame = ORDER_GONE.replace(b"full_fill", reason.encode())
    (update,) = items_of(live({"a": frame}), futures.subscribe_open_orders)
    assert (update.stage, update.reason) == (stage, reason)


def test_a_partial_fill_is_no_end() -> None:
    frame = ORDER_EDITED.replace(b'"filled":0.0', b'"filled":0.25').replace(b"edited_by_user", b"partial_fill")
    (update,) = items_of(live({"a": frame}), futures.subscribe_open_orders)
    assert isinstance(update, OrderUpdate)
    assert (update.stage, str(update.filled), str(update.quantity)) == (Stage.PARTIALLY_FILLED, "0.25", "1.25")


def test_verbose_orders_are_another_feed() -> None:
    world = live({"a": ORDER_EDITED.replace(b'"open_orders"', b'"open_orders_verbose"')}, replies=acks)
    assert len(items_of(world, lambda messages: futures.subscribe_open_orders(messages, verbose=True))) == 1
    assert world.sockets[0].sent[0][1]["feed"] == "open_orders_verbose"  # type: ignore[call-overload]


def test_a_fill() -> None:
    (fill,) = items_of(live({"a": FILLS}), futures.subscribe_fills)
    assert (fill.id, fill.order_id) == ("6a22a3fb-e18e-4e76-b841-8689735c9158", "a08aed17-f1a6-4db6-876c-2de5df84951c")
    assert (str(fill.price), str(fill.quantity), fill.symbol, fill.side) == ("3162.0", "0.001", "PF_ETHUSD", Side.BUY)
    assert (fill.fees, fill.is_maker) == ((Fee("USD", Decimal("0.001581")),), False)
    assert fill.time == 1765185437003000000


def test_each_fill_comes_once_although_the_snapshot_of_a_new_socket_repeats_it() -> None:
    def fills(feed: str, *numbers: int) -> dict[str, Any]:
        row = json.loads(FILLS)["fills"][0]
        return {
            "feed": feed,
            "account": "x",
            "fills": [row | {"fill_id": str(n), "time": n, "seq": n} for n in numbers],
        }

    frames = {"s": fills("fills_snapshot", 2, 1), "f": fills("fills", 3), "t": fills("fills_snapshot", 5, 4, 3, 2, 1)}
    world = live(frames, "o-s-f-f-#-o-t-|", replies=acks)
    made = items_of(world, lambda messages: futures.subscribe_fills(messages, notices=True))
    assert [each.id for each in made if not isinstance(each, Gap)] == ["1", "2", "3", "4", "5"]
    assert [type(each).__name__ for each in made].index("Gap") == 3


def test_fills_of_some_products_are_asked_for_by_their_ids() -> None:
    world = live({"a": FILLS}, replies=acks)
    items_of(world, lambda messages: futures.subscribe_fills(messages, symbol="pf_ethusd"))
    request = world.sockets[0].sent[0][1]
    assert request == {
        "event": "subscribe",
        "feed": "fills",
        "product_ids": ["PF_ETHUSD"],
        "api_key": "not shown",
        "original_challenge": "a challenge",
        "signed_challenge": "a signature",
    }
    with pytest.raises(InvalidArgument, match="PF_XBTUSD"):
        futures.subscribe_fills(world.connection.messages, symbol="ethusd")


def test_positions_are_told_whole() -> None:
    (positions,) = items_of(live({"a": POSITIONS}), futures.subscribe_open_positions)
    (position,) = positions.positions
    assert (position.symbol, str(position.size), position.pnl_currency) == ("PF_XBTUSD", "0.04", "USD")
    told = json.loads(POSITIONS, parse_float=str)["positions"][0]
    for name in set(told) - {"instrument", "balance", "pnl_currency"}:
        assert str(getattr(position, name)) == told[name]
    assert positions.time == 1687383625330000000


def test_balances_of_every_wallet() -> None:
    made = items_of(live({"a": BALANCES_SNAPSHOT}), futures.subscribe_balances)
    assert [(each.asset, str(each.total), each.wallet) for each in made] == [
        ("XBT", "0.1285407184", "holding"),
        ("USD", "5000.0", "holding"),
        ("XBT", "1E-8", "F-XBT:USD"),
        ("USDC", "5001.00020004", "flex"),
    ]
    assert made[0].time == 1640995200000000000


def test_a_hole_in_the_balances_brings_all_of_them_anew() -> None:
    frames = {
        "s": BALANCES_SNAPSHOT,
        "1": BALANCES.replace(b"83", b"1"),
        "3": BALANCES.replace(b"83", b"3"),
    }
    world = live(frames, "o-1-s-1-1-3-3-s-|", replies=acks)
    made = items_of(world, lambda messages: futures.subscribe_balances(messages, notices=True))
    assert [type(each).__name__ for each in made] == ["Balance"] * 5 + ["Gap"] + ["Balance"] * 4
    assert (made[5].expected, made[5].received) == (2, 3)
    assert [message["event"] for _, message in world.sockets[0].sent] == [  # type: ignore[call-overload]
        "subscribe",
        "unsubscribe",
        "subscribe",
    ]


def test_bookings_come_once_and_in_the_order_of_their_ids() -> None:
    frames = {"s": LOG_SNAPSHOT, "n": LOG_ENTRY}
    made = items_of(live(frames, "o-s-n-#-o-s-n-|", replies=acks), futures.subscribe_account_log)
    assert [each.id for each in made] == [1689, 1690, 1691]
    entry = made[1]
    assert (str(entry.old_balance), entry.funding_rate) == ("0.01215667051", Decimal("-8.7002552653e-8"))
    assert (entry.wallet, entry.asset, entry.execution_id) == ("f-bch:usd", "bch", None)
    assert entry.time == 1562832000000000000
    assert (made[2].contract, made[2].time) == ("pi_bchusd", None)


def test_a_notification() -> None:
    (note,) = items_of(live({"a": NOTIFICATIONS}), futures.subscribe_notifications)
    assert (note.id, note.type, note.priority) == (5, "market", "low")
    assert (note.note, note.time) == ("A note describing the notification.", 1520288300000000000)


def test_any_private_feed_can_be_had_raw() -> None:
    world = live({"a": {"feed": "account_balances_and_margins", "seq": 3}}, replies=acks)
    raw = items_of(
        world, lambda messages: futures.subscribe_raw("account_balances_and_margins", messages, private=True)
    )
    assert raw == [{"feed": "account_balances_and_margins", "seq": 3}]
    assert world.sockets[0].sent[0][1]["signed_challenge"] == "a signature"  # type: ignore[call-overload]


@pytest.mark.parametrize("frame", [b'{"feed":"open_orders"}', b'{"feed":"account_log"}'], ids=["order", "booking"])
def test_a_message_that_tells_nothing_is_malformed_and_asked_for_again(frame: bytes) -> None:
    world = live({"a": frame}, replies=acks)
    malformed = events_of(world, Malformed)
    subscribe = futures.subscribe_open_orders if b"orders" in frame else futures.subscribe_account_log
    made = items_of(world, lambda messages: subscribe(messages, notices=True))
    assert [type(each).__name__ for each in made] == ["Gap"]
    assert len(malformed) == 1


@pytest.mark.parametrize(
    ("frame", "subscribe"),
    [
        (ORDERS_SNAPSHOT, futures.subscribe_open_orders),
        (ORDER_EDITED, futures.subscribe_open_orders),
        (FILLS, futures.subscribe_fills),
        (POSITIONS, futures.subscribe_open_positions),
        (BALANCES_SNAPSHOT, futures.subscribe_balances),
        (LOG_SNAPSHOT, futures.subscribe_account_log),
        (NOTIFICATIONS, futures.subscribe_notifications),
    ],
    ids=["orders", "order", "fills", "positions", "balances", "log", "notifications"],
)
@given(data=st.data())
def test_a_mutated_message_is_malformed_or_read_but_never_a_crash(
    frame: bytes, subscribe: Any, data: st.DataObject
) -> None:
    message = json.loads(frame)
    holder: Any = message
    while True:
        key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder)))))
        if not (isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans())):
            break
        holder = holder[key]
    if data.draw(st.booleans()):
        del holder[key]
    else:
        values: list[Any] = [None, True, "NaN", "1e999", "", "1_0", -1, [], {}, [[]], {"a": 1}, "x" * 50, 10**30]
        holder[key] = data.draw(st.sampled_from(values))
    world = live({"a": frame, "x": message}, "o-a-x-a-|", replies=acks)
    closed = events_of(world, Closed)
    made = items_of(world, subscribe)
    assert made
    assert not any(isinstance(each, Exception) for each in made)
    assert [end.error for end in closed] == [None]
