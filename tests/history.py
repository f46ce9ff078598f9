"""A checker of histories, after Jepsen: what users were told against what the exchange's ledger says.

Of orders by `violations`, of feeds by `losses`, of books by `strays`. Pure: it sees nothing but the two. Its own tests
forge histories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from itertools import groupby

from attrs import field, frozen

from rxex.models import Order, Stage

_FORWARD = [Stage.SUBMITTING, Stage.SUBMITTED, Stage.PENDING, Stage.OPEN, Stage.PARTIALLY_FILLED]
_NEVER_TAKEN = {Stage.NOT_SENT, Stage.REJECTED, Stage.VALIDATED}


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    with localcontext(prec=200):
        return sum(amounts, Decimal(0))


@frozen
class Missed:
    """A notice inside a feed: items are missing here, ``count`` of them; None: nobody knows how many, if any."""

    count: int | None = None


def losses(sent: Sequence[object], told: Sequence[object], *, complete: bool = False) -> list[str]:
    """Give every breach of promise of a feed: what was told is what was sent, in order, once, and holes are announced.

    ``complete`` says that nothing is on its way any more.
    """
    return list(_lost(sent, told, complete))


def strays(states: Sequence[object], told: Sequence[object]) -> list[str]:
    """Give every book that was told and was not the exchange's at that moment, of its ``states`` one after the other.

    A state may be passed over, where what came next has put the book right; one that is told twice in a row is one.
    """
    books = [book for book in told if not isinstance(book, Missed)]
    return losses(states, [each for book, _ in groupby(books) for each in (Missed(), book)])


def _lost(sent: Sequence[object], told: Sequence[object], complete: bool) -> Iterator[str]:  # noqa: FBT001
    place, notices = 0, list[Missed]()
    for item in told:
        if isinstance(item, Missed):
            notices.append(item)
            continue
        found = next((number for number in range(place, len(sent)) if sent[number] == item), None)
        if found is None:
            yield f"{item}: {'told again, or too late' if item in sent[:place] else 'was never sent'}"
            continue
        yield from _hole(found - place, notices, f"before {item}")
        place, notices = found + 1, []
    if complete:
        yield from _hole(len(sent) - place, notices, "at the end")


def _hole(size: int, notices: Sequence[Missed], where: str) -> Iterator[str]:
    if size and not notices:
        yield f"{size} lost without a word {where}"
    counts = [notice.count for notice in notices if notice.count is not None]
    if notices and len(counts) == len(notices) and sum(counts) != size:
        yield f"{size} lost {where}, and {sum(counts)} announced"


@frozen
class Entry:
    """An order in the exchange's ledger; ``stage`` is where it stands there, ``trades`` its executions by id."""

    client_id: str
    stage: Stage
    trades: dict[str, Decimal] = field(factory=dict)

    @property
    def filled(self) -> Decimal:
        return _sum(self.trades.values())


@frozen
class Told:
    """Everything that the subscriber of one order was told; ``ended`` says whether the stream has completed."""

    client_id: str
    orders: Sequence[Order]
    ended: bool = True


def violations(ledger: Sequence[Entry], told: Sequence[Told], *, recovered: bool = True) -> list[str]:
    """Give every breach of promise; ``recovered`` says that every order could be asked for at the end."""
    return [
        *_ledger(ledger, told),
        *(f"{each.client_id}: {what}" for each in told for what in _of(each, ledger, recovered)),
    ]


def _ledger(ledger: Sequence[Entry], told: Sequence[Told]) -> Iterator[str]:
    for client_id, count in Counter(entry.client_id for entry in ledger).items():
        if count > 1:
            yield f"{client_id}: {count} times in the ledger"
        if client_id not in {each.client_id for each in told}:
            yield f"{client_id}: in the ledger, and nobody placed it"


def _of(told: Told, ledger: Sequence[Entry], recovered: bool) -> Iterator[str]:  # noqa: FBT001
    if not told.orders or told.orders[0].stage is not Stage.SUBMITTING:
        yield "does not begin with its client id"
        return
    yield from _course(told.orders)
    last = told.orders[-1]
    entry = next((entry for entry in ledger if entry.client_id == told.client_id), None)
    taken = [order.stage for order in told.orders if order.stage not in {*_FORWARD[:2], *_NEVER_TAKEN, Stage.UNKNOWN}]
    if entry is None and taken:
        yield f"told {taken[0]} and is not in the ledger"
    if entry is not None and last.stage in _NEVER_TAKEN:
        yield f"told {last.stage} and is {entry.stage} in the ledger"
    if told.ended and not last.stage.is_final and (recovered or last.stage is not Stage.UNKNOWN):
        yield f"ended as {last.stage}"
    if entry is not None and last.stage.is_final and last.stage not in _NEVER_TAKEN:
        if last.stage is not entry.stage:
            yield f"told {last.stage} and is {entry.stage} in the ledger"
        if last.filled != entry.filled:
            yield f"told {last.filled} filled and has {entry.filled} in the ledger"
    if entry is not None:
        strangers = [fill.id for fill in last.fills if entry.trades.get(fill.id) != fill.quantity]
        if strangers:
            yield f"told of executions {strangers} that the ledger has not, or not so"


def _course(orders: Sequence[Order]) -> Iterator[str]:
    rank = filled = Decimal(-1)
    for place, order in enumerate(orders):
        if order.stage.is_final and place < len(orders) - 1:
            yield f"goes on after {order.stage}"
        here = Decimal(_FORWARD.index(order.stage) if order.stage in _FORWARD else len(_FORWARD))
        if order.stage is not Stage.UNKNOWN:
            if here < rank:
                yield f"goes back to {order.stage}"
            rank = here
        if order.filled < filled:
            yield f"is less filled than before: {order.filled}"
        filled = order.filled
        ids = [fill.id for fill in order.fills]
        if len(set(ids)) < len(ids):
            yield f"counts an execution twice: {ids}"
        if _sum(fill.quantity for fill in order.fills) > order.filled:
            yield f"its executions are more than {order.filled}"
        if order.stage is Stage.FILLED and order.quantity is not None and order.filled != order.quantity:
            yield f"is filled with {order.filled} of {order.quantity}"
