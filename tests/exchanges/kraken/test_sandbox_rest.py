"""The simulated Kraken over REST: spoken to by a client that is not ours, and by ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from rxex.exchanges.kraken import rest as kraken_rest
from rxex.exchanges.kraken.sandbox import KrakenSandbox, kraken_sandbox
from rxex.sandbox import CallFault
from tests.rest.plain import data


@pytest.fixture
def exchange() -> Iterator[KrakenSandbox]:
    with kraken_sandbox(symbols=["BTC/USD", "ETH/BTC", "DOGE/USD"]) as exchange:
        yield exchange


def _send(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("application/json")
        return json.loads(answer.read(), parse_float=Decimal)


def public(exchange: KrakenSandbox, name: str, **query: Any) -> Any:
    """Call a public endpoint without anything of ours; give the whole answer."""
    return _send(urllib.request.Request(f"{exchange.rest_url}/0/public/{name}?{urlencode(query)}"))


def private(
    exchange: KrakenSandbox, name: str, nonce: int, *, key: str = "sandbox-main", sign: str | None = None, **values: Any
) -> Any:
    """Call a private endpoint as Kraken's documentation says, without anything of ours."""
    body = urlencode({"nonce": nonce, **values}).encode()
    secret = base64.b64decode(exchange.credentials().secret.reveal())
    digest = hashlib.sha256(str(nonce).encode() + body).digest()
    code = hmac.new(secret, f"/0/private/{name}".encode() + digest, hashlib.sha512).digest()
    headers = {"API-Key": key, "API-Sign": sign or base64.b64encode(code).decode()}
    return _send(urllib.request.Request(f"{exchange.rest_url}/0/private/{name}", body, headers))


def test_the_announcement_has_the_url(exchange: KrakenSandbox) -> None:
    assert exchange.endpoints["rest_url"] == exchange.rest_url
    assert exchange.rest_url.startswith("http://127.0.0.1:")


def test_time_and_state(exchange: KrakenSandbox) -> None:
    time = public(exchange, "Time")["result"]
    assert time["unixtime"] > 1_600_000_000
    assert time["rfc1123"].endswith("+0000")
    exchange.set_status("cancel_only")
    assert public(exchange, "SystemStatus")["result"]["status"] == "cancel_only"


