"""What REST's private endpoints tell of funds, made of what was traded: bookings, and what all is worth.

https://docs.kraken.com/api/docs/rest-api/get-ledgers and its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from rxex.codec import text_of
from rxex.exchanges.kraken.sandbox.names import ASSETS
from rxex.exchanges.kraken.sandbox.refusals import Declined
from rxex.exchanges.kraken.sandbox.trading import Trading
from rxex.models import Side
from rxex.sandbox.orders import Fill

__all__ = ["bookings", "trade_balance"]

_ZERO = Decimal(0)


def bookings(fills: Iterable[Fill]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Give when, under which id and what was booked for each fill: what was bought, and what was paid for it."""
    for fill in fills:
        base, quote = fill.order.request.symbol.split("/")
        sign = 1 if fill.order.request.side is Side.BUY else -1
        for asset, amount, left, ending in (
            (base, sign * fill.size, fill.base_left, "B"),
            (quote, -sign * fill.cost, fill.quote_left, "Q"),
        ):
            # The id of a fill begins with a T and ends with the same letters otherwise.
            yield fill.time, f"L{fill.id[1:-1]}{ending}", _booking(fill, asset, amount, left)


def _booking(fill: Fill, asset: str, amount: Decimal, left: Decimal) -> dict[str, Any]:
    return {
        "refid": fill.id,
        "time": Decimal(fill.time) / 10**9,
        "type": "trade",
        "subtype": "",
        "aclass": "currency",
        "asset": ASSETS[asset].key,
        "amount": text_of(amount),
        "fee": text_of(fill.fee if asset == fill.fee_asset else _ZERO),
        "balance": text_of(left),
    }


def trade_balance(trading: Trading, account: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Give what an account's balances are worth in an asset, by the last prices; nothing is on margin here."""
    wanted = str(params.get("asset", "ZUSD"))
    unit = next((asset.symbol for asset in ASSETS.values() if wanted in {asset.key, asset.name, asset.symbol}), None)
    if unit is None:
        raise Declined("EQuery:Unknown asset")
    worth = sum((_worth(trading, asset, amount, unit) for asset, amount in trading.accounts.balances(account).items()))
    waiting = _ZERO
    for order in trading.engine.open_orders(account):
        base, _ = order.request.symbol.split("/")
        waiting += _worth(trading, base, order.size - order.filled, unit)
    told = f"{worth:.4f}"
    nothing = dict.fromkeys(("m", "n", "c", "v"), "0.0000")
    return {"eb": told, "tb": told, **nothing, "e": told, "mf": told, "uv": f"{waiting:.4f}"}


def _worth(trading: Trading, asset: str, amount: Decimal, unit: str) -> Decimal:
    """What an amount is worth; nothing, where the asset is not traded for the unit here."""
    if asset == unit:
        return amount
    symbol = f"{asset}/{unit}"
    return amount * trading.last(symbol) if symbol in trading.simulation.market.instruments else _ZERO
