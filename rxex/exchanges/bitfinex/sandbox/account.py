"""Channel 0 of the simulated Bitfinex: who is logged in, what is told of an account, and what it is told late.

Source: Bitfinex's pages "Authenticated channels" and "Account info".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from rxex.codec import text_of
from rxex.exchanges.bitfinex.sandbox.clients import ACCOUNT_CHANNEL, Client
from rxex.exchanges.bitfinex.sandbox.margin import EXCHANGE, FUNDING, MARGIN, Position, user_of, wallet_of
from rxex.exchanges.bitfinex.sandbox.offers import Offers
from rxex.exchanges.bitfinex.sandbox.rows import order_row, position_row, trade_row, wallet_row
from rxex.exchanges.bitfinex.sandbox.trading import Trading, placed, signed
from rxex.exchanges.bitfinex.sandbox.writing import write
from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.orders import EventKind, Fill, Order, OrderEvent
from rxex.sandbox.session import Session

__all__ = ["CAPS", "Account"]

ZERO = Decimal(0)
CAPS: Mapping[str, Mapping[str, int]] = {
    "orders": {"read": 1, "write": 1},
    "account": {"read": 1, "write": 0},
    "funding": {"read": 1, "write": 1},
    "history": {"read": 1, "write": 0},
    "wallets": {"read": 1, "write": 1},
    "withdraw": {"read": 0, "write": 0},
    "positions": {"read": 1, "write": 1},
}
"""What a key of the sandbox may do."""
_ENDS = {EventKind.FILLED, EventKind.CANCELED, EventKind.EXPIRED}
_STORED_AFTER = (0.05, 1.0)


class Account:
    """Tells those who are logged in what happens to their account."""

    def __init__(self, trading: Trading, offers: Offers, client_of: Callable[[Session], Client]) -> None:
        """Listen to ``trading`` and ``offers``; ``client_of`` gives what is remembered of a session."""
        self.trading = trading
        self.simulation = trading.simulation
        self.outbox = EventOutbox(trading.simulation, trading.injector, lost=lambda each: client_of(each).skip(each))
        self._offers = offers
        self._client_of = client_of
        self._sessions: dict[str, dict[int, Session]] = {}
        self._new: set[str] = set()
        self._last_fills: dict[str, Fill] = {}
        trading.listeners.append(self._heard)
        trading.movers.append(self._moved)
        offers.listeners.append(self.tell)
        trading.flushers.append(self._flush)

    # Who is logged in.

    def join(self, session: Session) -> None:
        """Send the snapshots, and tell what happens from now on."""
        client = self._client_of(session)
        user = client.account or ""
        self.trading.open_user(user)
        self._sessions.setdefault(user, {})[session.number] = session
        positions = [position_row(each) for each in self.trading.accounts.positions(f"{user}/{MARGIN}")]
        snapshots: list[tuple[str, list[Any], tuple[str, ...]]] = [
            ("ps", positions, ("trading",)),
            ("ws", self.wallets(user), ("wallet",)),
            ("os", [order_row(order) for order in self.trading.open_of(user)], ("trading",)),
            ("fos", self._offers.rows(user), ("funding",)),
            ("fcs", self._offers.credits(user), ("funding",)),
            ("fls", [], ("funding",)),
        ]
        for kind, rows, filters in snapshots:
            mine = [row for row in rows if client.wants(*filters, *_narrow(kind, row))]
            if mine or client.wants(*filters):
                self.outbox.send(session, ACCOUNT_CHANNEL, f'[0,"{kind}",{write(mine)}]')

    def leave(self, session: Session, user: str) -> None:
        """Tell a session nothing more; it may have asked for all orders to be canceled then."""
        self._sessions.get(user, {}).pop(session.number, None)
        self.outbox.forget(session.number)
        if self._client_of(session).dead_man_switch:
            self.trading.cancel_these(self.trading.open_of(user))
            self.trading.flush()

    def sessions_of(self, user: str) -> Iterable[Session]:
        """The sessions that a user is logged in on."""
        return list(self._sessions.get(user, {}).values())

    def wallets(self, user: str, available: bool = False) -> list[list[Any]]:  # noqa: FBT001, FBT002 - read at once
        """The wallets of a user; what is available is told only where it is asked for."""
        rows: list[list[Any]] = []
        for kind in (EXCHANGE, MARGIN, FUNDING):
            account = f"{user}/{kind}"
            for currency in sorted(self.trading.accounts.balances(account)):
                row = self.wallet(user, kind, currency)
                row[4] = self.trading.accounts.available(account, currency) if available else None
                if row[2]:
                    rows.append(row)
        return rows

    def wallet(self, user: str, kind: str, currency: str, **more: Any) -> list[Any]:
        """A wallet of one currency."""
        accounts, account = self.trading.accounts, f"{user}/{kind}"
        balance = accounts.wallet(account, currency) if kind == MARGIN else accounts.balance(account, currency)
        return wallet_row(kind, currency, balance, **more)

    # What is told.

    def tell(self, user: str, kind: str, row: Any, *, filters: tuple[str, ...] = (), is_fill: bool = False) -> None:
        """Tell a user's sessions, after what they are told already."""
        self.tell_late(user, kind, lambda: row, filters=filters or _filters(kind, row), is_fill=is_fill)

    def tell_late(
        self,
        user: str,
        kind: str,
        make: Callable[[], Any],
        *,
        filters: tuple[str, ...],
        is_fill: bool = False,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Tell them something that is written only when its turn has come."""
        for session in self.sessions_of(user):
            if self._client_of(session).wants(*filters):
                self.outbox.put(
                    session,
                    ACCOUNT_CHANNEL,
                    lambda: f'[0,"{kind}",{write(make())}]',
                    is_wanted=is_wanted,
                    is_fill=is_fill,
                )

    def _heard(self, event: OrderEvent) -> None:
        order, kind = event.order, event.kind
        user = user_of(order.account)
        if kind is EventKind.OPENED:
            self._new.add(order.id)
            # An order that is filled at once is told of when it is over; one that is in part, with that part.
            self.tell_late(
                user, "on", lambda: order_row(order), filters=_of_pair(order), is_wanted=lambda: order.is_open
            )
        elif event.fill is not None:
            self._filled(user, event.fill)
        elif kind in _ENDS:
            self._ended(user, order)
        elif kind is EventKind.AMENDED:
            self.tell(user, "ou", order_row(order))

    def _filled(self, user: str, fill: Fill) -> None:
        order = fill.order
        if not order.remaining:
            self._last_fills[order.id] = fill
            return
        tells: list[Callable[[], None]] = [partial(self._tell_execution, user, fill)]
        if order.id not in self._new:
            tells.append(partial(self.tell, user, "ou", order_row(order), is_fill=True))
        self._in_any_order(tells)
        self._tell_wallets(user, fill)

    def _ended(self, user: str, order: Order) -> None:
        tells: list[Callable[[], None]] = []
        fill = self._last_fills.pop(order.id, None)
        tells.append(partial(self.tell, user, "oc", order_row(order), is_fill=fill is not None))
        if fill is not None:
            tells.append(partial(self._tell_execution, user, fill))
        self._in_any_order(tells)
        if fill is not None:
            self._tell_wallets(user, fill)

    def _in_any_order(self, tells: list[Callable[[], None]]) -> None:
        """Executions come before or after what is told of their order."""
        if self.trading.random.random() < 0.5:
            tells.reverse()
        for tell in tells:
            tell()

    def _tell_execution(self, user: str, fill: Fill) -> None:
        self.tell(user, "te", trade_row(fill, is_stored=False), is_fill=True)

        def store() -> None:
            self.tell(user, "tu", trade_row(fill, is_stored=True))
            self.trading.flush()

        self.simulation.schedule(self.trading.random.uniform(*_STORED_AFTER), store)

    def _tell_wallets(self, user: str, fill: Fill) -> None:
        request, kind = placed(fill.order), wallet_of(fill.order.account)
        terms = self.trading.engine.terms[request.symbol]
        amount = signed(fill.size, request.side)
        about = f"{kind.capitalize()} {text_of(amount)} {terms.base} for {terms.quote} @ {text_of(fill.price)}"
        meta: dict[str, Any] = {
            "reason": "TRADE",
            "order_id": int(fill.order.id),
            "order_id_oppo": int(fill.counter),
            "trade_price": text_of(fill.price),
            "trade_amount": text_of(amount),
            "order_cid": request.cid,
            "order_gid": request.gid,
        }
        for currency in (terms.base, terms.quote) if kind == EXCHANGE else (terms.quote,):
            self.tell(user, "wu", self.wallet(user, kind, currency, description=about, meta=meta))

    def _moved(self, user: str, position: Position, how: str) -> None:
        self.tell(user, f"p{how}", position_row(position))

    def _flush(self) -> None:
        self.outbox.flush()
        if not self.outbox.held_back:
            self._new.clear()


def _of_pair(order: Order) -> tuple[str, ...]:
    return ("trading", f"trading-{order.request.symbol}")


def _filters(kind: str, row: list[Any]) -> tuple[str, ...]:
    """What of a client's filters lets a message through."""
    if kind == "n":
        return ("notify",)
    if kind in {"bu", "miu", "fiu"}:
        return ("balance", "trading", "funding")
    return (_GROUPS[kind[0]], *_narrow(kind, row))


_GROUPS = {"o": "trading", "t": "trading", "p": "trading", "w": "wallet", "f": "funding"}


def _narrow(kind: str, row: list[Any]) -> tuple[str, ...]:
    match kind[0]:
        case "o":
            return (f"trading-{row[3]}",)
        case "t":
            return (f"trading-{row[1]}",)
        case "p":
            return (f"trading-{row[0]}",)
        case "w":
            return (f"wallet-{row[0]}-{row[1]}",)
        case _:
            return (f"funding-{row[1]}",)
