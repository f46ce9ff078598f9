"""What cannot be right is refused before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.rest import AddOrder, BitfinexRest, CancelOrder, OrderFlags
from tests.exchanges.bitfinex.rest.calls import CALLS

PAIR: dict[str, Any] = {"symbol": "tBTCUSD"}
ORDER: dict[str, Any] = {**PAIR, "amount": "1", "price": "1"}


def refused(name: str, match: str, **given: Any) -> None:
    endpoint: Any = getattr(BitfinexRest, name)
    with pytest.raises(InvalidArgument, match=match):
        endpoint.parameters(**given)


@pytest.mark.parametrize(
    "symbol", ["BTCUSD", "tBTC/USD", "tbtcusd", "", "t", "fUSD", "tBTCUSD,tETHUSD", None, 5, "../x"]
)
def test_a_symbol_that_cannot_be_a_pair(symbol: Any) -> None:
    refused("ticker", "symbol", symbol=symbol)
    refused("add_order", "symbol", **{**ORDER, "symbol": symbol})


@pytest.mark.parametrize("symbol", ["tBTCUSD", "USD", "f", "fusd", None])
def test_a_symbol_that_cannot_be_one_of_funding(symbol: Any) -> None:
    refused("funding_ticker", "symbol", symbol=symbol)


@pytest.mark.parametrize("symbols", ["", [], ["tBTCUSD", "x"], ["ALL", "tBTCUSD"], None, 7])
def test_symbols_that_cannot_be(symbols: Any) -> None:
    refused("tickers", "symbol", symbols=symbols)


@pytest.mark.parametrize(
    ("name", "given", "match"),
    [
        ("depth", {**PAIR, "precision": "R0"}, "precision"),
        ("depth", {**PAIR, "precision": "P5"}, "precision"),
        ("depth", {**PAIR, "length": 250}, "length"),
        ("depth", {**PAIR, "length": 50}, "1, 25 or 100"),
        ("ohlc", {**PAIR, "timeframe": "2m"}, "timeframe"),
        ("ohlc", {**PAIR, "timeframe": "7D"}, "timeframe"),
        ("ohlc", {**PAIR, "timeframe": "1m", "period": "p30"}, "period"),
        ("ohlc", {"symbol": "fUSD", "timeframe": "1m"}, "period"),
        ("ohlc", {"symbol": "fUSD", "timeframe": "1m", "period": "30"}, "period"),
        ("ohlc", {**PAIR, "timeframe": "1m", "sort": 0}, "sort"),
        ("last_ohlc", {"symbol": "fUSD", "timeframe": "1m"}, "period"),
        ("trades", {**PAIR, "limit": 0}, "limit"),
        ("trades", {**PAIR, "limit": 10_001}, "limit"),
        ("trades", {**PAIR, "sort": 2}, "sort"),
        ("trades", {**PAIR, "start": 1_700_000_000}, "nanoseconds"),
        ("trades", {**PAIR, "end": datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001 - what it is about
        ("config", {"config": "x"}, "pub:list"),
        ("config", {"config": []}, "pub:list"),
        ("config", {"config": 5}, "pub:list"),
        ("positions_audit", {"id": 1.5}, "id"),
        ("cancel_orders", {"cid": 5}, "cid"),
        ("config", {"config": ["pub:fees", "pub/fees"]}, "pub:list"),
        ("stats", {"resource": "../w"}, "resource"),
        ("stats", {"resource": "x/y:1m"}, "resource"),
        ("fx_rate", {"ccy1": "US D", "ccy2": "EUR"}, "ccy1"),
        ("available_balance", {**PAIR, "type": "EXCHANGE"}, "needs dir"),
        ("available_balance", {**PAIR, "type": "FUNDING", "dir": 0}, "dir"),
        ("ledgers", {"wallet": "spot"}, "wallet"),
        ("ledgers", {"currency": "U/D"}, "currency"),
        ("transfer", {"from_": "exchange", "to": "margin", "currency": "USD", "amount": "-1"}, "amount"),
        ("transfer", {"from_": "exchange", "to": "nowhere", "currency": "USD", "amount": "1"}, "to"),
        ("add_funding_offer", {"symbol": "fUSD", "amount": 1, "rate": "0.1", "period": 1}, "period"),
        ("add_funding_offer", {"symbol": "tBTCUSD", "amount": 1, "rate": "0.1", "period": 2}, "symbol"),
        ("auto_renew", {"status": 1, "currency": "USD"}, "status"),
        ("keep_funding", {"type": "offer", "id": [1]}, "type"),
        ("positions_audit", {"id": []}, "id"),
        ("token", {"caps": "a,o"}, "caps"),
        ("open_orders", {"cid": 5}, "cid_date"),
        ("open_orders", {"cid_date": "2026-11-20"}, "cid_date"),
    ],
)
def test_what_other_endpoints_refuse(name: str, given: Any, match: str) -> None:
    refused(name, match, **given)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"amount": 0}, "cannot be 0"),
        ({"amount": 0.1}, "float"),
        ({"amount": "1e-3"}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": "0.123456789"}, "would round it"),
        ({"price": "-1"}, "price"),
        ({"price": "123456"}, "would cut"),
        ({"price": None}, "needs it"),
        ({"type": "MARKET"}, "has none"),
        ({"type": "limit"}, "choose of"),
        ({"type": "EXCHANGE STOP LIMIT"}, "price_aux_limit"),
        ({"price_aux_limit": 5}, "price_aux_limit"),
        ({"type": "TRAILING STOP", "price": None}, "price_trailing"),
        ({"price_trailing": 5}, "price_trailing"),
        ({"price_oco_stop": 5}, "flag OCO"),
        ({"flags": OrderFlags.OCO}, "flag OCO"),
        ({"cid": 2**45}, "cid"),
        ({"cid": 0}, "cid"),
        ({"cid": "5"}, "cid"),
        ({"cid": True}, "cid"),
        ({"gid": -1}, "gid"),
        ({"lev": 101}, "lev"),
        ({"flags": -1}, "flags"),
        ({"tif": 1_700_000_000}, "tif"),
        ({"tif": "2026-11-20"}, "tif"),
        ({"meta": {"color": 1}}, "color"),
        ({"meta": {"make_visible": 1}}, "make_visible"),
        ({"meta": 5}, "meta"),
    ],
)
def test_an_order_that_bitfinex_would_refuse_or_change(changes: Any, match: str) -> None:
    refused("add_order", match, **{**ORDER, **changes})


@pytest.mark.parametrize("name", ["cancel_order", "edit_order"])
@pytest.mark.parametrize(
    "given",
    [{}, {"id": 1, "cid": 2, "cid_date": "2026-11-20"}, {"cid": 2}, {"id": 1, "cid_date": "2026-11-20"}],
)
def test_an_order_is_named_in_one_way(name: str, given: Any) -> None:
    refused(name, "cid", **given, **({"price": 1} if name == "edit_order" else {}))


@pytest.mark.parametrize("id_", [0, -1, 2**63, "x", "1.5", "", True, None, 1.0, "٣"])
def test_an_id_that_cannot_be(id_: Any) -> None:
    refused("cancel_order", "id", id=id_)
    refused("order_trades", "id", **PAIR, id=id_)


@pytest.mark.parametrize("day", ["2026-13-01", "yesterday", "", 5, datetime(2026, 1, 1)])  # noqa: DTZ001 - without a zone
def test_a_day_that_cannot_be(day: Any) -> None:
    refused("cancel_order", "cid_date", cid=5, cid_date=day)


def test_a_change_says_what_changes_and_in_one_way() -> None:
    refused("edit_order", "what is to change", id=5)
    refused("edit_order", "how much more", id=5, amount=1, delta=1)


@pytest.mark.parametrize("given", [{}, {"id": []}, {"cid": []}, {"cid": [5]}, {"cid": [(5, "x")]}, {"gid": []}])
def test_several_cancels_say_which(given: Any) -> None:
    refused("cancel_orders", "id", **given)


@pytest.mark.parametrize("ops", [[], [CancelOrder(id=1)] * 76, ["on"], [("on", {})], 5, None, CancelOrder(id=1)])
def test_operations_are_1_to_75_requests(ops: Any) -> None:
    refused("order_multi", "ops", ops=ops)


def test_a_whole_lot_of_operations_is_taken() -> None:
    assert len(BitfinexRest.order_multi.parameters(ops=[CancelOrder(id=1)] * 75).ops) == 75


def test_requests_are_frozen_and_told_apart() -> None:
    one, two = AddOrder(**ORDER, cid=1), AddOrder(**ORDER, cid=2)
    assert one != two
    with pytest.raises(AttributeError):
        one.amount = "2"  # type: ignore[misc]


@pytest.mark.parametrize("name", sorted(CALLS))
def test_an_unknown_parameter_is_refused(name: str) -> None:
    endpoint: Any = getattr(BitfinexRest, name)
    with pytest.raises(TypeError):
        endpoint.parameters(**CALLS[name][0], colour="red")


def test_times_may_be_datetimes() -> None:
    made = BitfinexRest.trades.parameters(**PAIR, start=datetime(2026, 11, 20, tzinfo=UTC))
    assert made.start == 1_795_132_800_000
