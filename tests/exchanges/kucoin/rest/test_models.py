"""What KuCoin's answers mean: one sample of each endpoint, read whole and exactly."""

from __future__ import annotations

import contextlib
import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.errors import MalformedMessage, RequestRefused, RxexError
from rxex.exchanges.kucoin.rest import Bullet, InstanceServer, KucoinRest, models, wire
from rxex.models import Balance, Candle, Fee, Fill, Level, Side, Stage, Ticker, Trade
from rxex.orders import OrderRefused, Refusal
from rxex.rest import Endpoint, RawResponse
from tests.exchanges.kucoin.rest import samples
from tests.exchanges.kucoin.rest.calls import CALLS
from tests.mutations import mutate

ENDPOINTS: dict[str, Endpoint[..., Any]] = {
    name: value for kind in KucoinRest.__mro__ for name, value in vars(kind).items() if isinstance(value, Endpoint)
}
ARRIVED = 1_800_000_000 * 10**9


def read(name: str, answer: Any = None, **asked: Any) -> Any:
    """Read the sample of an endpoint, or another answer of it."""
    endpoint, (sample_asked, sample) = ENDPOINTS[name], CALLS[name]
    body = json.dumps({"code": "200000", "data": sample if answer is None else answer}).encode()
    result = wire.read(endpoint, RawResponse(200, {}, body))
    return endpoint.read(result, endpoint.parameters(**(asked or sample_asked)), ARRIVED)


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_every_endpoint_reads_its_sample(name: str) -> None:
    assert read(name) is not None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(ENDPOINTS)), st.data())
def test_an_answer_with_a_part_missing_or_wrong_is_read_or_refused(name: str, data: st.DataObject) -> None:
    asked, answer = CALLS[name]
    answer = mutate(copy.deepcopy({"data": answer}), data).get("data")
    endpoint = ENDPOINTS[name]
    # What the client turns into an error that says that the answer cannot be read.
    with contextlib.suppress(RxexError, LookupError, TypeError, AttributeError, ArithmeticError, ValueError):
        endpoint.read(answer, endpoint.parameters(**asked), ARRIVED)


def test_time_and_state() -> None:
    assert read("server_time") == models.ServerTime(1546837113087 * 10**6)
    assert read("system_status") == models.SystemState("open", None)
    assert read("futures_system_status") == models.SystemState("close", "upgrade match engine")


@pytest.mark.parametrize("name", ["spot_public_token", "spot_private_token", "futures_private_token"])
def test_a_token_comes_with_the_servers_that_take_it_and_is_not_shown(name: str) -> None:
    bullet = read(name)
    assert bullet == Bullet(
        bullet.token,
        (
            InstanceServer("wss://ws-api-spot.kucoin.com/", 18.0, 10.0),
            InstanceServer("wss://other.example/", 50.0, 0.5),
        ),
    )
    assert bullet.token.reveal() == samples.BULLET["token"]
    assert samples.BULLET["token"] not in repr(bullet)
    assert ENDPOINTS[name].secret


@pytest.mark.parametrize(
    "change",
    [
        {"token": ""},
        {"token": 5},
        {"instanceServers": []},
        {"instanceServers": [{"endpoint": "wss://x", "pingInterval": 0, "pingTimeout": 1}]},
        {"instanceServers": [{"endpoint": "wss://x", "pingInterval": 10**9, "pingTimeout": 1}]},
    ],
)
def test_a_token_that_cannot_be_used_is_refused(change: Any) -> None:
    with pytest.raises(MalformedMessage):
        read("spot_public_token", {**samples.BULLET, **change})


def test_currencies() -> None:
    found = read("assets")
    assert found["X"].chains == ()
    bitcoin = found["BTC"]
    assert bitcoin == read("asset")
    assert (bitcoin.full_name, bitcoin.digits, bitcoin.margin, bitcoin.lending) == ("Bitcoin", 8, True, False)
    assert bitcoin.chains == (
        models.Chain(
            "btc",
            "BTC",
            deposits=True,
            withdrawals=True,
            minimum_deposit=Decimal("0.0002"),
            minimum_withdrawal=Decimal("0.001"),
            minimum_fee=Decimal("0.0005"),
            confirms=3,
            digits=8,
            contract=None,
            needs_tag=False,
        ),
    )
    assert bitcoin.raw["precision"] == 8


def test_instruments() -> None:
    pair = read("asset_pairs")["BTC-USDT"]
    assert pair == read("asset_pair")
    assert (pair.base, pair.quote, pair.market, pair.trading) == ("BTC", "USDT", "USDS", True)
    assert [str(each) for each in (pair.price_increment, pair.size_increment, pair.minimum_size)] == [
        "0.1",
        "1E-8",
        "0.00001",
    ]
    assert pair.trading_start is None


