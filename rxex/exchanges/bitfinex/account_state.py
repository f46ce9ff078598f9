"""What the account's messages of one socket add up to: for those who subscribe after they came.

Bitfinex tells the state of the account once after the authentication, and then its changes. Source: Bitfinex's page
"Account info".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from attrs import frozen

from rxex.codec import decode
from rxex.errors import MalformedMessage
from rxex.typing import Json

__all__ = ["KEPT", "AccountState", "Kept"]


@frozen
class Kept:
    """A stream whose state is kept."""

    key: Callable[[Sequence[Any]], Hashable]
    """What tells a row from the others."""
    snapshot: str | None = None
    """The type of message that tells all rows."""
    update: str = ""
    """The type of message that tells one, where there is no snapshot."""
    end: str | None = None
    """The type of message that tells the last of one."""


def _first(row: Sequence[Any]) -> Hashable:
    return str(row[0])


KEPT = {
    "orders": Kept(_first, "os", end="oc"),
    "positions": Kept(_first, "ps", end="pc"),
    "wallets": Kept(lambda row: (str(row[0]), str(row[1])), "ws"),
    "funding_offers": Kept(_first, "fos", end="foc"),
    "funding_credits": Kept(_first, "fcs", end="fcc"),
    "funding_loans": Kept(_first, "fls", end="flc"),
    "balance": Kept(lambda _: "", update="bu"),
    "margin": Kept(lambda row: "" if row[0] == "base" else str(row[1]), update="miu"),
    "funding_info": Kept(lambda row: str(row[1]), update="fiu"),
}
"""Streams by their names in the keys of `dialect.ACCOUNT`."""


class AccountState:
    """The account on one socket, as far as it was told."""

    def __init__(self) -> None:
        self.is_authenticated = False
        self.in_maintenance = False
        self.gap: tuple[int, int] | None = None
        """A number of the account's own count that did not come, and the one that did; for who tells it."""
        self._caps: dict[str, Any] = {}
        self._rows: dict[str, dict[Hashable, Any]] = {}

    def authenticate(self, event: dict[str, Any]) -> None:
        """Take Bitfinex's word that it has accepted us, with what the key may do; of old that is a text."""
        caps = event.get("caps")
        if isinstance(caps, str):
            try:
                caps = decode(caps.encode())
            except MalformedMessage:
                caps = None
        self._caps = caps if isinstance(caps, dict) else {}
        self.is_authenticated = True

    def may_write(self, what: str) -> bool:
        """Whether the key may change ``what``, as ``orders`` or ``funding``; what it does not tell is allowed."""
        cap = self._caps.get(what)
        return not isinstance(cap, dict) or "write" not in cap or cap["write"] in (1, "1")

    def take(self, stream: str, kind: str, message: Json) -> None:
        """Take a message of the account; what cannot be read changes nothing."""
        kept = KEPT.get(stream)
        payload = message[2] if isinstance(message, list) and len(message) > 2 else None
        if kept is None or not isinstance(payload, list):
            return
        if kind == kept.snapshot:
            rows = self._rows[stream] = {}
            for row in payload:
                _put(rows, kept, row)
        elif kept.snapshot is None:
            _put(self._rows.setdefault(stream, {}), kept, payload)
        elif stream in self._rows and payload:
            if kind == kept.end:
                self._rows[stream].pop(kept.key(payload), None)
            else:
                _put(self._rows[stream], kept, payload)

    def find(self, stream: str, is_it: Callable[[Sequence[Any]], bool]) -> Sequence[Any] | None:
        """Give the last row that is meant."""
        rows = [row for row in tuple(self._rows.get(stream, {}).values()) if is_it(row)]
        return rows[-1] if rows else None

    def messages(self, stream: str) -> list[tuple[str, Any]] | None:
        """Give types and payloads of messages that tell the state of a stream; None: it was not told yet."""
        kept, rows = KEPT.get(stream), self._rows.get(stream)
        if kept is None or rows is None:
            return None
        if kept.snapshot is not None:
            return [(kept.snapshot, list(rows.values()))]
        return [(kept.update, row) for row in rows.values()]


def _put(rows: dict[Hashable, Any], kept: Kept, row: Any) -> None:
    if isinstance(row, list) and len(row) > 1:
        rows[kept.key(row)] = row
