"""Kraken's private channels: every sample of the protocol read, numbers without a hole, tokens out of sight."""

# ruff: noqa: E501 - messages stand as they came

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.channel import decoder
from rxex.codec import number
from rxex.connection import Connection
from rxex.errors import InvalidArgument, RxexError, SubscriptionRefused
from rxex.events import Gap
from rxex.exchanges.kraken import private
from rxex.exchanges.kraken.private import PRIVATE_V1, PRIVATE_V2
from rxex.exchanges.kraken.private_models import (
    BalancesV2,
    ExecutionsV2,
    Numbering,
    OpenOrdersV1,
    OwnTradesV1,
    parse_balances_v2,
    parse_executions_v2,
    parse_open_orders_v1,
    parse_own_trades_v1,
)
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Balance, Fee, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.operators import backoff_reconnect, filter_new_socket_only, fixed, keep_messages_only, private_socket
from rxex.testing import MarbleConnection, Recording, marble_connection, record
from rxex.typing import Json

D = Decimal
S = Stage
TOKEN = "the-canary-token"


def reads(parse: Any, wire: Any, *lines: str) -> list[Any]:
    """Read messages as they came, one after the other."""
    parser, decode = parse(Numbering("it")), decoder(wire)
    return [item for line in lines for item in parser(decode(line.encode()), 7, line.encode(), number)]


EMPTY = '{"channel":"executions","type":"snapshot","data":[],"sequence":1}'
PENDING = '{"channel":"executions","type":"update","data":[{"order_id":"OVN7VD-7VYHS-APBKHA","symbol":"BTC/USDT","order_qty":0.00010000,"cum_cost":0.00000,"time_in_force":"GTC","exec_type":"pending_new","side":"buy","order_type":"limit","cl_ord_id":"b17c7bb34d000200","limit_price_type":"static","limit_price":80000.0,"stop_price":0.0,"order_status":"pending_new","fee_usd_equiv":0.0000,"fee_ccy_pref":"fciq","timestamp":"2026-01-22T06:06:19.833306Z"}],"sequence":2}'
LIFE = (
    EMPTY,
    PENDING,
    '{"channel":"executions","type":"update","data":[{"timestamp":"2026-01-22T06:06:19.833306Z","order_status":"new","exec_type":"new","cl_ord_id":"b17c7bb34d000200","order_id":"OVN7VD-7VYHS-APBKHA"}],"sequence":3}',
    '{"channel":"executions","type":"update","data":[{"timestamp":"2026-01-22T06:06:27.552281Z","exec_type":"amended","order_status":"new","cum_qty":0.00000000,"reason":"User requested","amended":true,"order_qty":0.00010000,"limit_price":81818.0,"limit_price_type":"static","cl_ord_id":"b17c7bb34d000200","order_id":"OVN7VD-7VYHS-APBKHA"}],"sequence":4}',
    '{"channel":"executions","type":"update","data":[{"timestamp":"2026-01-22T06:06:27.552281Z","exec_type":"amended","order_status":"new","cum_qty":0.00000000,"reason":"User requested","amended":true,"order_qty":0.00005000,"limit_price":81818.0,"limit_price_type":"static","cl_ord_id":"b17c7bb34d000200","order_id":"OVN7VD-7VYHS-APBKHA"}],"sequence":5}',
    '{"channel":"executions","type":"update","data":[{"timestamp":"2026-01-22T06:06:36.039852Z","order_status":"canceled","exec_type":"canceled","cum_qty":0.00000000,"cum_cost":0.00000,"fee_usd_equiv":0.0000,"avg_price":0.0,"cl_ord_id":"b17c7bb34d000200","cancel_reason":"User requested","reason":"User requested","order_id":"OVN7VD-7VYHS-APBKHA"}],"sequence":6}',
)
FILL = '{"channel":"executions","type":"update","data":[{"order_id":"OK4GJX-KSTLS-7DZZO5","order_userref":3,"exec_id":"TGBB7L-HT5LX-J3BZ4A","exec_type":"trade","trade_id":62887576,"symbol":"BTC/USD","side":"sell","last_qty":0.005,"last_price":26599.9,"liquidity_ind":"t","cost":132.9995,"order_type":"limit","timestamp":"2023-09-22T10:33:05.709993Z","order_status":"partially_filled","cum_qty":0.005,"cum_cost":132.9995,"avg_price":26599.9,"fee_usd_equiv":0.3458,"fees":[{"asset":"USD","qty":0.3458}]}],"sequence":10}'
TRADES = '{"channel":"executions","type":"snapshot","data":[{"order_id":"NG6PUE-C7MXN-CFCAMC","order_userref":0,"exec_id":"B1Y0D9-6JIJG-W1IB7L","exec_type":"trade","trade_id":37496584,"symbol":"BTC/USD","side":"sell","last_qty":0.00016000,"last_price":63377.2,"liquidity_ind":"t","cost":10.12445,"order_status":"filled","order_type":"limit","timestamp":"2024-04-16T10:54:38.243302Z","fee_usd_equiv":0.04050,"fees":[{"asset":"USD","qty":0.04051}]}],"sequence":1}'
TRIGGERED = '{"channel":"executions","type":"update","data":[{"order_id":"AHOJQ8-1E72C-8M2VQH","symbol":"ADX/USD","order_qty":81.36256082,"cum_cost":0,"time_in_force":"GTC","exec_type":"pending_new","side":"buy","order_type":"stop-loss-limit","order_userref":0,"limit_price_type":"static","triggers":{"price":0.2,"price_type":"static","reference":"index","status":"untriggered"},"stop_price":0.2,"limit_price":0.2,"trigger":"index","order_status":"pending_new","fee_usd_equiv":0,"fee_ccy_pref":"fciq","timestamp":"2024-05-18T12:01:56.165888Z"}],"sequence":120}'