def test_a_ticker() -> None:
    ticker = read("ticker")
    prices = map(Decimal, ("67267.5", "0.000025", "67267.6", "1.24808993", "67269", "0.000025"))
    assert ticker == Ticker("BTC-USDT", *prices, 1729172965609 * 10**6, ARRIVED)
    assert ticker.raw["sequence"] == "14609309753"


def test_an_unknown_symbol_that_is_answered_with_null_is_refused() -> None:
    for name in ("ticker", "day_stats", "depth", "full_depth", "trades", "ohlc", "futures_ticker", "futures_depth"):
        endpoint = ENDPOINTS[name]
        with pytest.raises(RequestRefused, match="null"):
            endpoint.read(None, endpoint.parameters(**CALLS[name][0]), ARRIVED)


def test_the_last_24_hours() -> None:
    bitcoin, new = read("tickers")
    assert (bitcoin.symbol, bitcoin.bid, bitcoin.ask) == ("BTC-USDT", Decimal("67192.5"), Decimal("67192.6"))
    assert (bitcoin.high, bitcoin.low, bitcoin.last) == (Decimal("68321.4"), Decimal("66683.3"), Decimal(67193))
    assert (bitcoin.volume, bitcoin.change_rate) == (Decimal("1836.03034612"), Decimal("-0.0014"))
    assert bitcoin.time == 1729173207043 * 10**6
    assert (new.bid, new.ask, new.last, new.volume) == (None, None, None, None)
    assert read("day_stats").time == 1729175612158 * 10**6


def test_books() -> None:
    book = read("depth")
    assert (book.symbol, book.sequence, book.time) == ("BTC-USDT", 14610502970, 1729176273859 * 10**6)
    assert book.bids[0] == Level(Decimal("66976.4"), Decimal("0.69109872"))
    assert str(book.asks[1].size) == "0.0005"
    assert read("full_depth") == book
    futures = read("futures_depth")
    assert (futures.sequence, futures.time) == (1697895963339, 1729168101216000000)
    assert futures.bids == (Level(Decimal(66968), Decimal(2)), Level(Decimal("66964.8"), Decimal(25596)))
    assert read("depth", {**samples.DEPTH, "asks": None}).asks == ()


def test_books_order_by_order() -> None:
    book = read("order_depth")
    assert book.sequence == 1573503933086
    assert book.bids == (
        models.BookOrder("5e0d672d2e53ef0009eaf8fb", Decimal("8.1"), Decimal("583.6298"), 1577936671595901518),
    )
    futures = read("futures_order_depth")
    assert futures.asks[0].time == 1591849562123456789
    assert futures.time == 1591849562200000000


def test_trades() -> None:
    first, second = read("trades")
    assert first == Trade(
        "BTC-USDT",
        Decimal(67122),
        Decimal("0.000025"),
        Side.BUY,
        "10976028003549185",
        None,
        1729177117877000000,
        ARRIVED,
    )
    assert second.side is Side.SELL
    (futures,) = read("futures_trades")
    assert (futures.id, futures.time, futures.size) == ("1697915257909", 1729242032152000000, Decimal(1))


def test_candles_have_their_close_before_high_and_low_and_come_oldest_first() -> None:
    first, second = read("ohlc")
    values = map(Decimal, ("10411.5", "10411.5", "10396.3", "10401.9", "29.11357276"))
    assert first == Candle("BTC-USDT", 1566789720 * 10**9, 60 * 10**9, *values, closed=True, received=ARRIVED)
    assert (second.open, second.high, second.low, second.close) == (5, 7, 4, 6)
    first, second = read("futures_ohlc")
    assert (first.begin, first.interval) == (1728576000 * 10**9, 8 * 3600 * 10**9)
    assert (first.open, first.high, first.low, first.close) == (Decimal("60791.1"), 61035, 58940, 60300)


@pytest.mark.parametrize(
    ("kind", "begin", "hours"),
    [
        ("3min", 1566789720, 0.05),
        ("12hour", 1566777600, 12),
        ("1week", 1566777600, 168),
        ("1month", 1706745600, 29 * 24),
        ("1month", 1733011200, 31 * 24),
    ],
)
def test_how_long_a_candle_is(kind: str, begin: int, hours: float) -> None:
    (candle,) = read("ohlc", [[str(begin), "1", "1", "1", "1", "1", "1"]], symbol="BTC-USDT", type=kind)
    assert candle.interval == int(hours * 3600 * 10**9)


