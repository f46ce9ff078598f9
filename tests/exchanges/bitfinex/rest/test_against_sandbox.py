"""Our client and the simulated Bitfinex, which checks signatures, nonces, limits and orders by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from rxex.auth import Credentials, NonceSource
from rxex.errors import AuthRefused, ClockSkew, RateLimited, RequestRefused
from rxex.events import Authenticated
from rxex.exchanges.bitfinex.connection import private_connection
from rxex.exchanges.bitfinex.rest import AddOrder, BitfinexRest, CancelOrder, OrderFlags, client
from rxex.exchanges.bitfinex.sandbox import BitfinexSandbox, bitfinex_sandbox
from rxex.models import Side, Stage
from rxex.orders import OrderRefused, Refusal
from tests.rest.plain import data, error, outcome

PAIR: dict[str, Any] = {"symbol": "tBTCUSD"}


@pytest.fixture
def exchange() -> Iterator[BitfinexSandbox]:
    with bitfinex_sandbox(seed=5) as running:
        yield running


@pytest.fixture
def rest(exchange: BitfinexSandbox) -> Iterator[BitfinexRest]:
    with client(exchange.credentials(), url=exchange.rest_url, delays=lambda: iter(())) as made:
        yield made


def digits(price: Decimal) -> Decimal:
    """Round a price to the digits that Bitfinex takes."""
    return Decimal(f"{price:.3g}")


def test_what_is_told_of_the_market_hangs_together(rest: BitfinexRest) -> None:
    assert data(rest.system_status()).status == "operative"
    assert "tBTCUSD" in data(rest.asset_pairs())
    ticker = data(rest.ticker(**PAIR))
    assert ticker.bid < ticker.ask
    assert "tBTCUSD" in data(rest.tickers(symbols="tBTCUSD"))
    book = data(rest.depth(**PAIR, length=100))
    assert book.bids[0].price < book.asks[0].price
    assert abs(book.bids[0].price / ticker.bid - 1) < Decimal("0.05")
    orders = data(rest.order_depth(**PAIR, length=100))
    assert orders.bids[0].price < orders.asks[0].price
    candles = data(rest.ohlc(**PAIR, timeframe="1m"))
    assert [each.begin for each in candles] == sorted(each.begin for each in candles)
    assert all(each.low <= min(each.open, each.close) <= max(each.open, each.close) <= each.high for each in candles)
    trades = data(rest.trades(**PAIR, limit=5))
    assert list(trades) == sorted(trades, key=lambda trade: -(trade.time or 0))
    funding = data(rest.funding_depth(symbol="fUSD"))
    assert funding.bids[0].rate < funding.asks[0].rate


def test_a_wrong_secret_is_refused_and_so_is_a_number_that_is_too_small(exchange: BitfinexSandbox) -> None:
    good = exchange.credentials()
    with client(good, url=exchange.rest_url) as rest:
        data(rest.balances())
    old = Credentials(good.key, good.secret, nonces=NonceSource(lambda: 5_000))
    with client(old, url=exchange.rest_url) as rest:
        small = error(rest.balances())
    assert isinstance(small, ClockSkew)
    assert small.reason.startswith("10114")
    with client(Credentials(good.key, "another secret"), url=exchange.rest_url) as rest:
        end = error(rest.balances())
    assert isinstance(end, AuthRefused)
    assert end.reason.startswith("10100")


def test_one_key_is_for_rest_and_sockets_at_once(exchange: BitfinexSandbox) -> None:
    key = exchange.credentials()

    def open_and_close() -> None:
        accepted = threading.Event()
        connection = private_connection(key, exchange.private_url)
        connection.link.subscribe(lambda event: accepted.set() if isinstance(event, Authenticated) else None)
        link = connection.connect()
        assert accepted.wait(10)
        link.dispose()

    with client(key, url=exchange.rest_url, delays=lambda: iter(())) as rest:
        for _ in range(3):
            open_and_close()
            data(rest.balances())


def test_the_life_of_an_order(rest: BitfinexRest) -> None:
    low = digits(data(rest.ticker(**PAIR)).bid / 2)
    today = datetime.now(UTC).date()
    made = data(rest.add_order(**PAIR, amount="0.01", price=low, cid=777, flags=OrderFlags.POST_ONLY))
    assert made.client_id == "777"
    assert made.order_id is not None
    (found,) = data(rest.open_orders(id=made.order_id))
    assert (found.id, found.stage, found.side, found.price) == (made.order_id, Stage.OPEN, Side.BUY, low)
    assert found.size == Decimal("0.01")
    assert found.flags & OrderFlags.POST_ONLY
    assert data(rest.open_orders(cid=777, cid_date=today))[0].id == made.order_id
    assert data(rest.edit_order(id=made.order_id, amount="0.02")).order_id == made.order_id
    assert data(rest.open_orders(**PAIR))[0].remaining == Decimal("0.02")
    assert data(rest.cancel_order(cid=777, cid_date=today)).client_id == "777"
    assert data(rest.open_orders(id=made.order_id)) == ()
    (closed,) = data(rest.closed_orders(id=made.order_id))
    assert (closed.stage, closed.filled) == (Stage.CANCELED, Decimal(0))
    again = error(rest.cancel_order(id=made.order_id))
    assert isinstance(again, OrderRefused)
    assert again.kind is Refusal.UNKNOWN_ORDER


def test_a_market_order_is_filled_and_its_executions_have_fees(rest: BitfinexRest) -> None:
    made = data(rest.add_order(**PAIR, amount="-0.01", type="EXCHANGE MARKET", cid=778))
    (order,) = data(rest.closed_orders(id=made.order_id))
    assert (order.stage, order.filled, order.side) == (Stage.FILLED, Decimal("0.01"), Side.SELL)
    fills = data(rest.order_trades(**PAIR, id=order.id))
    assert sum(fill.quantity for fill in fills) == order.filled
    assert all(fill.fees[0].amount > 0 and fill.order_id == order.id for fill in fills)
    assert {fill.id for fill in fills} <= {fill.id for fill in data(rest.trades_history(**PAIR))}
    assert data(rest.ledgers(currency="USD"))
    assert {"USD", "BTC"} <= {each.asset for each in data(rest.balances())}


def test_orders_that_are_refused(rest: BitfinexRest) -> None:
    price = digits(data(rest.ticker(**PAIR)).bid / 2)
    funds = error(rest.add_order(**PAIR, amount="1000000", price=price))
    assert isinstance(funds, OrderRefused)
    assert funds.kind is Refusal.INSUFFICIENT_FUNDS
    small = error(rest.add_order(**PAIR, amount="0.0000001", price=price))
    assert isinstance(small, OrderRefused)
    assert small.kind is Refusal.TOO_SMALL
    unknown = error(rest.add_order(symbol="tNOPAIR", amount="1", price=1))
    assert isinstance(unknown, OrderRefused)
    assert unknown.kind is Refusal.UNKNOWN_SYMBOL


def test_several_at_once_each_on_its_own(rest: BitfinexRest) -> None:
    price = digits(data(rest.ticker(**PAIR)).bid / 2)
    ops = [AddOrder(**PAIR, amount="0.01", price=price, cid=801), CancelOrder(id=1)]
    added, canceled = data(rest.order_multi(ops=ops))
    assert added.error is None
    assert isinstance(canceled.error, OrderRefused)
    assert canceled.error.kind is Refusal.UNKNOWN_ORDER
    data(rest.cancel_all())
    assert data(rest.open_orders()) == ()


def test_wallets_funding_and_the_key(rest: BitfinexRest, exchange: BitfinexSandbox) -> None:
    moved = data(rest.transfer(from_="exchange", to="margin", currency="USD", amount="10"))
    assert (moved.asset, moved.amount) == ("USD", Decimal(10))
    offer = data(rest.add_funding_offer(symbol="fUSD", amount="500", rate="0.02", period=2))
    assert [each.id for each in data(rest.funding_offers())] == [offer.id]
    assert data(rest.cancel_funding_offer(id=offer.id)).is_success
    assert data(rest.funding_offers(symbol="fUSD")) == ()
    assert not data(rest.funding_offers_history())[0].is_open
    assert data(rest.open_positions()) == ()
    assert data(rest.margin_info()).balance is not None
    assert data(rest.key_permissions())["orders"] == (True, True)
    token = data(rest.token(caps=["o", "w"])).token
    with client(token=token, url=exchange.rest_url) as other:
        assert {each.wallet for each in data(other.balances())} >= {"exchange"}


def test_what_there_is_not(rest: BitfinexRest) -> None:
    assert isinstance(error(rest.user_info()), RequestRefused)


def test_a_limit_is_kept_to_and_where_it_is_not_the_exchange_refuses() -> None:
    with (
        bitfinex_sandbox(rate_limits=True) as exchange,
        client(url=exchange.rest_url, delays=lambda: iter(())) as one,
        client(url=exchange.rest_url, delays=lambda: iter(())) as two,
    ):
        ends = [outcome(one.trades(**PAIR)).error for _ in range(16)]
        assert ends[:15] == [None] * 15
        assert isinstance(ends[15], RateLimited)
        assert "our own count" in str(ends[15])
        refused = error(two.trades(**PAIR))
        assert isinstance(refused, RateLimited)
        assert refused.reason == "ERR_RATE_LIMIT"