def test_the_life_of_an_order_is_read_from_its_patches() -> None:
    snapshot, *updates = reads(parse_executions_v2, ExecutionsV2, *LIFE)
    assert snapshot == OrderSnapshot((), (), None, 7)
    assert [update.stage for update in updates] == [S.PENDING, S.OPEN, S.OPEN, S.OPEN, S.CANCELED]
    first, opened, *_, changed, canceled = updates
    assert {update.client_id for update in updates} == {"b17c7bb34d000200"}
    assert (first.symbol, first.side, first.type) == ("BTC/USDT", Side.BUY, "limit")
    assert (str(first.quantity), str(first.price)) == ("0.00010000", "80000.0")
    assert (opened.symbol, opened.quantity, opened.filled) == (None, None, None)
    assert (str(changed.quantity), str(changed.price)) == ("0.00005000", "81818.0")
    assert (canceled.reason, canceled.filled) == ("User requested", 0)
    assert canceled.time == 1_769_061_996_039_852_000
    assert canceled.raw["sequence"] == 6


def test_a_fill_is_read_with_its_fee_and_its_totals() -> None:
    (update,) = reads(parse_executions_v2, ExecutionsV2, FILL)
    assert (update.stage, update.filled, update.average_price) == (S.PARTIALLY_FILLED, D("0.005"), D("26599.9"))
    fill = update.fill
    assert fill is not None
    assert (fill.id, fill.quantity, fill.price, fill.is_maker) == (
        "TGBB7L-HT5LX-J3BZ4A",
        D("0.005"),
        D("26599.9"),
        False,
    )
    assert fill.fees == (Fee("USD", D("0.3458")),)
    assert update.fees is None


def test_executions_of_the_past_say_nothing_of_the_stage_of_their_order() -> None:
    (snapshot,) = reads(parse_executions_v2, ExecutionsV2, TRADES)
    assert snapshot.open == ()
    (told,) = snapshot.fills
    assert told.stage is None
    assert str(told.fill.quantity) == "0.00016000"


def test_a_triggered_order_is_read() -> None:
    (update,) = reads(parse_executions_v2, ExecutionsV2, TRIGGERED)
    assert (update.type, update.stage, update.price) == ("stop-loss-limit", S.PENDING, D("0.2"))


def test_a_status_that_nobody_knows_is_no_stage() -> None:
    (update,) = reads(parse_executions_v2, ExecutionsV2, PENDING.replace('"pending_new"', '"triggered"'))
    assert update.stage is None