def test_the_candle_that_goes_on_is_not_closed() -> None:
    rows = [[str(ARRIVED // 10**9 - age), "1", "1", "1", "1", "1", "1"] for age in (61, 59)]
    assert [candle.closed for candle in read("ohlc", rows)] == [True, False]


def test_prices_that_margins_are_reckoned_with() -> None:
    price = read("mark_price")
    assert (str(price.value), price.index, price.time) == ("0.000015045", None, 1729676888000 * 10**6)
    assert read("futures_mark_price").index == Decimal("67683.58")
    assert read("prices") == {"BTC": Decimal("67133.41649431"), "ETH": Decimal(1)}


def test_balances() -> None:
    first, second = read("balances")
    assert first == Balance("USDT", Decimal("26.66"), Decimal("1.00"), "trade", received=ARRIVED)
    assert first.raw["available"] == "25.66"
    assert second.wallet == "main"
    margin = read("margin_account")
    assert (margin.debt_ratio, margin.debts) == (Decimal("0.07"), 3)
    assert (margin.balances[0].asset, margin.balances[0].owed) == ("USDT", 3)
    (account,) = read("isolated_accounts").accounts
    assert (account.symbol, account.base.asset, account.quote.asset) == ("MANA-USDT", "MANA", "USDT")
    futures = read("futures_account")
    assert (futures.asset, futures.equity, futures.available) == (
        "USDT",
        Decimal("394.439280806"),
        Decimal("290.326799096"),
    )


def test_what_became_of_orders() -> None:
    placed = read("add_order")
    assert (placed.order_id, placed.client_oid) == ("670fd33bf9406e0007ab3945", "5c52e11203aa677f33e493fb")
    assert (placed.error, placed.status, placed.size) == (None, None, None)
    placed = read("add_order_sync")
    assert (placed.status, placed.size, placed.filled, placed.remaining) == (
        "open",
        Decimal("0.00001"),
        Decimal("0.000004"),
        Decimal("0.000006"),
    )
    assert (placed.time, placed.matched) == (1729248896393 * 10**6, 1729248896402 * 10**6)
    assert read("margin_add_order").borrowed == 50
    assert read("edit_order") == models.Edited("O2", "c-1")


def test_of_a_batch_that_was_taken_each_order_can_be_refused() -> None:
    taken, refused = read("add_order_batch")
    assert (taken.order_id, taken.error) == ("670fd33bf9406e0007ab3945", None)
    assert (refused.order_id, refused.client_oid) == (None, "b")
    assert isinstance(refused.error, OrderRefused)
    assert refused.error.kind is Refusal.INSUFFICIENT_FUNDS
    assert "balance insufficient" in refused.error.reason
    taken, refused = read("futures_add_order_batch")
    assert taken.error is None
    assert (refused.error.kind, refused.error.reason) == (
        Refusal.INSUFFICIENT_FUNDS,
        "300003: Balance insufficient.",
    )
    taken, refused = read("futures_cancel_orders")
    assert (taken.order_id, taken.error) == ("a", None)
    assert refused.error.kind is Refusal.UNKNOWN_ORDER


@pytest.mark.parametrize("success", [False, None, "true", 1])
def test_only_a_plain_yes_says_that_an_order_of_a_batch_was_taken(success: Any) -> None:
    (order,) = read("add_order_batch", [{**samples.PLACED, "success": success, "failMsg": None}])
    assert isinstance(order.error, OrderRefused)
    assert "without a reason" in str(order.error)


def test_what_became_of_cancels() -> None:
    assert read("cancel_order") == models.Canceled("O1", None)
    assert read("cancel_order_by_client_oid") == models.Canceled(None, "c-1")
    assert read("cancel_order_sync").status == "done"
    assert read("cancel_order_part").canceled == Decimal("0.5")
    assert read("cancel_all_of_symbol") == "success"
    assert read("cancel_all") == models.CanceledSymbols(("A-B",), {"C-D": "cancel timeout"})
    assert read("futures_cancel_order") == models.CanceledIds(("a", "b"))
    assert read("cancel_stop_order_by_client_oid").order_id == "O1"


def test_an_order() -> None:
    order = read("query_order")
    assert (order.id, order.client_oid, order.symbol) == (
        "6717422bd51c29000775ea03",
        "5c52e11203aa677f33e493fb",
        "BTC-USDT",
    )
    assert (order.side, order.type, order.price, order.size) == (Side.BUY, "limit", 70000, Decimal("0.00001"))
    assert order.fee == Fee("USDT", Decimal("0.000677176"))
    assert order.average_price == Decimal("67717.6")
    assert (order.stage, order.created) == (Stage.FILLED, 1729577515444 * 10**6)
    assert read("closed_orders") == models.Cursor((order,), 19814995255305)
    assert read("open_orders_page") == models.Page((order,), 1, 50, 1, 1)
    assert read("closed_orders", {"lastId": 0, "items": []}) == models.Cursor((), None)


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        ({"active": True, "dealSize": "0"}, Stage.OPEN),
        ({"active": True, "dealSize": "0.000004"}, Stage.PARTIALLY_FILLED),
        ({"dealSize": "0"}, Stage.CANCELED),
        ({"dealSize": "0.000004", "cancelExist": True}, Stage.CANCELED),
        # Bought by funds: that it ends canceled means nothing, what is left counts.
        ({"size": "0", "funds": "10", "dealFunds": "9.99", "cancelExist": True}, Stage.FILLED),
        ({"size": None, "funds": "10", "dealFunds": "10", "cancelExist": False}, Stage.FILLED),
        ({"size": "0", "funds": "10", "dealFunds": "5", "cancelExist": True}, Stage.CANCELED),
        ({"size": "0", "funds": "10", "dealFunds": "0", "dealSize": "0"}, Stage.CANCELED),
    ],
)
def test_the_stage_of_an_order_is_judged_by_its_sizes(change: dict[str, Any], stage: Stage) -> None:
    assert read("query_order", {**samples.ORDER, **change}).stage is stage


def test_our_own_trades() -> None:
    (fill,) = read("trades_history").items
    assert fill == Fill(
        "11029373945659392",
        "6717422bd51c29000775ea03",
        Decimal("67717.6"),
        Decimal("0.00001"),
        "BTC-USDT",
        Side.BUY,
        (Fee("USDT", Decimal("0.000677176")),),
        is_maker=False,
        time=1729577515473 * 10**6,
        received=ARRIVED,
    )
    (futures,) = read("futures_trades_history").items
    assert (futures.time, futures.is_maker, futures.quantity) == (1729155616320000000, True, 1)


def test_the_dead_man_s_switch() -> None:
    now, then = 1729656588 * 10**9, 1729656593 * 10**9
    assert read("cancel_all_orders_after") == models.SwitchTimes(now, then)
    assert read("cancel_all_orders_after_state") == models.SwitchTimes(now, then, 5, ("A-B", "C-D"))
    endpoint = ENDPOINTS["cancel_all_orders_after_state"]
    assert endpoint.read(None, None, ARRIVED) == models.SwitchTimes(None, None)


def test_stop_orders_and_pairs_of_orders() -> None:
    stop = read("query_stop_order")
    assert (stop.stop, stop.stop_price, stop.price, stop.triggered) == ("loss", 60000, 50000, None)
    assert stop.created == 1740626554884 * 10**6
    assert read("stop_orders").items == read("query_stop_order_by_client_oid") == (stop,)
    pair = read("query_oco_order_details")
    assert (pair.status, [each.stop_price for each in pair.parts]) == ("NEW", [None, 98000])
    assert read("query_oco_order").parts == ()


def test_contracts_and_their_prices() -> None:
    contract = read("futures_contract")
    assert (contract.multiplier, contract.lot_size, contract.tick_size) == (Decimal("0.001"), 1, Decimal("0.1"))
    assert str(contract.funding_rate) == "0.000052"
    assert (contract.next_funding, contract.expires) == (17463725 * 10**6, None)
    ticker = read("futures_ticker")
    assert (ticker.bid, ticker.ask_size, ticker.time) == (Decimal("67169.6"), 7251, 1729163001780000000)
    rate = read("futures_funding_rate")
    assert (rate.rate, rate.predicted, rate.funding_time) == (
        Decimal("0.000061"),
        Decimal("0.000108"),
        1748491200000 * 10**6,
    )
    assert read("futures_funding_rates")[0].time == 1702310700000 * 10**6


def test_an_order_in_futures() -> None:
    order = read("futures_query_order")
    assert (order.size, order.filled, order.stage) == (3, 1, Stage.PARTIALLY_FILLED)
    assert (order.leverage, order.margin_mode, order.average_price) == (3, "ISOLATED", None)
    assert order.time == 1729236185885647952
    (stop,) = read("futures_stop_orders").items
    assert (stop.stop, stop.stop_price, stop.stop_price_type) == ("up", 5, "TP")


def test_positions() -> None:
    position = read("futures_position")
    assert (position.size, position.is_open, position.side) == (-2, True, "BOTH")
    assert (position.entry_price, position.leverage) == (Decimal("68114.8"), Decimal("2.9799"))
    assert position.opened == 1729845573701 * 10**6
    (closed,) = read("futures_positions_history").items
    assert (closed.profit, closed.funding_fee) == (Decimal("-3.79237944"), Decimal("-0.08"))
    assert read("futures_margin_mode") == models.MarginMode("XBTUSDTM", "CROSS")
    assert read("futures_cross_leverage") == 10
    assert read("futures_change_cross_leverage") is True
    assert read("futures_max_open_size") == models.MaxOpenSize("XBTUSDTM", Decimal(0), Decimal(7))
    funding = read("futures_funding_history")
    assert (funding.more, funding.payments[0].amount) == (True, Decimal("-0.05585669"))
    assert read("futures_open_order_value").sell_size == 2
