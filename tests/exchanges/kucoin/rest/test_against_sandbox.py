"""Our client and the simulated KuCoin, which checks signatures, quotas and orders by itself."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from rxex.auth import Credentials
from rxex.errors import AuthRefused, RateLimited, RequestRefused
from rxex.exchanges.kucoin.rest import KucoinRest, client, models
from rxex.exchanges.kucoin.sandbox import KucoinSandbox, kucoin_sandbox
from rxex.models import Side, Stage
from rxex.orders import OrderRefused, Refusal
from tests.rest.plain import data, error, outcome

SPOT, XBT = {"symbol": "BTC-USDT"}, {"symbol": "XBTUSDTM"}


@pytest.fixture
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox(seed=5, symbols=["BTC-USDT", "XBTUSDTM"]) as running:
        yield running


@pytest.fixture
def rest(exchange: KucoinSandbox) -> Iterator[KucoinRest]:
    urls = {"url": exchange.rest_url, "futures_url": exchange.futures_rest_url}
    with client(exchange.credentials(), **urls, delays=lambda: iter(())) as made:  # type: ignore[arg-type]
        yield made


def test_what_is_told_of_the_market_hangs_together(rest: KucoinRest) -> None:
    pair = data(rest.asset_pair(**SPOT))
    assert data(rest.asset_pairs())["BTC-USDT"] == pair
    for book in (data(rest.depth(**SPOT)), data(rest.full_depth(**SPOT)), data(rest.futures_depth(**XBT, size=20))):
        assert book.bids[0].price < book.asks[0].price
        assert list(book.bids) == sorted(book.bids, key=lambda each: -each.price)
        assert list(book.asks) == sorted(book.asks, key=lambda each: each.price)
    ticker = data(rest.ticker(**SPOT))
    assert ticker.bid % pair.price_increment == 0
    assert ticker.bid < ticker.ask
    orders = data(rest.order_depth(**SPOT))
    assert orders.bids[0].price < orders.asks[0].price
    for candles in (data(rest.ohlc(**SPOT, type="1hour")), data(rest.futures_ohlc(**XBT, granularity=60))):
        assert [each.begin for each in candles] == sorted(each.begin for each in candles)
        assert {each.interval for each in candles} == {3600 * 10**9}
        assert all(each.low <= each.open <= each.high and each.low <= each.close <= each.high for each in candles)
        assert all(each.closed for each in candles[:-1])
    assert {trade.symbol for trade in data(rest.trades(**SPOT))} == {"BTC-USDT"}
    assert [each.symbol for each in data(rest.futures_contracts())] == ["XBTUSDTM"]
    assert data(rest.futures_contract(**XBT)).multiplier == Decimal("0.001")
    assert abs(data(rest.futures_mark_price(**XBT)).value / data(rest.futures_ticker(**XBT)).bid - 1) < Decimal("0.05")
    assert isinstance(error(rest.ticker(symbol="NO-PAIR")), RequestRefused)


def test_the_clock_agrees_and_quotas_are_told(rest: KucoinRest) -> None:
    (response,) = outcome(rest.server_time()).items
    assert abs(rest.clock.offset or 0) < 2
    assert response.rate_limit is not None
    assert not response.rate_limit.estimated
    assert 0 < response.rate_limit.remaining < response.rate_limit.limit


def test_tokens_of_all_kinds(rest: KucoinRest) -> None:
    markets: list[Any] = ["spot", "futures"]
    bullets = [data(call(market=market)) for call in (rest.public_token, rest.private_token) for market in markets]
    assert len({bullet.token.reveal() for bullet in bullets}) == 4
    assert [bullet.servers[0].endpoint.rpartition("/")[2] for bullet in bullets] == ["spot", "futures"] * 2


def test_a_wrong_secret_is_refused(exchange: KucoinSandbox) -> None:
    good = exchange.credentials()
    wrong = Credentials(good.key, "another secret", good.passphrase)
    with client(wrong, url=exchange.rest_url) as rest:
        end = error(rest.balances())
    assert isinstance(end, AuthRefused)
    assert end.reason.startswith(("400004", "400005")), "the passphrase is hidden with the secret, too"


def test_the_life_of_orders(rest: KucoinRest) -> None:
    low = data(rest.ticker(**SPOT)).bid / 2 // 1
    order: dict[str, Any] = {**SPOT, "side": "buy", "type": "limit", "price": low, "size": "0.01"}
    placed = data(rest.add_order(**order, client_oid="a"))
    assert placed.order_id is not None
    duplicate = error(rest.add_order(**order, client_oid="a"))
    assert isinstance(duplicate, OrderRefused)
    assert duplicate.kind is Refusal.DUPLICATE_CLIENT_ID
    found = data(rest.query_order(**SPOT, order_id=placed.order_id))
    assert (found.stage, found.side, found.price, found.size) == (Stage.OPEN, Side.BUY, low, Decimal("0.01"))
    assert data(rest.query_order_by_client_oid(**SPOT, client_oid="a")).id == placed.order_id
    assert [each.id for each in data(rest.open_orders(**SPOT))] == [placed.order_id]
    edited = data(rest.edit_order(**SPOT, client_oid="a", new_size="0.02"))
    assert edited.order_id != placed.order_id
    canceled = data(rest.cancel_order_sync(**SPOT, order_id=edited.order_id))
    assert (canceled.status, canceled.canceled) == ("done", Decimal("0.02"))
    again = error(rest.cancel_order(**SPOT, order_id=edited.order_id))
    assert isinstance(again, OrderRefused)
    assert again.kind is Refusal.UNKNOWN_ORDER
    assert data(rest.query_order(**SPOT, order_id=edited.order_id)).stage is Stage.CANCELED
    first, second = data(rest.add_order_batch(order_list=[{**order, "client_oid": "b"}, {**order, "client_oid": "b"}]))
    assert first.error is None
    assert isinstance(second.error, OrderRefused)
    assert data(rest.cancel_all()) == models.CanceledSymbols(("BTC-USDT",), {})


def test_a_market_order_by_funds_is_filled_and_its_trades_have_fees(rest: KucoinRest) -> None:
    placed = data(rest.add_order_sync(**SPOT, side="buy", type="market", funds=100, client_oid="m"))
    order = data(rest.query_order(**SPOT, order_id=placed.order_id or ""))
    assert order.stage is Stage.FILLED
    fills = data(rest.trades_history(**SPOT, order_id=order.id)).items
    assert sum(fill.quantity for fill in fills) == order.filled
    assert all(fill.fees[0].amount > 0 and not fill.is_maker for fill in fills)
    assert {balance.asset for balance in data(rest.balances(currency="USDT"))} == {"USDT"}


def test_a_quota_that_is_used_up_is_told_and_then_kept_to() -> None:
    with (
        kucoin_sandbox(symbols=["BTC-USDT"], rate_limits=True) as exchange,
        client(exchange.credentials(), url=exchange.rest_url, vip=12, patience=1.0, delays=lambda: iter(())) as rest,
    ):
        # 2,000 in 30 seconds, 15 for each; our own count stops us where the exchange would refuse.
        ends = [outcome(rest.tickers()).error for _ in range(134)]
        assert ends[:133] == [None] * 133
        assert isinstance(ends[133], RateLimited)
        assert "our own count" in str(ends[133])
