"""What clients send on channel 0: orders and offers through whatever goes wrong with them, calc, their own messages.

Source: Bitfinex's page "Websocket inputs" of the authenticated channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from rxex.exchanges.bitfinex.sandbox.account import Account
from rxex.exchanges.bitfinex.sandbox.clients import ACCOUNT_CHANNEL, Client
from rxex.exchanges.bitfinex.sandbox.instruments import currencies_of
from rxex.exchanges.bitfinex.sandbox.margin import MARGIN
from rxex.exchanges.bitfinex.sandbox.requests import Requests, record_of
from rxex.exchanges.bitfinex.sandbox.rows import position_row
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds, write
from rxex.sandbox.order_desk import OrderDesk
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.session import Session

__all__ = ["Inputs"]

ZERO = Decimal(0)
_MOST_CALCULATIONS, _CALCULATIONS_A_SECOND = 30, 8
_LEVERAGE = 10


class Inputs:
    """Takes what is sent on channel 0."""

    def __init__(self, account: Account, requests: Requests, client_of: Callable[[Session], Client]) -> None:
        """Take requests; ``client_of`` gives what is remembered of a session."""
        self._account = account
        self._trading = account.trading
        self._simulation = account.simulation
        self._requests = requests
        self._client_of = client_of
        self._desk = OrderDesk(account.trading, account.outbox)

    def take(self, session: Session, user: str, code: str, message_id: Any, payload: Any) -> bool:
        """Take one; False where there is no such input."""
        if code == "calc":
            self._calculate(session, user, payload)
        elif code == "n":
            self._broadcast(user, message_id, payload)
        elif code in self._requests.codes:
            self._trade(session, user, code, payload)
        else:
            return False
        return True

    def _trade(self, session: Session, user: str, code: str, payload: Any) -> None:
        record = record_of(code, payload)
        record.account = user
        self._desk.take(
            session,
            record,
            partial(self._answers, session, user, code, payload, record),
            failure=lambda: _notification(self._requests.failure(code, payload)),
            followers=[each.number for each in self._account.sessions_of(user)],
        )

    def _answers(self, session: Session, user: str, code: str, payload: Any, record: OrderRecord) -> Iterable[str]:
        answer = self._requests.answer(user, code, payload, record)
        return [_notification(answer)] if self._client_of(session).wants("notify") else []

    # Messages of clients to each other.

    def _broadcast(self, user: str, message_id: Any, payload: Any) -> None:
        kind = payload.get("type") if isinstance(payload, dict) else None
        now = milliseconds(self._simulation.timestamp)
        if isinstance(kind, str) and kind.startswith("ucm-"):
            row = [now, kind, message_id, None, payload.get("info"), None, "SUCCESS", ""]
        else:
            row = [now, "n-req", message_id, None, None, None, "ERROR", "type: invalid"]
        self._account.tell(user, "n", row)
        self._trading.flush()

    # Calculations.

    def _calculate(self, session: Session, user: str, payload: Any) -> None:
        names = [each[0] for each in payload if isinstance(each, list) and each] if isinstance(payload, list) else []
        if not names or len(names) > _MOST_CALCULATIONS or not all(isinstance(name, str) for name in names):
            text = '{"event":"error","msg":"calc: invalid","code":10020}'
            self._simulation.answer(session, text)
            return
        for place, name in enumerate(names):
            wait = place // _CALCULATIONS_A_SECOND
            self._simulation.schedule(wait, partial(self._tell, session, user, name), session)

    def _tell(self, session: Session, user: str, name: str) -> None:
        for kind, row in self._calculated(user, name):
            self._account.outbox.send(session, ACCOUNT_CHANNEL, f'[0,"{kind}",{write(row)}]')

    def _calculated(self, user: str, name: str) -> Iterable[tuple[str, Any]]:
        accounts, account = self._trading.accounts, f"{user}/{MARGIN}"
        kind, _, rest = name.partition("_")
        if name == "balance":
            yield "bu", [self._worth(user), self._worth(user)]
        elif name == "margin_base":
            balance, profit = accounts.wallet(account, "USD"), self._profit(account)
            bound = balance - accounts.available(account, "USD")
            yield "miu", ["base", [profit, 0, balance, balance + profit, bound]]
        elif name.startswith("margin_sym_") and name[11:] in self._trading.engine.terms:
            symbol = name[11:]
            quote = currencies_of(symbol)[1]
            free, price = accounts.available(account, quote), self._trading.last(symbol)
            gross = accounts.wallet(account, quote) * _LEVERAGE
            size = (free * _LEVERAGE / price).quantize(Decimal("1E-8"))
            yield "miu", ["sym", symbol, [free * _LEVERAGE, gross, size, size, None, None, None, None]]
        elif kind == "position":
            position = accounts.position(account, rest)
            if position is not None and position.amount:
                yield "pu", position_row(position, self._trading.last(rest))
        elif kind == "wallet":
            where, _, currency = rest.partition("_")
            if where in {"exchange", "margin", "funding"}:
                available = accounts.available(f"{user}/{where}", currency)
                yield "wu", self._account.wallet(user, where, currency, available=available)
        elif name.startswith("funding_sym_"):
            yield "fiu", ["sym", name[12:], [ZERO, Decimal("0.0002"), 0, 2]]

    def _profit(self, account: str) -> Decimal:
        positions = self._trading.accounts.positions(account)
        return sum((each.profit(self._trading.last(each.terms.symbol)) for each in positions), ZERO)

    def _worth(self, user: str) -> Decimal:
        """What all wallets are worth in dollars, as far as these have a price."""
        worth = ZERO
        for _, currency, balance, *_ in self._account.wallets(user):
            pair = f"t{currency}USD"
            if currency in {"USD", "UST", "USTF0"}:
                worth += balance
            elif pair in self._trading.engine.terms:
                worth += balance * self._trading.last(pair)
        return worth.quantize(Decimal("0.01"))


def _notification(row: list[Any]) -> str:
    return f'[0,"n",{write(row)}]'
