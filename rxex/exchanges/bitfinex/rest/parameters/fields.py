"""The fields that many endpoints share, by Bitfinex's names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import IntFlag
from typing import Annotated, Any, TypeAlias

from attrs import frozen

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.asking import FUNDING, PAIR, check_symbols
from rxex.exchanges.bitfinex.digits import LARGEST_ID, check_amount, check_price
from rxex.rest.parameters import Check, checked, choice, moment, number, whole

__all__ = [
    "Amount",
    "Cid",
    "Currency",
    "End",
    "Flags",
    "FundingSymbol",
    "Id",
    "Limit",
    "Number",
    "OrderFlags",
    "Pair",
    "Paged",
    "Price",
    "Sort",
    "Sorted",
    "Start",
    "Symbol",
    "Time",
    "Wallet",
    "WALLETS",
    "an_amount",
    "a_currency",
    "a_cid",
    "a_day",
    "some_ids",
    "a_price",
    "a_second",
    "a_symbol",
    "some_symbols",
    "yes",
]

Number: TypeAlias = Decimal | int | str
Time: TypeAlias = int | dt.datetime
Day: TypeAlias = dt.date | str | int
WALLETS = ("exchange", "margin", "funding")
_MOST_ID = 2**63 - 1
_DAY = 86_400 * 10**9
_EPOCH_DAY = dt.date(1970, 1, 1)


class OrderFlags(IntFlag):
    """What orders and offers can be, besides their types."""

    HIDDEN = 64
    CLOSE = 512
    REDUCE_ONLY = 1024
    POST_ONLY = 4096
    OCO = 16_384
    NO_VARIABLE_RATES = 524_288


def _one_symbol(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidArgument("symbol", value, "give a text, as in 'tBTCUSD' or 'fUSD'")
    (found,) = check_symbols(value, FUNDING if value.startswith("f") else PAIR)
    return found


def a_symbol(doc: str, *, pair: bool = True, funding: bool = False) -> Check:
    """A symbol of a pair, as in tBTCUSD, or of funding, as in fUSD."""

    def convert(name: str, value: Any) -> str:
        found = _one_symbol(value)
        if not (funding if found.startswith("f") else pair):
            raise InvalidArgument(
                name, value, f"give one of {'pairs, as in tBTCUSD' if pair else 'funding, as in fUSD'}"
            )
        return found

    return Check(doc, convert)


def some_symbols(doc: str) -> Check:
    """Several symbols, joined by commas; or ALL."""

    def convert(_: str, value: Any) -> str:
        given = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Sequence) else ()
        if not given:
            raise InvalidArgument("symbols", value, "give 'ALL', a symbol, or a sequence of symbols")
        return "ALL" if given == ("ALL",) else ",".join(map(_one_symbol, given))

    return Check(doc, convert)


def a_currency(doc: str, wire: str | None = None) -> Check:
    """A currency, as in USD."""

    def convert(name: str, value: Any) -> str:
        if not (isinstance(value, str) and value.isascii() and value.isalnum() and 1 <= len(value) <= 20):
            raise InvalidArgument(name, value, "give Bitfinex's name of a currency, as in 'USD'; USDT is UST")
        return value

    return Check(doc, convert, wire)


def _then(first: Check, check: Callable[[str, Decimal], None]) -> Check:
    def convert(name: str, value: Any) -> str:
        text: str = first.convert(name, value)
        check(name, Decimal(text))
        return text

    return Check(first.doc, convert)


def an_amount(doc: str, *, signed: bool = False) -> Check:
    """How much, in the base currency: Bitfinex would round what has more than 8 digits after the point."""

    def check(name: str, value: Decimal) -> None:
        if not value:
            raise InvalidArgument(name, value, "it cannot be 0")
        check_amount(name, value)

    return _then(number(doc, signed=signed), check)


def a_price(doc: str) -> Check:
    """A price: Bitfinex would cut what has more than 5 significant digits, or 8 after the point."""
    return _then(number(doc), check_price)


def a_cid(doc: str) -> Check:
    """An id of our own."""
    return whole(doc, 1, LARGEST_ID)


def some_ids(doc: str) -> Check:
    """Some of Bitfinex's ids: whole numbers, or their texts as models have them."""

    def convert(name: str, value: Any) -> tuple[int, ...]:
        given = (value,) if isinstance(value, str | int) else tuple(value) if isinstance(value, Sequence) else ()
        if not given:
            raise InvalidArgument(name, value, "give at least one")
        return tuple(_id(name, each) for each in given)

    return Check(doc, convert)