BALANCES = (
    '{"channel":"balances","type":"snapshot","data":[{"asset":"BTC","asset_class":"currency","balance":1.2,"wallets":[{"type":"spot","id":"main","balance":1.2}]},{"asset":"MATIC","asset_class":"currency","balance":500,"wallets":[{"type":"spot","id":"main","balance":300},{"type":"earn","id":"flex","balance":200}]}],"sequence":3}',
    '{"channel":"balances","type":"update","data":[{"ledger_id":"DATKX6-PEHL1-HZKND8","ref_id":"LKAKN2-N0N12-VKQNLN","timestamp":"2024-05-24T14:01:53.526524Z","type":"trade","asset":"USD","asset_class":"currency","category":"trade","wallet_type":"spot","wallet_id":"main","amount":-19.9743,"fee":0.0499,"balance":118.0677}],"sequence":4}',
)


def test_balances_are_read_state_and_booking() -> None:
    bitcoin, matic, dollars = reads(parse_balances_v2, BalancesV2, *BALANCES)
    assert (bitcoin.asset, bitcoin.total, bitcoin.change) == ("BTC", D("1.2"), None)
    assert matic.total == 500
    assert dollars == Balance(
        "USD", D("118.0677"), None, "spot/main", D("-19.9743"), D("0.0499"), "trade", 1_716_559_313_526_524_000, 7
    )


ORDER_V1 = '[[{"O3OKBR-EKKM5-WJEAEC":{"avg_price":"0.00000000","cost":"0.00000000","descr":{"close":null,"leverage":null,"order":"buy 10.00000000 USDT/USD @ limit 0.99800000","ordertype":"limit","pair":"USDT/USD","price":"0.99800000","price2":"0.00000000","type":"buy"},"expiretm":null,"fee":"0.00000000","limitprice":"0.00000000","misc":"","oflags":"fciq,post","opentm":"1671487359.886110","refid":null,"starttm":null,"status":"pending","stopprice":"0.00000000","timeinforce":"GTC","userref":0,"vol":"10.00000000","vol_exec":"0.00000000"}}],"openOrders",{"sequence":2}]'
OPEN_ORDERS = (
    '[[],"openOrders",{"sequence":1}]',
    ORDER_V1,
    '[[{"O3OKBR-EKKM5-WJEAEC":{"status":"open","userref":0}}],"openOrders",{"sequence":3}]',
    '[[{"O3OKBR-EKKM5-WJEAEC":{"vol_exec":"4.00000000","cost":"3.99200000","fee":"0.00638720","avg_price":"0.99800000","userref":0}}],"openOrders",{"sequence":4}]',
    '[[{"O3OKBR-EKKM5-WJEAEC":{"lastupdated":"1671487397.200012","status":"canceled","vol_exec":"4.00000000","cost":"3.99200000","fee":"0.00638720","avg_price":"0.99800000","userref":0,"cancel_reason":"User requested"}}],"openOrders",{"sequence":5}]',
)


def test_open_orders_of_v1_are_read_and_a_missing_status_is_no_end() -> None:
    snapshot, *updates = reads(parse_open_orders_v1, OpenOrdersV1, *OPEN_ORDERS)
    assert snapshot == OrderSnapshot((), (), None, 7)
    pending, opened, partly, canceled = updates
    assert [update.stage for update in updates] == [S.PENDING, S.OPEN, None, S.CANCELED]
    assert (pending.symbol, pending.side, pending.type) == ("USDT/USD", Side.BUY, "limit")
    assert (pending.quantity, pending.price, pending.time) == (10, D("0.998"), 1_671_487_359_886_110_000)
    assert opened.filled is None
    assert (partly.filled, partly.average_price, partly.fees) == (4, D("0.998"), (Fee("USD", D("0.00638720")),))
    assert (canceled.reason, canceled.time) == ("User requested", 1_671_487_397_200_012_000)


@pytest.mark.parametrize(
    ("patch", "stage"),
    [
        ('{"status":"closed"}', S.FILLED),
        ('{"status":"closed","vol_exec":"10.00000000","cancel_reason":"?"}', S.FILLED),
        ('{"status":"closed","vol_exec":"9.00000000","cancel_reason":"Immediate or cancel"}', S.CANCELED),
        ('{"status":"expired"}', S.EXPIRED),
        ('{"status":"stranger"}', None),
    ],
)
def test_closed_is_filled_unless_it_was_cut_short(patch: str, stage: Stage | None) -> None:
    line = f'[[{{"O3OKBR-EKKM5-WJEAEC":{patch}}}],"openOrders",{{"sequence":3}}]'
    *_, update = reads(parse_open_orders_v1, OpenOrdersV1, OPEN_ORDERS[0], ORDER_V1, line)
    assert update.stage is stage


