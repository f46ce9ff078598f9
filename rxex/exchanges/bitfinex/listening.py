"""Listening to the account by the names that Bitfinex's own client gives to its events.

Source: the README of Bitfinex's Python client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reactivex import Observable
from reactivex import operators as ops

from rxex.clock import wall_ns
from rxex.codec import number as exact_number
from rxex.errors import InvalidArgument, RxexError
from rxex.exchanges.bitfinex import account_models as models
from rxex.exchanges.bitfinex.account import EachOnce, Latest, OrdersReader, Reader, Rows
from rxex.exchanges.bitfinex.dialect import ACCOUNT, route
from rxex.exchanges.bitfinex.notifications import read_notification
from rxex.exchanges.bitfinex.order_models import read_trade
from rxex.operators import keep_channel, lift
from rxex.typing import Json, Operator

__all__ = ["EVENTS", "on"]

_REQUESTS = ("on-req", "ou-req", "oc-req", "fon-req", "foc-req")
EVENTS: dict[str, str] = {
    "order_snapshot": "os",
    "order_new": "on",
    "order_update": "ou",
    "order_cancel": "oc",
    "position_snapshot": "ps",
    "position_new": "pn",
    "position_update": "pu",
    "position_close": "pc",
    "trade_execution": "te",
    "trade_execution_update": "tu",
    "wallet_snapshot": "ws",
    "wallet_update": "wu",
    "funding_offer_snapshot": "fos",
    "funding_offer_new": "fon",
    "funding_offer_update": "fou",
    "funding_offer_cancel": "foc",
    "funding_credit_snapshot": "fcs",
    "funding_credit_new": "fcn",
    "funding_credit_update": "fcu",
    "funding_credit_close": "fcc",
    "funding_loan_snapshot": "fls",
    "funding_loan_new": "fln",
    "funding_loan_update": "flu",
    "funding_loan_close": "flc",
    "funding_trade_execution": "fte",
    "funding_trade_execution_update": "ftu",
    "balance_update": "bu",
    "base_margin_info": "miu",
    "symbol_margin_info": "miu",
    "funding_info_update": "fiu",
    "notification": "n",
    **{f"{request}-notification": "n" for request in _REQUESTS},
}
"""The events, and the types of the messages that they stand for."""

_READERS: dict[str, Callable[[], Reader[Any]]] = {
    "orders": OrdersReader,
    "positions": lambda: Rows("positions", models.read_position),
    "trades": lambda: EachOnce(lambda _, *rest: read_trade(*rest)),
    "wallets": lambda: Latest("wallets", models.read_wallet),
    "funding_offers": lambda: Rows("funding_offers", models.read_funding_offer),
    "funding_credits": lambda: Rows("funding_credits", models.read_funding_credit),
    "funding_loans": lambda: Rows("funding_loans", models.read_funding_loan),
    "funding_trades": lambda: EachOnce(models.read_funding_trade),
    "balance": lambda: Latest("balance", models.read_balance_info),
    "margin": lambda: Latest("margin", models.read_margin),
    "funding_info": lambda: Latest("funding_info", models.read_funding_info),
    "notifications": lambda: EachOnce(read_notification),
}


def on(event: str) -> Operator[Json, Any]:
    """Keep what one event of the account tells, in its model.

    The names are those of Bitfinex's own client: ``order_new``, ``wallet_update``, ``on-req-notification`` … (see
    `EVENTS`). Snapshots come on each socket anew, wallets as a tuple. ``notification`` is every notification that has
    no event of its own.

    >>> import reactivex as rx
    >>> message = [0, "wu", ["exchange", "BTC", 2, 0, None]]
    >>> rx.of(message).pipe(on("wallet_update")).run().total
    Decimal('2')

    Apply it to the connection's messages, from ``keep_messages_only()``; late subscribers do not get the state first,
    as those of ``subscribe_…`` do. Emits on the source's thread; a message that cannot be read is passed over. Raises
    `InvalidArgument` for a name that there is not.
    """
    if event not in EVENTS:
        raise InvalidArgument("event", event, f"choose one of {', '.join(EVENTS)}")
    kind = EVENTS[event]
    stream = ACCOUNT[kind][1]

    def start() -> Callable[[Json], Iterator[Any]]:
        reader = _READERS[stream]()

        def step(message: Json) -> Iterator[Any]:
            try:
                items = reader.take(message[1], message[2], wall_ns(), message, exact_number)  # type: ignore[index]
            except (RxexError, ValueError, ArithmeticError, LookupError, TypeError):
                return
            if message[1] == kind:  # type: ignore[index]
                yield from (item for item in items if _is_of(event, item))

        return step

    def _on(source: Observable[Json]) -> Observable[Any]:
        return source.pipe(keep_channel(ACCOUNT[kind], route), lift(start), ops.map(_alone(kind)))

    return _on


def _alone(kind: str) -> Callable[[Any], Any]:
    is_several = kind == "ws"
    return lambda item: item[0] if isinstance(item, tuple) and not is_several else item


def _is_of(event: str, item: Any) -> bool:
    if event.endswith("margin_info"):
        (told,) = item
        return isinstance(told, models.MarginBase) is (event == "base_margin_info")
    if event.endswith("notification"):
        own = item.kind if item.kind in _REQUESTS else ""
        return bool(event == (f"{own}-notification" if own else "notification"))
    return True
