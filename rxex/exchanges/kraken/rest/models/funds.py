"""What Kraken answers about funds: worth, positions, bookings. Source: "Account Data" of its Spot REST reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.codec import number
from rxex.exchanges.kraken.rest.models.reading import SIDES, mapping, raw_field, some, text, time_of
from rxex.models import Side

__all__ = ["LedgerEntry", "LedgerPage", "Position", "TradeBalance"]


@frozen
class TradeBalance:
    """What all is worth in one asset, and what margin positions hold of it.

    ``equity`` is ``trade_balance`` with what open positions have won (``unrealized``); ``margin`` is what they hold
    back, ``free_margin`` what is left. ``cost`` is what they have cost, ``value`` what they are worth now. ``level`` is
    the equity in percent of the margin, None without positions. ``unexecuted`` is the value of what orders still wait
    for, None where it is not told.
    """

    equivalent_balance: Decimal
    trade_balance: Decimal
    margin: Decimal
    unrealized: Decimal
    cost: Decimal
    value: Decimal
    equity: Decimal
    free_margin: Decimal
    level: Decimal | None
    unexecuted: Decimal | None
    raw: Mapping[str, Any] = raw_field()


def read_trade_balance(result: Any, _: Any, __: int) -> TradeBalance:
    row = mapping(result)
    return TradeBalance(
        equivalent_balance=number(row["eb"]),
        trade_balance=number(row["tb"]),
        margin=number(row["m"]),
        unrealized=number(row["n"]),
        cost=number(row["c"]),
        value=number(row["v"]),
        equity=number(row["e"]),
        free_margin=number(row["mf"]),
        level=some(row, "ml", number),
        unexecuted=some(row, "uv", number),
        raw=row,
    )


@frozen
class Position:
    """An open margin position, as one trade opened it. ``pair`` is Kraken's key.

    ``closed`` is how much of ``size`` has been closed. ``value`` and ``net`` are what it is worth now and what it has
    won, None where they were not asked for. ``terms`` tell in Kraken's words what it costs, ``rollover`` when next.
    """

    id: str
    order_id: str
    status: str
    pair: str
    side: Side
    order_type: str
    size: Decimal
    closed: Decimal
    cost: Decimal
    fee: Decimal
    margin: Decimal
    value: Decimal | None
    net: Decimal | None
    terms: str | None
    rollover: int | None
    time: int | None
    flags: tuple[str, ...]
    raw: Mapping[str, Any] = raw_field()


def _signed(value: Any) -> Decimal:
    """A number that may have a sign, a plus too."""
    return number(str(value).removeprefix("+"))


def read_positions(result: Any, _: Any, __: int) -> dict[str, Position]:
    return {
        key: Position(
            id=key,
            order_id=row["ordertxid"],
            status=str(row["posstatus"]),
            pair=row["pair"],
            side=SIDES[row["type"]],
            order_type=row["ordertype"],
            size=number(row["vol"]),
            closed=number(row["vol_closed"]),
            cost=number(row["cost"]),
            fee=number(row["fee"]),
            margin=number(row["margin"]),
            value=some(row, "value", number),
            net=some(row, "net", _signed),
            terms=some(row, "terms", text),
            rollover=some(row, "rollovertm", time_of),
            time=time_of(row["time"]),
            flags=tuple(flag for flag in str(row.get("oflags") or "").split(",") if flag),
            raw=row,
        )
        for key, row in mapping(result).items()
    }


@frozen
class LedgerEntry:
    """One booking: ``amount`` was added (or, below 0, taken), ``fee`` taken, and ``balance`` was left.

    ``asset`` is Kraken's key. ``reference`` is the id of what was booked: of a trade, a deposit …
    """

    id: str
    reference: str
    type: str
    subtype: str | None
    asset: str
    asset_class: str | None
    amount: Decimal
    fee: Decimal
    balance: Decimal
    time: int | None
    raw: Mapping[str, Any] = raw_field()


def read_entries(result: Any, _: Any, __: int) -> dict[str, LedgerEntry]:
    return {
        key: LedgerEntry(
            id=key,
            reference=str(row["refid"]),
            type=str(row["type"]),
            subtype=some(row, "subtype", text),
            asset=row["asset"],
            asset_class=some(row, "aclass", text),
            amount=number(row["amount"]),
            fee=number(row["fee"]),
            balance=number(row["balance"]),
            time=time_of(row["time"]),
            raw=row,
        )
        for key, row in mapping(result).items()
    }


@frozen
class LedgerPage:
    """Up to 50 entries, the newest first, of ``count`` in all (None where it was not asked for)."""

    entries: dict[str, LedgerEntry]
    count: int | None


def read_ledgers(result: Any, parameters: Any, received: int) -> LedgerPage:
    return LedgerPage(read_entries(result["ledger"], parameters, received), result.get("count"))