@pytest.mark.parametrize("name", ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD"])
@pytest.mark.parametrize("endpoint", ["Ticker", "Depth", "Trades", "Spread", "OHLC", "AssetPairs"])
def test_a_pair_has_four_names_and_the_answer_uses_its_key(exchange: KrakenSandbox, endpoint: str, name: str) -> None:
    answer = public(exchange, endpoint, pair=name)
    assert answer["error"] == []
    assert [key for key in answer["result"] if key != "last"] == ["XXBTZUSD"]


def test_keys_of_all_kinds_of_pairs_and_assets(exchange: KrakenSandbox) -> None:
    pairs = public(exchange, "AssetPairs")["result"]
    assert list(pairs) == ["XXBTZUSD", "XETHXXBT", "XDGUSD"]
    assert pairs["XDGUSD"]["wsname"] == "XDG/USD"
    assert public(exchange, "Assets", asset="XBT,ZUSD,DOGE")["result"].keys() == {"XXBT", "ZUSD", "XXDG"}
    assert len(public(exchange, "Assets")["result"]) > 10


@pytest.mark.parametrize(
    ("endpoint", "query", "error"),
    [
        ("Nothing", {}, "EGeneral:Unknown method"),
        ("Ticker", {"pair": "XBTEUR"}, "EQuery:Unknown asset pair"),
        ("Ticker", {"pair": "NO/WAY"}, "EQuery:Unknown asset pair"),
        ("Depth", {}, "EGeneral:Invalid arguments"),
        ("Depth", {"pair": "XBTUSD", "count": "501"}, "EGeneral:Invalid arguments"),
        ("Depth", {"pair": "XBTUSD", "count": "x"}, "EGeneral:Invalid arguments"),
        ("OHLC", {"pair": "XBTUSD", "interval": "7"}, "EGeneral:Invalid arguments"),
        ("Assets", {"asset": "NOTHING"}, "EQuery:Unknown asset"),
    ],
)
def test_what_the_venue_refuses(exchange: KrakenSandbox, endpoint: str, query: dict[str, str], error: str) -> None:
    assert public(exchange, endpoint, **query) == {"error": [error]}


def test_books_trades_and_candles_hang_together(exchange: KrakenSandbox) -> None:
    book = public(exchange, "Depth", pair="XBTUSD", count=5)["result"]["XXBTZUSD"]
    asks, bids = ([Decimal(level[0]) for level in book[side]] for side in ("asks", "bids"))
    assert len(asks) == len(bids) == 5
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)
    assert bids[0] < asks[0]
    trades = public(exchange, "Trades", pair="XBTUSD")["result"]
    rows = trades["XXBTZUSD"]
    assert len(public(exchange, "Trades", pair="XBTUSD", count=2)["result"]["XXBTZUSD"]) == 2
    later = public(exchange, "Trades", pair="XBTUSD", since=trades["last"])["result"]["XXBTZUSD"]
    assert all(row[2] > rows[-1][2] for row in later)
    candles = public(exchange, "OHLC", pair="XBTUSD")["result"]
    assert candles["last"] == candles["XXBTZUSD"][-2][0]
    for _, opened, high, low, closed, _, volume, count in candles["XXBTZUSD"]:
        assert Decimal(low) <= min(Decimal(opened), Decimal(closed)) <= Decimal(high)
        assert bool(count) == bool(Decimal(volume))


def test_a_token_of_rest_opens_the_private_feeds(exchange: KrakenSandbox) -> None:
    answer = private(exchange, "GetWebSocketsToken", 1)
    assert answer["result"]["expires"] == 900
    assert len(answer["result"]["token"]) == 43


def test_nonces_have_to_rise(exchange: KrakenSandbox) -> None:
    assert private(exchange, "Balance", 5)["error"] == []
    for nonce in (5, 4, 2**64):
        assert private(exchange, "Balance", nonce) == {"error": ["EAPI:Invalid nonce"]}
    assert private(exchange, "Balance", 6)["error"] == []


def test_keys_and_signatures_are_checked(exchange: KrakenSandbox) -> None:
    assert private(exchange, "Balance", 1, key="other") == {"error": ["EAPI:Invalid key"]}
    assert private(exchange, "Balance", 1, key="sandbox-") == {"error": ["EAPI:Invalid key"]}
    assert private(exchange, "Balance", 1, sign="AAAA") == {"error": ["EAPI:Invalid signature"]}
    assert private(exchange, "Nothing", 2) == {"error": ["EGeneral:Unknown Method"]}
    # What was refused has used up no nonce.
    assert private(exchange, "Balance", 3)["error"] == []


def test_too_many_calls_are_refused_until_time_has_passed(exchange: KrakenSandbox) -> None:
    answers = [private(exchange, "Balance", nonce)["error"] for nonce in range(1, 24)]
    assert answers[:19] == [[]] * 19
    assert answers[-1] == ["EAPI:Rate limit exceeded"]


def test_each_account_has_its_own_key_and_money(exchange: KrakenSandbox) -> None:
    with kraken_rest.client(exchange.credentials("ada"), url=exchange.rest_url) as ada:
        placed = data(ada.add_order(pair="BTC/USD", type="sell", ordertype="market", volume=1))
        assert len(placed.ids) == 1
        assert data(ada.balance())["XXBT"] == 9
    assert private(exchange, "Balance", 1)["result"]["XXBT"] == "10"