def test_the_limit_of_a_triggered_order_is_its_second_price_and_a_relative_one_is_unknown() -> None:
    def price(kind: str, first: str, second: str) -> Decimal | None:
        line = ORDER_V1.replace('"limit"', f'"{kind}"', 1).replace('"price":"0.99800000"', f'"price":"{first}"')
        line = line.replace('"price2":"0.00000000"', f'"price2":"{second}"').replace('"sequence":2', '"sequence":1')
        (snapshot,) = reads(parse_open_orders_v1, OpenOrdersV1, line)
        result: Decimal | None = snapshot.open[0].price
        return result

    assert price("stop-loss-limit", "1.1", "1.2") == D("1.2")
    assert price("stop-loss", "1.1", "0.0") is None
    assert price("trailing-stop-limit", "+5%", "+1.0%") is None
    assert price("market", "0.0", "0.0") is None


OWN_TRADES = '[[{"T6JESJ-ZQZXR-IQ4S5R":{"cost":"5953.07941194","fee":"0.00000000","margin":"0.00000000","ordertxid":"O6NWS2-XCOZX-QBLVDD","ordertype":"limit","pair":"USDT/USD","postxid":"TKH2SE-M7IF5-CFI7LT","price":"0.99980000","time":"1672125042.588699","type":"buy","vol":"5954.27026599"}}],"ownTrades",{"sequence":2}]'


def test_trades_of_v1_are_read_whatever_their_first_number_is() -> None:
    later = (
        OWN_TRADES.replace("T6JESJ", "T7JESJ")
        .replace("1672125042", "1672125043")
        .replace('{"sequence":2}', '{"sequence":3}')
    )
    first, second = reads(parse_own_trades_v1, OwnTradesV1, OWN_TRADES, later)
    assert first.order_id == "O6NWS2-XCOZX-QBLVDD"
    assert (first.stage, first.filled) == (None, None)
    assert first.fill is not None
    assert (first.fill.id, str(first.fill.quantity)) == ("T6JESJ-ZQZXR-IQ4S5R", "5954.27026599")
    assert second.fill is not None
    both = json.loads(OWN_TRADES)
    both[0] = [json.loads(later)[0][0], both[0][0]]  # a snapshot has the newest first
    assert [told.fill.id for told in reads(parse_own_trades_v1, OwnTradesV1, json.dumps(both))] == [
        first.fill.id,
        second.fill.id,
    ]


def test_the_recorded_private_session_is_read(recordings: Path) -> None:
    items: list[Any] = []
    parser, decode = parse_open_orders_v1(Numbering("openOrders")), decoder(OpenOrdersV1)
    for line in (recordings / "kraken_v1_open_orders.jsonl").read_text().splitlines():
        message = json.loads(line)
        if PRIVATE_V1.route(message) == ("openOrders",):
            items.extend(parser(decode(line.encode()), 7, line.encode(), number))
        else:
            assert isinstance(message, dict)
    assert isinstance(items[0], OrderSnapshot)
    assert [update.stage for update in items[1:]] == [S.PENDING, S.OPEN, S.CANCELED]


@pytest.mark.parametrize("line", [*LIFE, FILL, TRADES, TRIGGERED, *BALANCES])
def test_v2_channels_are_told_by_their_name_alone(line: str) -> None:
    message = json.loads(line)
    assert PRIVATE_V2.route(message) == (message["channel"],)


@pytest.mark.parametrize("line", [*OPEN_ORDERS, OWN_TRADES])
def test_v1_channels_are_told_by_their_name_alone(line: str) -> None:
    message = json.loads(line)
    assert PRIVATE_V1.route(message) == (message[1],)


def test_answers_belong_to_no_channel() -> None:
    assert PRIVATE_V2.route({"method": "add_order", "success": True}) is None
    assert PRIVATE_V1.route({"event": "addOrderStatus", "status": "ok"}) is None
    assert PRIVATE_V1.route([1, {}, "ticker", "XBT/USD"]) is None


def test_a_wrong_field_is_an_error_and_no_guess() -> None:
    for wrong in ('"last_qty":"much"', '"last_qty":NaN', '"side":"long"'):
        name = wrong.split(":", maxsplit=1)[0]
        old = '"last_qty":0.005' if "qty" in name else '"side":"sell"'
        with pytest.raises((ValueError, RxexError, msgspec.DecodeError)):
            reads(parse_executions_v2, ExecutionsV2, FILL.replace(old, wrong))


