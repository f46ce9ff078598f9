"""The parameters of Bitfinex's public endpoints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from attrs import frozen

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.rest.parameters.fields import (
    FundingSymbol,
    Number,
    Paged,
    Pair,
    Sorted,
    Symbol,
    a_currency,
    a_price,
    a_symbol,
    an_amount,
    some_symbols,
)
from rxex.rest.parameters import Check, checked, choice, number, whole

# Every class is told by the endpoint that takes it.
__all__: list[str] = []

_NAME = re.compile(r"pub:[a-z0-9]+(:[a-z0-9]+)*")
_RESOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]*(:[A-Za-z0-9]+)+")
_PERIOD = re.compile(r"p[0-9]{1,3}|a[0-9]{1,3}:p[0-9]{1,3}:p[0-9]{1,3}")
_LENGTHS = (1, 25, 100)


def _written(doc: str, pattern: re.Pattern[str], remedy: str) -> Check:
    def convert(name: str, value: Any) -> str:
        if not (isinstance(value, str) and len(value) <= 100 and pattern.fullmatch(value)):
            raise InvalidArgument(name, value, remedy)
        return value

    return Check(doc, convert)


def _config(doc: str) -> Check:
    def convert(name: str, value: Any) -> str:
        given = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Sequence) else ()
        if not given or not all(isinstance(each, str) and _NAME.fullmatch(each) for each in given):
            raise InvalidArgument(name, value, "give names as in 'pub:list:pair:exchange'")
        return ",".join(given)

    return Check(doc, convert)


def a_length(doc: str) -> Check:
    """How many levels, or orders, of a book."""
    inner = whole(doc, 1, 100)

    def convert(name: str, value: Any) -> int:
        found: int = inner.convert(name, value)
        if found not in _LENGTHS:
            raise InvalidArgument(name, value, "give 1, 25 or 100")
        return found

    return Check(doc, convert, "len")


Precision = Annotated[
    str, choice("how many digits prices keep: P0 five, P1 four, …, P4 one", "P0", "P1", "P2", "P3", "P4")
]


@frozen(kw_only=True, field_transformer=checked)
class Config:
    config: Annotated[Any, _config("a name or several, as in 'pub:list:pair:exchange'")]


@frozen(kw_only=True, field_transformer=checked)
class OnePair:
    symbol: Pair


@frozen(kw_only=True, field_transformer=checked)
class OneFunding:
    symbol: FundingSymbol


@frozen(kw_only=True, field_transformer=checked)
class Tickers:
    symbols: Annotated[Any, some_symbols("symbols of pairs and of funding; all if left out")] = "ALL"


@frozen(kw_only=True, field_transformer=checked)
class TickersHistory(Sorted):
    symbols: Annotated[Any, some_symbols("symbols of pairs; all if left out")] = "ALL"


@frozen(kw_only=True, field_transformer=checked)
class Trades(Sorted):
    symbol: Pair


@frozen(kw_only=True, field_transformer=checked)
class FundingTrades(Sorted):
    symbol: FundingSymbol


@frozen(kw_only=True, field_transformer=checked)
class Depth:
    symbol: Pair
    precision: Precision = "P0"
    length: Annotated[int | None, a_length("levels of each side: 1, 25 (default) or 100")] = None


@frozen(kw_only=True, field_transformer=checked)
class OrderDepth:
    symbol: Pair
    length: Annotated[int | None, a_length("orders of each side: 1, 25 (default) or 100")] = None


@frozen(kw_only=True, field_transformer=checked)
class FundingDepth:
    symbol: FundingSymbol
    precision: Precision = "P0"
    length: Annotated[int | None, a_length("levels of each side: 1, 25 (default) or 100")] = None


@frozen(kw_only=True, field_transformer=checked)
class FundingOrderDepth:
    symbol: FundingSymbol
    length: Annotated[int | None, a_length("offers of each side: 1, 25 (default) or 100")] = None


_RESOURCES = _written("what, as in 'pos.size:1m:tBTCUSD:long'", _RESOURCE, "write it as in 'pos.size:1m:tBTCUSD:long'")


@frozen(kw_only=True, field_transformer=checked)
class Stats(Sorted):
    resource: Annotated[str, _RESOURCES]


@frozen(kw_only=True, field_transformer=checked)
class LastStats:
    resource: Annotated[str, _RESOURCES]


_Timeframe = Annotated[
    str,
    choice(
        "the length of a candle",
        *("1m", "5m", "15m", "30m", "1h", "3h", "6h", "12h", "1D", "1W", "14D", "1M"),
    ),
]
_Period = Annotated[
    str | None,
    _written(
        "of funding: 'p30' (of 30 days), 'a30:p2:p30' (of 2 to 30 days together)",
        _PERIOD,
        "write 'p30', or 'a30:p2:p30' for several periods together",
    ),
]


def _check_period(candles: Any) -> None:
    # Without one Bitfinex answers with nothing, as if there were no candles.
    if candles.symbol.startswith("f") != (candles.period is not None):
        raise InvalidArgument("period", candles.period, "candles of funding need one, and those of pairs have none")


@frozen(kw_only=True, field_transformer=checked)
class LastCandle:
    symbol: Symbol
    timeframe: _Timeframe
    period: _Period = None

    def __attrs_post_init__(self) -> None:
        _check_period(self)


@frozen(kw_only=True, field_transformer=checked)
class Candles(Sorted):
    symbol: Symbol
    timeframe: _Timeframe
    period: _Period = None

    def __attrs_post_init__(self) -> None:
        Sorted.__attrs_post_init__(self)
        _check_period(self)


@frozen(kw_only=True, field_transformer=checked)
class DerivativesStatus:
    keys: Annotated[Any, some_symbols("the contracts, as in 'tBTCF0:USTF0'; all if left out")] = "ALL"


@frozen(kw_only=True, field_transformer=checked)
class DerivativesHistory(Sorted):
    key: Annotated[str, a_symbol("the contract, as in 'tBTCF0:USTF0'")]


_RANKINGS = _written("what, as in 'vol:1w:tBTCUSD'", _RESOURCE, "write it as in 'vol:1w:tBTCUSD'")


@frozen(kw_only=True, field_transformer=checked)
class LastRankings:
    resource: Annotated[str, _RANKINGS]


@frozen(kw_only=True, field_transformer=checked)
class Rankings(Sorted):
    resource: Annotated[str, _RANKINGS]


@frozen(kw_only=True, field_transformer=checked)
class FundingStats(Paged):
    symbol: FundingSymbol


@frozen(kw_only=True, field_transformer=checked)
class FxRate:
    ccy1: Annotated[str, a_currency("what is to be told")]
    ccy2: Annotated[str, a_currency("what it is told in")]


@frozen(kw_only=True, field_transformer=checked)
class AveragePrice:
    symbol: Pair
    amount: Annotated[Number, an_amount("how much; below 0: to sell", signed=True)]
    rate_limit: Annotated[Number | None, a_price("the worst price")] = None


@frozen(kw_only=True, field_transformer=checked)
class FundingAveragePrice:
    symbol: FundingSymbol
    amount: Annotated[Number, an_amount("how much to lend; below 0: to borrow", signed=True)]
    period: Annotated[int, whole("days", 2, 120)]
    rate_limit: Annotated[Number | None, number("the worst rate a day")] = None