def test_calls_from_many_threads_with_one_key_are_all_taken(exchange: KrakenSandbox) -> None:
    options: Any = {"url": exchange.rest_url, "tier": "intermediate"}
    with kraken_rest.client(exchange.credentials(), **options) as rest, ThreadPoolExecutor(6) as threads:
        assert all(threads.map(lambda _: data(rest.balance()), range(18)))
    nonces = [int(dict(pair.split(b"=") for pair in call.body.split(b"&"))[b"nonce"]) for call in exchange.calls]
    assert nonces == sorted(nonces)


def test_orders_from_the_order_to_the_fill(exchange: KrakenSandbox) -> None:
    with kraken_rest.client(exchange.credentials(), url=exchange.rest_url, tier="intermediate") as rest:
        placed = data(
            rest.add_order(pair="XBTUSD", type="buy", ordertype="limit", volume="0.01", price=100, cl_ord_id="mine")
        )
        (name,) = placed.ids
        assert data(rest.open_orders(cl_ord_id="mine"))[name].client_id == "mine"
        data(rest.amend_order(txid=name, limit_price=101))
        assert data(rest.query_orders(txid=name))[name].price == "101.0"
        assert data(rest.cancel_order(txid=name)).count == 1
        assert data(rest.closed_orders()).orders[name].status == "canceled"
        (filled,) = data(rest.add_order(pair="XBTUSD", type="buy", ordertype="market", volume="0.01")).ids
        order = data(rest.query_orders(txid=filled, trades=True))[filled]
        assert (order.status, order.filled) == ("closed", Decimal("0.01"))
        history = data(rest.trades_history())
        assert {trade.order_id for trade in history.trades.values()} == {filled}
        assert set(history.trades) == set(order.trades)


@pytest.mark.parametrize(("after_effect", "orders"), [(False, 0), (True, 1)])
@pytest.mark.parametrize("status", [0, 502])
def test_a_call_fails_before_or_after_its_effect(
    exchange: KrakenSandbox, *, status: int, after_effect: bool, orders: int
) -> None:
    exchange.fail_next_call(CallFault(status, after_effect=after_effect, retry_after=7))
    order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "1", "price": "100"}
    with pytest.raises((OSError, urllib.error.HTTPError)) as failure:
        private(exchange, "AddOrder", 1, **order)
    if status:
        assert isinstance(failure.value, urllib.error.HTTPError)
        assert failure.value.code == status
        assert failure.value.headers["Retry-After"] == "7"
        failure.value.close()
    assert len(exchange.open_orders()) == orders
    assert [call.path for call in exchange.calls] == ["/0/private/AddOrder"]
    assert private(exchange, "OpenOrders", 2)["error"] == []


def test_a_path_that_is_not_rest_still_speaks_websocket(exchange: KrakenSandbox) -> None:
    with pytest.raises(urllib.error.HTTPError) as failure:
        urllib.request.urlopen(f"{exchange.rest_url}/v2", timeout=5)
    assert failure.value.code == 426
    failure.value.close()


def test_our_client_reads_bookings_worth_and_changes(exchange: KrakenSandbox) -> None:
    with kraken_rest.client(exchange.credentials(), url=exchange.rest_url) as rest:
        order = {"pair": "XBTUSD", "type": "buy", "volume": "0.1"}
        data(rest.add_order(ordertype="market", **order))
        (order_id,) = data(rest.add_order(ordertype="limit", price="100", **order)).ids
        data(rest.amend_order(txid=order_id, limit_price="101"))
        entries = data(rest.ledgers()).entries
        assert {entry.asset for entry in entries.values()} == {"XXBT", "ZUSD"}
        assert data(rest.query_ledgers(id=[next(iter(entries))])).keys() <= entries.keys()
        worth = data(rest.trade_balance(asset="ZUSD"))
        assert worth.equity == worth.free_margin == worth.trade_balance > 0
        assert data(rest.open_positions()) == {}
        assert [amend.limit_price for amend in data(rest.order_amends(order_id=order_id))] == [100, 101]
