"""What clients send on channel 0: orders and offers through whatever goes wrong with them, calc, their own messages.

Source: Bitfinex's page "Websocket inputs" of the authenticated channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from rxex.exchanges.bitfinex.sandbox.account import Account
from rxex.exchanges.bitfinex.sandbox.calculations import Calculations
from rxex.exchanges.bitfinex.sandbox.clients import ACCOUNT_CHANNEL, Client
from rxex.exchanges.bitfinex.sandbox.requests import Requests, record_of
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds, write
from rxex.sandbox.order_desk import OrderDesk
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.session import Session

__all__ = ["Inputs"]

_MOST_CALCULATIONS, _CALCULATIONS_A_SECOND = 30, 8


class Inputs:
    """Takes what is sent on channel 0."""

    def __init__(
        self,
        account: Account,
        requests: Requests,
        calculations: Calculations,
        client_of: Callable[[Session], Client],
    ) -> None:
        """Take requests; ``client_of`` gives what is remembered of a session."""
        self._account = account
        self._trading = account.trading
        self._simulation = account.simulation
        self._requests = requests
        self._calculations = calculations
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
        for kind, row in self._calculations.of(user, name):
            self._account.outbox.send(session, ACCOUNT_CHANNEL, f'[0,"{kind}",{write(row)}]')


def _notification(row: list[Any]) -> str:
    return f'[0,"n",{write(row)}]'