def an_id(doc: str) -> Check:
    """One of Bitfinex's ids: a whole number, or its text as models have it."""
    return Check(doc, _id)


def _id(name: str, value: Any) -> int:
    is_text = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 19
    plain = int(value) if is_text else value
    if not isinstance(plain, int) or isinstance(plain, bool) or not 1 <= plain <= _MOST_ID:
        raise InvalidArgument(name, value, "give Bitfinex's id as it was told")
    return plain


def a_day(doc: str) -> Check:
    """A day in UTC: a date, its text, or a time on it (in nanoseconds since the epoch, or that knows its zone)."""
    time = moment(doc, _DAY)

    def convert(name: str, value: Any) -> str:
        try:
            if isinstance(value, str):
                return dt.date.fromisoformat(value).isoformat()
        except ValueError:
            raise InvalidArgument(name, value, "give a date, as in '2026-11-20'") from None
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value.isoformat()
        return (_EPOCH_DAY + dt.timedelta(days=time.convert(name, value))).isoformat()

    return Check(doc, convert)


def a_second(doc: str) -> Check:
    """A time to the second, written as a text in UTC."""
    time = moment(doc, 10**9)

    def convert(name: str, value: Any) -> str:
        return f"{dt.datetime.fromtimestamp(time.convert(name, value), dt.UTC):%Y-%m-%d %H:%M:%S}"

    return Check(doc, convert)


def yes(doc: str) -> Check:
    """Yes or no, written as 1 or 0."""

    def convert(name: str, value: Any) -> int:
        if not isinstance(value, bool):
            raise InvalidArgument(name, value, "give True or False")
        return int(value)

    return Check(doc, convert)


Pair = Annotated[str, a_symbol("the pair, as in tBTCUSD")]
FundingSymbol = Annotated[str, a_symbol("the currency, as in fUSD", pair=False, funding=True)]
Symbol = Annotated[str, a_symbol("the symbol, as in tBTCUSD or fUSD", funding=True)]
Currency = Annotated[str, a_currency("the currency, as in USD")]
Wallet = Annotated[str, choice("the wallet", *WALLETS)]
Amount = Annotated[Number, an_amount("how much")]
Price = Annotated[Number | None, a_price("the price")]
Id = Annotated[int | str, an_id("Bitfinex's id")]
Cid = Annotated[int | None, a_cid("your own id of it")]
Flags = Annotated[int | None, whole("the sum of `OrderFlags`", 0, 2**31 - 1)]
Start = Annotated[Time | None, moment("only what is not earlier", 10**6)]
End = Annotated[Time | None, moment("only what is not later", 10**6)]
Limit = Annotated[int | None, whole("how many at most", 1, 10_000)]
Sort = Annotated[int | None, whole("-1: the newest first (default), 1: the oldest first, from `start` on", -1, 1)]


@frozen(kw_only=True, field_transformer=checked)
class Paged:
    """What is told in parts: go on with ``end`` at the time of the last one, and leave out what was told before."""

    start: Start = None
    end: End = None
    limit: Limit = None


@frozen(kw_only=True, field_transformer=checked)
class Sorted(Paged):
    """The same in either order."""

    sort: Sort = None

    def __attrs_post_init__(self) -> None:
        if self.sort == 0:
            raise InvalidArgument("sort", 0, "give -1 or 1")
