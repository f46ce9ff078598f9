"""REST of the simulated KuCoin: signatures, quotas, refusals, and market data that agrees with the streams."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from rxex.auth import Credentials
from rxex.exchanges.kucoin.sandbox import KucoinSandbox, kucoin_sandbox
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES
from rxex.exchanges.kucoin.sandbox.rest import Route
from rxex.sandbox import CallFault
from tests.exchanges.kucoin.market_watchers import Watcher
from tests.exchanges.kucoin.sandbox_clients import Answer, http, signature, signed, signed_headers
from tests.exchanges.kucoin.virtual_clients import World

D = Decimal
FULL = "/api/v3/market/orderbook/level2"
BTC = {"symbol": "BTC-USDT"}


@pytest.fixture(scope="module")
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox() as exchange:
        yield exchange


# Signatures.


def test_the_venues_own_example_of_a_signature_comes_out() -> None:
    text = '1547015186532POST/api/v1/deposit-addresses{"currency":"BTC"}'
    wanted = "7QP/oM0ykidMdrfNEUmng8eZjg/ZvPafjIqmxiVfYu4="
    assert signature("f03a5284-5c39-4aaa-9b20-dea10bdcf8e3", text) == wanted


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_every_version_of_keys_may_sign(exchange: KucoinSandbox, version: str) -> None:
    answer = signed(exchange.rest_url, exchange.credentials(), "GET", FULL, query=BTC, version=version)
    assert answer.data["asks"]


def test_a_query_is_signed_as_it_is_before_it_is_written_for_the_url(exchange: KucoinSandbox) -> None:
    credentials, now = exchange.credentials(), http(exchange.rest_url, "GET", "/api/v1/timestamp").data
    query = {**BTC, "remark": "abc!@#11"}
    for target, code in (
        (f"{FULL}?symbol=BTC-USDT&remark=abc!@#11", "200000"),
        (f"{FULL}?symbol=BTC-USDT&remark=abc%21%40%2311", "400005"),
    ):
        headers = signed_headers(credentials, now, "GET", target)
        assert http(exchange.rest_url, "GET", FULL, query=query, headers=headers).message["code"] == code


def other(credentials: Credentials, **parts: str) -> Credentials:
    assert credentials.passphrase is not None
    known = {
        "key": credentials.key.reveal(),
        "secret": credentials.secret.reveal(),
        "passphrase": credentials.passphrase.reveal(),
    }
    return Credentials(**{**known, **parts})


@pytest.mark.parametrize(
    ("parts", "shift", "code"),
    [
        ({"key": "nobodys"}, 0, "400003"),
        ({"key": "sandbox-"}, 0, "400003"),
        ({"passphrase": "wrong"}, 0, "400004"),
        ({"passphrase": "ä"}, 0, "400004"),
        ({"secret": "wrong"}, 0, "400004"),
        ({}, 5_500, "400002"),
        ({}, -5_500, "400002"),
        ({}, 4_000, "200000"),
        ({}, -4_000, "200000"),
    ],
)
def test_who_is_not_who_he_says_is_refused_by_code(
    exchange: KucoinSandbox, parts: dict[str, str], shift: int, code: str
) -> None:
    credentials = other(exchange.credentials(), **parts)
    now = http(exchange.rest_url, "GET", "/api/v1/timestamp").data + shift
    target = f"{FULL}?symbol=BTC-USDT"
    answer = http(exchange.rest_url, "GET", FULL, query=BTC, headers=signed_headers(credentials, now, "GET", target))
    assert (answer.message["code"], answer.status) == (code, 200 if code == "200000" else 401)


@pytest.mark.parametrize("missing", ["KC-API-KEY", "KC-API-SIGN", "KC-API-TIMESTAMP", "KC-API-PASSPHRASE"])
def test_a_missing_header_and_a_wrong_signature_have_their_codes(exchange: KucoinSandbox, missing: str) -> None:
    now = http(exchange.rest_url, "GET", "/api/v1/timestamp").data
    headers = signed_headers(exchange.credentials(), now, "GET", f"{FULL}?symbol=BTC-USDT")
    without = {name: value for name, value in headers.items() if name != missing}
    assert http(exchange.rest_url, "GET", FULL, query=BTC, headers=without).message["code"] == "400001"
    wrong = {**headers, "KC-API-SIGN": "AAAA"}
    assert http(exchange.rest_url, "GET", FULL, query=BTC, headers=wrong).message["code"] == "400005"
    soon = {**headers, "KC-API-TIMESTAMP": "soon"}
    assert http(exchange.rest_url, "GET", FULL, query=BTC, headers=soon).message["code"] == "400002"


def test_a_body_is_signed_and_has_to_be_json(exchange: KucoinSandbox) -> None:
    credentials, now = exchange.credentials(), http(exchange.rest_url, "GET", "/api/v1/timestamp").data
    path = "/api/v1/bullet-private"

    def post(body: str, kind: str) -> Answer:
        headers = {**signed_headers(credentials, now, "POST", path, body), "Content-Type": kind}
        return http(exchange.rest_url, "POST", path, body=body, headers=headers)

    assert post("{}", "application/json").data["token"]
    assert (post("{}", "text/plain").message["code"], post("{}", "text/plain").status) == ("415000", 415)
    assert post("{", "application/json").message["code"] == "400100"


# Quotas and faults.


def test_answers_tell_what_is_left_of_a_quota() -> None:
    with kucoin_sandbox() as exchange:
        answers = [http(exchange.rest_url, "GET", "/api/v1/market/allTickers") for _ in range(2)]
        told = [{name.lower(): value for name, value in answer.headers.items()} for answer in answers]
        assert [each["gw-ratelimit-limit"] for each in told] == ["2000", "2000"]
        assert [each["gw-ratelimit-remaining"] for each in told] == ["1985", "1970"]
        assert 0 < int(told[1]["gw-ratelimit-reset"]) <= int(told[0]["gw-ratelimit-reset"]) <= 30_000
        mine = signed(exchange.rest_url, exchange.credentials(), "GET", FULL, query=BTC).headers
        assert {name.lower(): value for name, value in mine.items()}["gw-ratelimit-limit"] == "4000"


def test_a_quota_that_is_used_up_is_refused_until_its_window_ends() -> None:
    world = World(rate_limits=True)
    path = "/api/v1/market/allTickers"
    for _ in range(2000 // 15):
        world.ask("GET", path, wait=0.02)
    refused = world.ask("GET", path)
    (reply,) = refused.replies
    assert (refused.status, refused.message["code"]) == (429, "429000")
    assert reply is not None
    assert int(reply.headers["gw-ratelimit-remaining"]) == 2000 % 15
    world.pass_time(int(reply.headers["gw-ratelimit-reset"]) / 1000)
    assert world.ask("GET", path).status == 200
    assert World().ask("GET", path).status == 200


def test_a_quota_may_be_used_up_on_demand_for_one_account_and_pool() -> None:
    world = World(rate_limits=True)
    world.exchange.use_up_quota("spot", "ada")
    assert world.ask("GET", FULL, query=BTC, account="ada").message["code"] == "429000"
    assert world.ask("GET", FULL, query=BTC, account="bob").status == 200
    assert world.ask("GET", "/api/v1/timestamp").status == 200


def test_an_overload_says_nothing_of_a_quota(exchange: KucoinSandbox) -> None:
    exchange.overload(1)
    answer = http(exchange.rest_url, "GET", "/api/v1/timestamp")
    assert (answer.status, answer.message["code"]) == (429, "429000")
    assert not [name for name in answer.headers if name.lower().startswith("gw-")]
    assert http(exchange.rest_url, "GET", "/api/v1/timestamp").status == 200


def test_the_proxy_may_block_everything_for_a_while_with_a_page_of_its_own() -> None:
    world = World()
    world.exchange.block(30.0)
    asked = world.ask("GET", "/api/v1/timestamp")
    (reply,) = asked.replies
    assert reply is not None
    assert (reply.status, reply.body, reply.content_type) == (429, b"error code: 1015", "text/plain")
    world.pass_time(30.0)
    assert world.ask("GET", "/api/v1/timestamp").status == 200


def test_any_call_may_fail_on_demand(exchange: KucoinSandbox) -> None:
    exchange.fail_next_call(CallFault(502), CallFault(0))
    assert http(exchange.rest_url, "GET", "/api/v1/timestamp").status == 502
    with pytest.raises(OSError, match=r"reset|closed|Remote"):
        http(exchange.rest_url, "GET", "/api/v1/timestamp")


@pytest.mark.parametrize(
    ("method", "path", "code", "status"),
    [
        ("GET", "/api/v1/nowhere", "404000", 404),
        ("POST", "/api/v1/timestamp", "404000", 404),
        ("GET", "/api/v1/market/orderbook/level2_50", "404000", 404),
        ("GET", "/api/v1/market/orderbook/level2_", "404000", 404),
        ("GET", "/api/v1/contracts/active", "404000", 404),
        ("GET", "/api/v1/market/stats", "400100", 400),
        ("GET", "/api/v2/symbols/NOBODY", "900001", 200),
        ("GET", "/api/v3/currencies/NOBODY", "900003", 200),
        ("GET", "/api/v1/mark-price/NOBODY/current", "900001", 200),
    ],
)
def test_what_is_not_there_is_refused_by_code(
    exchange: KucoinSandbox, method: str, path: str, code: str, status: int
) -> None:
    answer = http(exchange.rest_url, method, path)
    assert (answer.message["code"], answer.status) == (code, status)


def test_the_same_path_means_another_thing_at_another_address(exchange: KucoinSandbox) -> None:
    assert http(exchange.futures_rest_url, "GET", "/api/v1/contracts/active").data
    assert http(exchange.futures_rest_url, "GET", "/api/v1/market/allTickers").status == 404
    spot, futures = (
        http(url, "POST", "/api/v1/bullet-public").data["instanceServers"][0]["endpoint"]
        for url in (exchange.rest_url, exchange.futures_rest_url)
    )
    assert (spot.endswith("/spot"), futures.endswith("/futures")) == (True, True)
    assert http(exchange.rest_url, "GET", "/elsewhere").status == 404


def test_parts_of_a_path_are_told_by_name() -> None:
    route = Route("spot", "GET", "/a/{b}/c_{d}", lambda _: None)
    assert route.match("/a/x%2Fy/c_z") == {"b": "x/y", "d": "z"}
    for path in ("/a/x/c_", "/a/x", "/a/x/z", "/a//c_z"):
        assert route.match(path) is None


# Market data.


def test_the_state_of_the_exchange_is_told_in_its_words(exchange: KucoinSandbox) -> None:
    states = []
    for system in ("maintenance", "cancel_only", "online"):
        exchange.set_status(system)
        states.append(http(exchange.futures_rest_url, "GET", "/api/v1/status").data["status"])
    assert states == ["close", "cancelonly", "open"]
    assert isinstance(http(exchange.rest_url, "GET", "/api/v1/timestamp").data, int)


def ask(world: World, path: str, **query: Any) -> Any:
    return world.ask("GET", path, query=query, wait=0.03).data


def asked_futures(world: World, path: str, **query: Any) -> Any:
    return world.ask("GET", path, query=query, wait=0.03, server=FUTURES).data


def test_symbols_have_the_increments_that_prices_keep_to() -> None:
    world = World(symbols=["BTC-USDT", "KCS-BTC", "XBTUSDTM"])
    symbols = ask(world, "/api/v2/symbols")
    assert [each["symbol"] for each in symbols] == ["BTC-USDT", "KCS-BTC"]
    assert [each["symbol"] for each in ask(world, "/api/v2/symbols", market="BTC")] == ["KCS-BTC"]
    for each in symbols:
        assert ask(world, f"/api/v2/symbols/{each['symbol']}") == each
        book = ask(world, "/api/v1/market/orderbook/level2_20", symbol=each["symbol"])
        for price, size in (*book["bids"], *book["asks"]):
            assert D(price) % D(each["priceIncrement"]) == 0
            assert D(size) % D(each["baseIncrement"]) == 0
    assert ask(world, "/api/v1/markets") == ["USDS", "BTC", "KCS", "ALTS"]
    assert [each["currency"] for each in ask(world, "/api/v3/currencies")] == ["BTC", "KCS", "USDT"]
    assert ask(world, "/api/v3/currencies/KCS")["currency"] == "KCS"
    assert [each["symbol"] for each in ask(world, "/api/v3/margin/symbols")["items"]] == ["BTC-USDT", "KCS-BTC"]
    (contract,) = asked_futures(world, "/api/v1/contracts/active")
    assert set(asked_futures(world, "/api/v1/contracts/XBTUSDTM")) == set(contract)
    assert (contract["multiplier"], contract["tickSize"], contract["lotSize"]) == (D("0.001"), D("0.1"), 1)


def test_prices_over_rest_are_those_of_the_streams() -> None:
    world = World()
    topic, match = "/market/ticker:BTC-USDT", "/market/match:BTC-USDT"
    watcher = Watcher(world, topic, match)
    watcher.watch(30.0)
    ticker = ask(world, "/api/v1/market/orderbook/level1", symbol="BTC-USDT")
    trades = ask(world, "/api/v1/market/histories", symbol="BTC-USDT")
    mine = [(row["sequence"], row["price"], row["size"], row["side"], int(row["time"])) for row in watcher.rows(match)]
    theirs = [tuple(trade[name] for name in ("sequence", "price", "size", "side", "time")) for trade in trades]
    assert theirs[: len(mine)] == mine[::-1]
    assert (ticker["price"], ticker["size"]) == (trades[0]["price"], trades[0]["size"])
    stats = ask(world, "/api/v1/market/stats", symbol="BTC-USDT")
    (row,) = [each for each in ask(world, "/api/v1/market/allTickers")["ticker"] if each["symbol"] == "BTC-USDT"]
    assert row["last"] == stats["last"] == trades[0]["price"]
    assert D(stats["changePrice"]) == D(row["last"]) - D(stats["last"]) + D(row["changePrice"])
    dollars = ask(world, "/api/v1/prices", currencies="BTC,NOBODY")
    assert dollars == {"BTC": stats["last"]}


def test_trades_go_on_over_rest_while_nobody_listens() -> None:
    world = World()
    first = ask(world, "/api/v1/market/histories", symbol="BTC-USDT")
    world.pass_time(60.0)
    second = ask(world, "/api/v1/market/histories", symbol="BTC-USDT")
    assert first[0] in second
    assert second.index(first[0]) > 3
    numbers = [int(trade["sequence"]) for trade in second]
    assert numbers == sorted(numbers, reverse=True)
    times = [trade["time"] for trade in second]
    assert times == sorted(times, reverse=True)


def test_candles_of_spot_are_newest_first_in_seconds_with_the_close_second() -> None:
    world = World()
    path = "/api/v1/market/candles"
    rows = ask(world, path, symbol="BTC-USDT", type="1hour")
    begins = [int(row[0]) for row in rows]
    assert all(newer - older == 3600 for newer, older in pairwise(begins))
    for _, opened, closed, high, low, volume, amount in rows:
        assert D(low) <= min(D(opened), D(closed)) <= max(D(opened), D(closed)) <= D(high)
        assert D(low) * D(volume) <= D(amount) * D("1.001")
    part = ask(world, path, symbol="BTC-USDT", type="1hour", startAt=begins[9], endAt=begins[4])
    assert [int(row[0]) for row in part] == begins[5:10]
    assert len(ask(world, path, symbol="BTC-USDT", type="1min")) == 1440
    for query in ({"type": "2min"}, {"type": "1min", "startAt": "soon"}):
        assert world.ask("GET", path, query={"symbol": "BTC-USDT", **query}).message["code"] == "400100"


def test_candles_of_futures_are_oldest_first_in_milliseconds_with_the_close_last() -> None:
    world = World()
    path = "/api/v1/kline/query"
    rows = asked_futures(world, path, symbol="XBTUSDTM", granularity=60)
    assert all(newer[0] - older[0] == 3_600_000 for older, newer in pairwise(rows))
    for _, opened, high, low, closed, _volume in rows:
        assert low <= min(opened, closed) <= max(opened, closed) <= high
    part = asked_futures(world, path, symbol="XBTUSDTM", granularity=60, **{"from": rows[3][0], "to": rows[6][0]})
    assert part == rows[3:7]
    assert len(asked_futures(world, path, symbol="XBTUSDTM", granularity=1)) == 500
    bad = world.ask("GET", path, query={"symbol": "XBTUSDTM", "granularity": 2}, server=FUTURES)
    assert bad.message["code"] == "100001"


def test_marks_and_funding_over_rest_are_those_of_the_streams() -> None:
    world = World()
    mark = ask(world, "/api/v1/mark-price/USDT-BTC/current")
    assert mark in ask(world, "/api/v3/mark-price/all-symbols")
    contract = asked_futures(world, "/api/v1/contracts/XBTUSDTM")
    price = asked_futures(world, "/api/v1/mark-price/XBTUSDTM/current")
    assert (price["value"], price["indexPrice"]) == (contract["markPrice"], contract["indexPrice"])
    funding = asked_futures(world, "/api/v1/funding-rate/XBTUSDTM/current")
    assert funding["value"] == contract["fundingFeeRate"]
    # A countdown, in the record of the contract.
    assert 0 < contract["nextFundingRateTime"] <= 4 * 3_600_000
    past = asked_futures(
        world, "/api/v1/contract/funding-rates", symbol="XBTUSDTM", **{"from": 0, "to": funding["timePoint"]}
    )
    assert past[0]["timepoint"] == funding["timePoint"]
    assert len(past) == 100


def test_futures_tell_their_tickers_trades_and_orders() -> None:
    world = World()
    topic = "/contractMarket/execution:XBTUSDTM"
    watcher = Watcher(world, topic, market=FUTURES)
    watcher.watch(20.0)
    trades = asked_futures(world, "/api/v1/trade/history", symbol="XBTUSDTM")
    rows = watcher.rows(topic)
    assert [trade["tradeId"] for trade in trades][: len(rows)] == [row["tradeId"] for row in rows][::-1]
    ticker = asked_futures(world, "/api/v1/ticker", symbol="XBTUSDTM")
    assert ticker["tradeId"] == trades[0]["tradeId"]
    assert ticker["symbol"] in [each["symbol"] for each in asked_futures(world, "/api/v1/allTickers")]
    world.exchange.hold_snapshots("XBTUSDTM")
    orders = asked_futures(world, "/api/v2/level3/snapshot", symbol="XBTUSDTM")
    book = asked_futures(world, "/api/v1/level2/snapshot", symbol="XBTUSDTM")
    assert [D(order[1]) for order in orders["asks"]] == [price for price, _ in book["asks"]]
    assert [order[2] for order in orders["bids"]] == [size for _, size in book["bids"]]
    for query in ({}, {"symbol": "NOBODYM"}):
        refused = world.ask("GET", "/api/v1/ticker", query=query, server=FUTURES).message["code"]
        assert refused == ("200003" if query else "100001")
