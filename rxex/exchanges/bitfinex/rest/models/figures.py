"""What Bitfinex's public endpoints answer beside prices: the platform, instruments, contracts, statistics.

Sources: Bitfinex's pages "Platform Status", "Configs", "Derivatives Status", "Liquidations", "Stats", "Leaderboards",
"Funding Statistics", "Market Average Price", "Foreign Exchange Rate".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.exchanges.bitfinex.models import DerivativesStatus, Liquidation, derivatives_status, liquidations
from rxex.exchanges.bitfinex.rest.models.reading import listing, row_of
from rxex.rest.reading import raw_field

__all__ = ["Asset", "AssetPair", "AveragePrice", "FundingStatistic", "Rank", "Statistic", "SystemState"]


@frozen
class SystemState:
    """``operative`` or ``maintenance``."""

    status: str


def read_system_status(result: Any, _: Any, __: int) -> SystemState:
    return SystemState("operative" if row_of(result).whole(0) == 1 else "maintenance")


def read_config(result: Any, parameters: Any, _: int) -> dict[str, Any]:
    """Give what was asked for by its name; the answer is a list of one more level, in the order of the names."""
    names, values = parameters.config.split(","), listing(result)
    if len(names) != len(values):
        raise MalformedMessage(f"{len(values)} answers to {len(names)} names")
    return dict(zip(names, values, strict=True))


@frozen
class Asset:
    """A currency; ``name`` is what others call ``id``, as in USDT for UST."""

    id: str
    name: str
    label: str | None
    underlying: str | None
    """Of a currency for contracts, as in BTC for BTCF0."""
    network: str | None


def read_assets(result: Any, _: Any, __: int) -> dict[str, Asset]:
    currencies, *maps = listing(result)
    names, labels, underlying, networks = (_pairs(each) for each in maps[:4])
    return {
        str(code): Asset(
            str(code), names.get(code) or str(code), labels.get(code), underlying.get(code), networks.get(code)
        )
        for code in listing(currencies)
    }


def _pairs(rows: Any) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in listing(rows)}


@frozen
class AssetPair:
    """An instrument; ``symbol`` is what all other calls and feeds take. Margins are parts of one."""

    symbol: str
    base: str
    quote: str
    is_derivative: bool
    minimum_size: Decimal | None
    maximum_size: Decimal | None
    initial_margin: Decimal | None
    minimum_margin: Decimal | None
    raw: Sequence[Any] = raw_field()


def read_asset_pairs(result: Any, _: Any, __: int) -> dict[str, AssetPair]:
    spot, futures, *_rest = listing(result)
    made = [_asset_pair(row, is_derivative=False) for row in listing(spot)]
    made += [_asset_pair(row, is_derivative=True) for row in listing(futures)]
    return {each.symbol: each for each in made}


def _asset_pair(values: Any, *, is_derivative: bool) -> AssetPair:
    row = row_of(values)
    name, figures = str(row.need(0)), row_of(row.at(1))
    base, colon, quote = name.partition(":")
    if not colon:
        base, quote = name[:3], name[3:]
    least, most, initial, minimum = (figures.number(place) for place in (3, 4, 8, 9))
    return AssetPair(f"t{name}", base, quote, is_derivative, least, most, initial, minimum, values)


def read_derivatives_status(result: Any, _: Any, received: int) -> dict[str, DerivativesStatus]:
    """Read the state of contracts; here each figure stands one place further than elsewhere, behind the symbol."""
    return {str(row[0]): _status(str(row[0]), row[1:], received) for row in listing(result)}


def read_derivatives_history(result: Any, parameters: Any, received: int) -> tuple[DerivativesStatus, ...]:
    return tuple(_status(parameters.key, row, received) for row in listing(result))


def _status(symbol: str, row: list[Any], received: int) -> DerivativesStatus:
    (status,) = derivatives_status(symbol)([None, row], received, row, number)
    return status


def read_liquidations(result: Any, _: Any, received: int) -> tuple[Liquidation, ...]:
    """Read liquidations; each stands in a list of its own."""
    parse = liquidations("")
    return tuple(each for rows in listing(result) for each in parse([None, listing(rows)], received, rows, number))


@frozen
class Statistic:
    """A figure at a time."""

    time: int | None
    value: Decimal | None


def statistic(values: Any, _: int) -> Statistic:
    row = row_of(values)
    return Statistic(row.time(0), row.number(1))


@frozen
class Rank:
    """A place in a ranking of users."""

    time: int | None
    user: str | None
    rank: int | None
    value: Decimal | None
    twitter: str | None


def rank(values: Any, _: int) -> Rank:
    row = row_of(values)
    return Rank(row.time(0), row.text(2), row.whole(3), row.number(6), row.text(9))


@frozen
class FundingStatistic:
    """The funding of a currency at a time; ``frr`` is the 365th part of the rate of a day, periods are days."""

    time: int | None
    frr: Decimal | None
    average_period: Decimal | None
    amount: Decimal | None
    used: Decimal | None
    below_threshold: Decimal | None

    @property
    def daily_rate(self) -> Decimal | None:
        """The flash return rate of a day."""
        return None if self.frr is None else self.frr * 365


def funding_statistic(values: Any, _: int) -> FundingStatistic:
    row = row_of(values)
    frr, period, amount, used, below = (row.number(place) for place in (3, 4, 7, 8, 11))
    return FundingStatistic(row.time(0), frr, period, amount, used, below)


@frozen
class AveragePrice:
    """What ``amount`` would cost at once, on average: a price, or a rate a day; None where there is not so much."""

    price: Decimal | None
    amount: Decimal | None


def average_price(values: Any, _: int) -> AveragePrice:
    row = row_of(values)
    return AveragePrice(row.number(0), row.number(1))


def figure(values: Any, _: int) -> Decimal:
    """Read an array of one number."""
    return row_of(values).need_number(0)


def permissions_of(result: Any, _: Any, __: int) -> Mapping[str, tuple[bool, bool]]:
    """Give what a key may read, and change, by Bitfinex's words for it."""
    return {str(row.need(0)): (row.flag(1), row.flag(2)) for row in map(row_of, listing(result))}