# On a connection


def respond(message: Json) -> Iterable[Json]:
    """Accept every subscription, and send the snapshot; v2 and v1."""
    assert isinstance(message, dict)
    if message.get("method") == "subscribe":
        params = message["params"]
        assert params["token"] == TOKEN
        yield {
            "method": "subscribe",
            "req_id": message["req_id"],
            "result": {"channel": params["channel"]},
            "success": True,
        }
        yield json.loads(EMPTY)
    elif message.get("event") == "subscribe":
        name = message["subscription"]["name"]
        assert message["subscription"]["token"] == TOKEN
        yield {"channelName": name, "event": "subscriptionStatus", "reqid": message["reqid"], "status": "subscribed"}
        yield [[], name, {"sequence": 1}]


class Session:
    """A private channel on a connection that lives through marbles."""

    def __init__(
        self, marbles: str, subscribe: Any, messages: dict[str, str], version: int = 2, **options: Any
    ) -> None:
        dialect = PRIVATE_V1 if version == 1 else PRIVATE_V2
        self.world: MarbleConnection = marble_connection(marbles, messages, dialect, **({"replies": respond} | options))
        connection = self.world.connection
        sockets = connection.pipe(private_socket(lambda: TOKEN, scheduler=self.world.scheduler))
        feed: Observable[Any] = sockets.pipe(subscribe(connection.pipe(keep_messages_only()), notices=True))
        self.feed: Recording[Any] = record(feed, self.world.scheduler)
        self.events = record(connection.link, self.world.scheduler)
        self.world.run()

    @property
    def sent(self) -> list[Any]:
        return [message for socket in self.world.sockets for _, message in socket.sent]

    @property
    def asked(self) -> list[str]:
        return [message.get("method") or message["event"] for message in self.sent]


@pytest.mark.parametrize(
    ("subscribe", "version", "asked"),
    [
        (
            private.subscribe_executions,
            2,
            {"channel": "executions", "snap_orders": True, "snap_trades": True, "order_status": True},
        ),
        (private.subscribe_balances, 2, {"channel": "balances", "snapshot": True}),
        (private.subscribe_open_orders, 1, {"name": "openOrders"}),
        (private.subscribe_own_trades, 1, {"name": "ownTrades", "snapshot": True, "consolidate_taker": False}),
    ],
)
def test_each_channel_is_asked_for_with_the_token_on_every_socket(subscribe: Any, version: int, asked: Any) -> None:
    session = Session("o---#--o---", subscribe, {}, version)
    told = [message["params"] if version == 2 else message["subscription"] for message in session.sent]
    assert told == [{**asked, "token": TOKEN}] * 2
    assert TOKEN not in repr(session.events)
    assert TOKEN not in repr(session.feed.values)


UPDATES = {"b": LIFE[1], "c": LIFE[2], "d": LIFE[3]}


def test_a_missing_number_is_a_gap_and_this_channel_alone_is_asked_for_again() -> None:
    session = Session("o--b-d---b-c--", private.subscribe_executions, UPDATES)
    kinds = [type(item) for item in session.feed.values]
    assert kinds == [OrderSnapshot, OrderUpdate, Gap, OrderSnapshot, OrderUpdate, OrderUpdate]
    gap = session.feed.values[2]
    assert (gap.expected, gap.received) == (3, 4)
    assert session.asked == ["subscribe", "unsubscribe", "subscribe"]
    assert session.sent[1]["params"] == {"channel": "executions", "token": TOKEN}


def test_a_number_that_comes_twice_is_a_gap_too() -> None:
    session = Session("o--b-b----", private.subscribe_executions, UPDATES)
    assert [type(item) for item in session.feed.values][2:4] == [Gap, OrderSnapshot]


def test_messages_of_the_old_subscription_do_not_count_after_a_gap() -> None:
    numbering = Numbering("it")
    numbering.start()
    assert numbering.take(5)
    with pytest.raises(Exception, match="expected number 6"):
        numbering.take(8)
    numbering.start()
    assert [numbering.take(each) for each in (9, 10, 2, 3)] == [False, False, True, True]
    numbering.start()  # another socket
    assert numbering.take(1)


