"""What KuCoin's public endpoints answer: time, tokens, currencies, instruments.

Source: the pages "Market Data" of its classic REST reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.auth import Secret
from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.exchanges.kucoin.rest.models.reading import amount, listing, millis, raw_field, some, text

__all__ = ["Asset", "AssetPair", "Bullet", "Chain", "InstanceServer", "ServerTime", "SystemState"]

Row = Mapping[str, Any]


@frozen
class ServerTime:
    """KuCoin's time, in whole milliseconds."""

    time: int


def read_server_time(result: Any, _: Any, __: int) -> ServerTime:
    return ServerTime(int(number(result)) * 10**6)


@frozen
class SystemState:
    """``open``, ``close`` or ``cancelonly``, and why."""

    status: str
    message: str | None


def read_system_status(result: Any, _: Any, __: int) -> SystemState:
    return SystemState(str(result["status"]), some(result, "msg", text))


@frozen
class InstanceServer:
    """Where a WebSocket can be opened; times in seconds."""

    endpoint: str
    ping_interval: float
    ping_timeout: float


@frozen
class Bullet:
    """What opens one WebSocket: a token, and the servers that take it, one of them at least."""

    token: Secret
    servers: tuple[InstanceServer, ...]


def read_bullet(result: Any, _: Any, __: int) -> Bullet:
    servers = tuple(_server(row) for row in listing(result["instanceServers"]))
    token = result["token"]
    if not servers or not isinstance(token, str) or not token:
        raise MalformedMessage("there is no token, or no server")
    return Bullet(Secret(token), servers)


def _server(row: Row) -> InstanceServer:
    interval, timeout = (int(number(row[name])) / 1000 for name in ("pingInterval", "pingTimeout"))
    if not (0 < interval <= 3600 and 0 < timeout <= 3600):
        raise MalformedMessage("the intervals of pings cannot be right")
    return InstanceServer(str(row["endpoint"]), interval, timeout)


@frozen
class Chain:
    """A blockchain that a currency can come and go by."""

    id: str
    name: str
    deposits: bool
    withdrawals: bool
    minimum_deposit: Decimal | None
    minimum_withdrawal: Decimal | None
    minimum_fee: Decimal | None
    confirms: int | None
    digits: int | None
    contract: str | None
    needs_tag: bool


@frozen
class Asset:
    """A currency."""

    id: str
    name: str
    full_name: str
    digits: int
    margin: bool
    lending: bool
    chains: tuple[Chain, ...]
    raw: Mapping[str, Any] = raw_field()


def _chain(row: Row) -> Chain:
    return Chain(
        str(row["chainId"]),
        str(row["chainName"]),
        bool(row["isDepositEnabled"]),
        bool(row["isWithdrawEnabled"]),
        amount(row, "depositMinSize"),
        amount(row, "withdrawalMinSize"),
        amount(row, "withdrawalMinFee"),
        some(row, "confirms", int),
        some(row, "withdrawPrecision", int),
        some(row, "contractAddress", text),
        bool(row.get("needTag")),
    )


def asset(row: Row, _: int) -> Asset:
    return Asset(
        str(row["currency"]),
        str(row["name"]),
        str(row["fullName"]),
        int(row["precision"]),
        bool(row.get("isMarginEnabled")),
        bool(row.get("isDebitEnabled")),
        # A currency that cannot come or go has null.
        tuple(map(_chain, row.get("chains") or ())),
        row,
    )


@frozen
class AssetPair:
    """An instrument. Sizes are in the base currency, funds in the quote currency."""

    symbol: str
    name: str
    base: str
    quote: str
    fee_asset: str
    market: str
    price_increment: Decimal
    size_increment: Decimal
    funds_increment: Decimal
    minimum_size: Decimal
    maximum_size: Decimal
    minimum_funds: Decimal | None
    price_limit_rate: Decimal | None
    margin: bool
    trading: bool
    special: bool
    call_auction: bool
    trading_start: int | None
    raw: Mapping[str, Any] = raw_field()


def asset_pair(row: Row, _: int) -> AssetPair:
    return AssetPair(
        str(row["symbol"]),
        str(row["name"]),
        str(row["baseCurrency"]),
        str(row["quoteCurrency"]),
        str(row["feeCurrency"]),
        str(row["market"]),
        number(row["priceIncrement"]),
        number(row["baseIncrement"]),
        number(row["quoteIncrement"]),
        number(row["baseMinSize"]),
        number(row["baseMaxSize"]),
        amount(row, "minFunds"),
        amount(row, "priceLimitRate"),
        bool(row["isMarginEnabled"]),
        bool(row["enableTrading"]),
        bool(row.get("st")),
        bool(row.get("callauctionIsEnabled")),
        some(row, "tradingStartTime", millis),
        row,
    )
