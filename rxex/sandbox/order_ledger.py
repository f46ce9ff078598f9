"""What became of every request about orders: the truth that tests compare with what a client was told."""

from __future__ import annotations

from collections import deque
from typing import Any

from attrs import define, field

from rxex.sandbox.orders import Order

__all__ = ["OrderLedger", "OrderRecord"]


@define(eq=False)
class OrderRecord:
    """One request about orders that reached the exchange.

    Args:
        time: When, in seconds since the exchange started.
        session: The connection it came on; None: not on one.
        method: What was asked for, in the exchange's word.
        request: The request, without its token.
        client_id: The client's own id in it.
        reference: The client's own number in it.
        account: Whose it is; None where the token was not good for any.
        fault: What was made to go wrong with it.
        carried_out: Whether the exchange took it up at all; a lost request was not.
        orders: What it placed, changed or canceled; they are as they are now.
        errors: Why it was refused, in the exchange's words; empty where it was not.
        answers: The texts that were sent back; none where the answer was lost, or its link cut before it.
    """

    time: float
    session: int | None
    method: str
    request: dict[str, Any] = field(repr=False)
    client_id: str | None = None
    reference: int | None = None
    account: str | None = None
    fault: str | None = None
    carried_out: bool = False
    orders: list[Order] = field(factory=list)
    errors: list[str] = field(factory=list)
    answers: list[str] = field(factory=list)


class OrderLedger:
    """All orders that were placed, and the last 100,000 requests about orders."""

    def __init__(self) -> None:
        self.records: deque[OrderRecord] = deque(maxlen=100_000)
        self.orders: list[Order] = []

    def placed(self, client_id: str) -> list[Order]:
        """The orders that were ever placed under a client's id, oldest first; exactly one is what a client wants."""
        return [order for order in self.orders if order.request.client_id == client_id]

    def requests(self, client_id: str) -> list[OrderRecord]:
        """What was asked for under a client's id, oldest first."""
        return [record for record in self.records if record.client_id == client_id]