def test_the_numbers_of_a_new_socket_begin_anew() -> None:
    session = Session("o--b-c-#--o--b--", private.subscribe_executions, UPDATES)
    kinds = [type(item) for item in session.feed.values]
    assert kinds == [OrderSnapshot, OrderUpdate, OrderUpdate, Gap, OrderSnapshot, OrderUpdate]
    assert session.asked == ["subscribe", "subscribe"]


def test_a_message_that_cannot_be_read_is_a_gap_as_well() -> None:
    session = Session("o--x----", private.subscribe_executions, {"x": FILL.replace('"sell"', '"long"')})
    assert Gap in [type(item) for item in session.feed.values]
    assert session.asked == ["subscribe", "unsubscribe", "subscribe"]


@pytest.mark.parametrize(
    ("subscribe", "version", "no"),
    [
        (
            private.subscribe_executions,
            2,
            {"error": "EGeneral:Permission denied", "method": "subscribe", "success": False},
        ),
        (
            private.subscribe_open_orders,
            1,
            {"errorMessage": "EGeneral:Permission denied", "event": "subscriptionStatus", "status": "error"},
        ),
    ],
)
def test_a_refusal_ends_this_stream_with_the_exchange_s_text(subscribe: Any, version: int, no: Any) -> None:
    def refuse(message: Json) -> Iterable[Json]:
        assert isinstance(message, dict)
        name = "req_id" if version == 2 else "reqid"
        # The refusal of somebody else's request is not ours.
        return [{**no, name: message[name] + 100}, {**no, name: message[name]}]

    session = Session("o---", subscribe, {}, version, replies=refuse)
    error = session.feed.notifications[-1][1].exception  # type: ignore[attr-defined]
    assert isinstance(error, SubscriptionRefused)
    assert error.reason == "EGeneral:Permission denied"


def test_sockets_without_a_token_are_refused_by_name() -> None:
    world = marble_connection("o---|", {}, PRIVATE_V2)
    sockets: Any = world.connection.pipe(filter_new_socket_only())
    feed = record(
        sockets.pipe(private.subscribe_executions(world.connection.pipe(keep_messages_only()))), world.scheduler
    )
    world.run()
    error = feed.notifications[-1][1].exception  # type: ignore[attr-defined]
    assert isinstance(error, InvalidArgument)
    assert "private_socket" in str(error)


def test_a_private_connection_goes_to_kraken_by_tls_only() -> None:
    for url in (None, "wss://example.org/v2", "ws://127.0.0.1:8080/v2"):
        assert private.private_connection(url).messages.dialect is PRIVATE_V2
    assert private.private_connection(version=1).messages.dialect is PRIVATE_V1
    with pytest.raises(InvalidArgument, match="wss://"):
        private.private_connection("ws://example.org/v2")
    with pytest.raises(InvalidArgument):
        private.private_connection(version=3)


def test_the_version_is_that_of_the_connection_or_of_the_user() -> None:
    messages = private.private_connection(version=1).messages
    assert private.private_version_of(messages, None) == 1
    assert private.private_version_of(messages, 2) == 2
    assert private.private_version_of(Observable(), None) == 2


def test_a_gap_after_the_token_ran_out_is_mended_with_a_new_socket_and_a_new_token() -> None:
    clock = TestScheduler()
    exchange = kraken_sandbox(seed=1).in_virtual_time(clock)
    reconnect = backoff_reconnect(lambda: fixed(1.0), jitter=0.0, scheduler=clock)
    connection = Connection(lambda receive: exchange.source(receive, path="/ws-auth/v2").pipe(reconnect), PRIVATE_V2)
    got: list[Any] = []
    sockets = connection.pipe(private_socket(exchange.mint_token, scheduler=clock))
    executions = private.subscribe_executions(connection.messages, notices=True)
    sockets.pipe(executions).subscribe(lambda item: got.append(type(item)))
    link = connection.connect()
    clock.advance_to(5)
    exchange.expire_tokens()
    exchange.send_raw(EMPTY.replace("snapshot", "update").replace('"sequence":1', '"sequence":9'))
    clock.advance_to(10)
    link.dispose()
    assert got == [OrderSnapshot, Gap, Gap, OrderSnapshot]
    asked: list[Any] = [request.message for request in exchange.requests]
    assert [each["method"] for each in asked] == ["subscribe", "unsubscribe", "subscribe", "subscribe"]
    assert len({each["params"]["token"] for each in asked}) == 2
