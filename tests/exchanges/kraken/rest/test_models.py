"""What Kraken's answers mean: samples of its documentation, read whole and exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rxex.auth import Credentials
from rxex.errors import AnswerLost
from rxex.exchanges.kraken.rest import KrakenRest, client, models
from rxex.models import Candle, Day, Side, Ticker, Trade
from tests.exchanges.kraken.rest import samples
from tests.fakes.http_server import HttpServer, reply
from tests.rest.plain import data, error

KEY = Credentials("key", "c2VjcmV0")


def read(body: bytes, name: str, **given: Any) -> Any:
    """Ask for an endpoint that answers ``body``; give the data."""
    with HttpServer(reply(body)) as server, client(KEY, url=server.url) as rest:
        result = data(getattr(rest, name)(**given))
        (asked,) = server.asked
        endpoint = getattr(KrakenRest, name)
        assert (
            asked.target.split("?")[0]
            == endpoint.path
            == f"/0/{'private' if endpoint.private else 'public'}/{endpoint.name}"
        )
        assert asked.method == ("POST" if endpoint.private else "GET")
        return result


def test_time_and_state() -> None:
    assert read(samples.TIME, "server_time") == models.ServerTime(1762820224 * 10**9)
    assert read(samples.SYSTEM_STATUS, "system_status") == models.SystemState("online", 1762820230 * 10**9)


def test_assets() -> None:
    assets = read(samples.ASSETS, "assets")
    assert assets["XXBT"] == models.Asset("XXBT", "XBT", "currency", 10, 5, Decimal(1), "enabled")
    assert assets["ZUSD"].raw["altname"] == "USD"


def test_asset_pairs() -> None:
    pair = read(samples.ASSET_PAIRS, "asset_pairs", pair="XBTUSD")["XXBTZUSD"]
    assert pair == models.AssetPair(
        "XXBTZUSD",
        "XBTUSD",
        "XBT/USD",
        "XXBT",
        "ZUSD",
        1,
        8,
        Decimal("0.1"),
        Decimal("0.0001"),
        Decimal("0.5"),
        "online",
        (2, 3, 4, 5),
        (2, 3, 4, 5),
        ((Decimal(0), Decimal("0.26")), (Decimal(50000), Decimal("0.24"))),
        ((Decimal(0), Decimal("0.16")), (Decimal(50000), Decimal("0.14"))),
    )
    assert pair.symbol == "BTC/USD"


def test_a_pair_of_the_first_years_has_less() -> None:
    body = b'{"error":[],"result":{"X.d":{"altname":"X.d","base":"A","quote":"B","pair_decimals":1,"lot_decimals":8}}}'
    pair = read(body, "asset_pairs")["X.d"]
    assert (pair.symbol, pair.tick_size, pair.status, pair.fees) == (None, None, None, ())


@pytest.mark.parametrize(
    ("asked", "symbol"),
    [("BTC/USD", "BTC/USD"), (["BTC/USD"], "BTC/USD"), (None, "XXBTZUSD"), (["a", "b"], "XXBTZUSD")],
)
def test_tickers(asked: Any, symbol: str) -> None:
    ticker = read(samples.TICKER, "ticker", pair=asked)["XXBTZUSD"]
    assert ticker == Ticker(
        symbol,
        Decimal("52609.50000"),
        Decimal("1.000"),
        Decimal("52609.60000"),
        Decimal("1.000"),
        Decimal("52641.10000"),
        Decimal("0.00080000"),
        received=ticker.received,
    )
    assert ticker.received > 10**18
    assert ticker.raw["t"] == [23329, 80463]
    assert ticker.day == Day(
        volume=Decimal("7954.00219674"),
        vwap=Decimal("54022.90683"),
        open=Decimal("52280.40000"),
        high=Decimal("57200.00000"),
        low=Decimal("51513.90000"),
    )


def test_candles_the_last_one_is_not_closed() -> None:
    answer = read(samples.OHLC, "ohlc", pair="BTC/USD")
    assert answer.last == "1688671200"
    first, second = answer.rows
    assert first == Candle(
        "BTC/USD",
        1688671200 * 10**9,
        60 * 10**9,
        Decimal("30306.1"),
        Decimal("30306.2"),
        Decimal("30305.7"),
        Decimal("30305.7"),
        Decimal("3.39243896"),
        23,
        Decimal("30306.1"),
        closed=True,
        received=first.received,
    )
    assert not second.closed
    assert read(samples.OHLC, "ohlc", pair="BTC/USD", interval=15).rows[0].interval == 900 * 10**9


def test_a_book_by_the_name_that_was_asked_for() -> None:
    book = read(samples.DEPTH, "depth", pair="BTC/USD", count=2)
    assert book.symbol == "BTC/USD"
    assert book.asks[0] == models.DepthLevel(Decimal("52523.00000"), Decimal("1.199"), 1616663113 * 10**9)
    assert [str(level.price) for level in book.bids] == ["52522.90000", "52522.80000"]


def test_trades_with_every_digit_of_their_time() -> None:
    answer = read(samples.TRADES, "trades", pair="XBTUSD", since="1")
    assert answer.last == "1688671969993150842"
    assert answer.rows[0] == Trade(
        "XBTUSD",
        Decimal("30243.40000"),
        Decimal("0.34507674"),
        Side.BUY,
        61044952,
        "market",
        1688669597827736900,
        answer.rows[0].received,
    )
    assert (answer.rows[1].side, answer.rows[1].order_type) == (Side.SELL, "limit")


def test_spreads() -> None:
    answer = read(samples.SPREAD, "spreads", pair="XBTUSD")
    assert answer.last == "1688672106"
    assert answer.rows[0] == models.Spread("XBTUSD", Decimal("30292.10000"), Decimal("30297.50000"), 1688671834 * 10**9)


def test_a_token_shows_nowhere() -> None:
    token = read(samples.TOKEN, "websockets_token")
    assert token.token.reveal() == "nmc39wCfFqn0mirRrpHMFOu0xfq4VVghFy+UPzpVcJo"
    assert token.expires == 900
    assert "nmc39" not in repr(token)


def test_balances() -> None:
    assert read(samples.BALANCE, "balance") == {
        "ZUSD": Decimal("200000.00"),
        "XXBT": Decimal("0.5"),
        "ETH": Decimal("2.0"),
    }
    (balance,) = read(samples.BALANCE_EX, "balances").values()
    assert balance.available == Decimal("3.46840030") + Decimal("1.26844502") - Decimal("0.10002300") - Decimal(
        "2.14560458"
    )
    bare = read(b'{"error":[],"result":{"ZUSD":{"balance":"3","hold_trade":"1"}}}', "balances")["ZUSD"]
    assert bare.available == 2


def test_open_orders() -> None:
    ((name, order),) = read(samples.OPEN_ORDERS, "open_orders", trades=True).items()
    assert name == order.id == "OQCLML-BW3P3-BUCMWZ"
    assert order == models.OrderInfo(
        id="OQCLML-BW3P3-BUCMWZ",
        status="open",
        pair="XBTUSD",
        side=Side.BUY,
        order_type="limit",
        price="30010.0",
        price2="0",
        size=Decimal("1.25000000"),
        filled=Decimal("0.37500000"),
        cost=Decimal("11253.7"),
        fee=Decimal("0.00000"),
        average_price=Decimal("30010.0"),
        opened=1616666559897400000,
        closed=None,
        start=None,
        expires=None,
        reason=None,
        flags=("fciq",),
        client_id=None,
        userref=None,
        trades=("TCCCTY-WE2O6-P3NB37",),
    )


def test_closed_and_queried_orders() -> None:
    page = read(b'{"error":[],"result":{"closed":' + samples.CLOSED_ORDER + b',"count":9}}', "closed_orders", ofs=50)
    (order,) = page.orders.values()
    assert page.count == 9
    assert (order.closed, order.expires) == (1616665499192200000, 1616666000 * 10**9)
    assert (order.flags, order.client_id, order.userref) == (("fciq", "post"), "mine", 7)
    queried = read(b'{"error":[],"result":' + samples.CLOSED_ORDER + b"}", "query_orders", txid=[order.id])
    assert queried == page.orders
    uncounted = read(b'{"error":[],"result":{"closed":{}}}', "closed_orders", without_count=True)
    assert uncounted == models.OrderPage({}, None)


def test_our_own_trades() -> None:
    page = read(samples.TRADES_HISTORY, "trades_history", type="all")
    assert page.count == 1
    assert page.trades["THVRQM-33VKH-UCI7BS"] == models.TradeInfo(
        "THVRQM-33VKH-UCI7BS",
        "OQCLML-BW3P3-BUCMWZ",
        "XXBTZUSD",
        Side.BUY,
        "limit",
        Decimal("30010.00000"),
        Decimal("0.02000000"),
        Decimal("600.20000"),
        Decimal("0.00000"),
        1688667796880200000,
        maker=True,
        trade_id=40274859,
    )


ORDER: dict[str, Any] = {"ordertype": "limit", "type": "buy", "volume": "1", "price": "2"}


def test_what_became_of_orders() -> None:
    placed = read(samples.PLACED, "add_order", pair="XBTUSD", **ORDER)
    assert placed.ids == ("OUF4EM-FRGI2-MQMWZD",)
    assert placed.close == "close position @ stop loss 22000.0 -> limit 21000.0"
    first, second = read(samples.BATCH, "add_order_batch", pair="XBTUSD", orders=[ORDER, ORDER]).orders
    assert (first.ids, first.error) == (("O5OR23-ADFAD-Y2G61C",), None)
    assert (second.ids, second.error) == ((), "EOrder:Insufficient funds")
    assert read(samples.AMENDED, "amend_order", txid="O", limit_price="+1%") == models.Amended("TVB4ER-X5QP3-ADURMW")
    edited = read(samples.EDITED, "edit_order", txid="O", pair="XBTUSD")
    assert (edited.id, edited.original_id, edited.error) == ("OFVXHJ-KPQ3B-VS7ELA", "OHYO67-6LP66-HMQ437", None)


def test_what_became_of_cancels() -> None:
    assert read(samples.CANCELED, "cancel_order", txid="O") == models.Canceled(1, pending=False)
    assert read(samples.CANCELED, "cancel_all") == models.Canceled(1, pending=False)
    pending = b'{"error":[],"result":{"count":2,"pending":true}}'
    assert read(pending, "cancel_order_batch", orders=["O", "P"]) == models.Canceled(2, pending=True)
    switch = read(samples.SWITCH, "cancel_all_orders_after", timeout=60)
    assert switch == models.SwitchTimes(1679679716 * 10**9, 1679679776 * 10**9)
    assert read(samples.SWITCH_OFF, "cancel_all_orders_after", timeout=0).trigger is None


@pytest.mark.parametrize(
    ("name", "given", "body"),
    [
        ("ohlc", {"pair": "x"}, b'{"error":[],"result":{"last":1}}'),
        ("trades", {"pair": "x"}, b'{"error":[],"result":{"A":[],"B":[],"last":"1"}}'),
        ("trades", {"pair": "x"}, b'{"error":[],"result":{"A":{},"last":"1"}}'),
        ("ticker", {}, b'{"error":[],"result":[]}'),
        ("ticker", {}, b'{"error":[],"result":{"X":{"a":["NaN"]}}}'),
        ("balance", {}, b'{"error":[],"result":{"X":"1_0"}}'),
        ("balance", {}, b'{"error":[],"result":null}'),
        ("websockets_token", {}, b'{"error":[],"result":{"token":"","expires":900}}'),
        ("open_orders", {}, b'{"error":[],"result":{"open":{"O":{}}}}'),
    ],
)
def test_an_answer_of_another_shape_is_lost_and_nothing_is_made_up(name: str, given: Any, body: bytes) -> None:
    with HttpServer(reply(body)) as server, client(KEY, url=server.url, delays=lambda: iter(())) as rest:
        assert isinstance(error(getattr(rest, name)(**given)), AnswerLost)
