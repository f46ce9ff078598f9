"""An order book as a ladder for a terminal: asks above, bids below, the spread between them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console, Group, RenderableType
from rich.text import Text

from rxex.cli.board import Board, Row
from rxex.cli.screen import COLOURS, OTHER_STATE, foot, head, line
from rxex.cli.texts import printable, value_of
from rxex.clock import monotonic
from rxex.codec import text_of
from rxex.events import SubscriptionState
from rxex.models import Book, Level

__all__ = ["draw_ladder"]

_OTHER_LINES = 7  # the head, the names of the columns, the spread, the foot, empty ones
_LONGEST_LOG = 3
_NARROWEST_BAR = 4
_GAP = "  "
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BROKEN = {SubscriptionState.GAP, SubscriptionState.REQUESTED, SubscriptionState.ACKED}


def draw_ladder(board: Board, title: str, console: Console, *, notices: bool = True) -> RenderableType:
    """Draw the board's book as it is now, as many of its levels as the window is high for.

    A book that is not live any more (its link is gone, or it has a gap) is drawn pale until it is.
    """
    now = monotonic()
    with board.looked_at(now):
        row = next(iter(board.rows.values()), Row(""))
        room = console.height - _OTHER_LINES
        news = max(0, min(_LONGEST_LOG, room - 2)) if notices else 0
        log = list(board.log)[-news:] if news else []
        room = max(1, (room - news) // 2)
        state = _state_of(row)
        state_text = Text(_GAP + printable(state), style=COLOURS.get(state, OTHER_STATE))
        parts: list[RenderableType] = [head(board, title, now) + state_text, ""]
        if isinstance(row.item, Book):
            parts += _ladder(row.item, min(room, row.item.depth), console, is_live=row.state == SubscriptionState.LIVE)
        parts += ["", *(line(printable(text), OTHER_STATE) for text in log), foot(board)]
    return Group(*parts)


def _state_of(row: Row) -> str:
    # While a book that was there is asked for again it is missing, whatever the request's own state.
    return "gap" if row.item is not None and row.state in _BROKEN else row.shown_state


def _ladder(book: Book, room: int, console: Console, *, is_live: bool) -> list[RenderableType]:
    asks, bids = book.asks[:room], book.bids[:room]
    prices, sizes, totals = _texts(asks, bids)
    widths = [max(map(len, [name, *texts])) for name, texts in (("price", prices), ("size", sizes), ("total", totals))]
    while len(widths) > 1 and _room_for_bars(widths, console) < _NARROWEST_BAR:
        widths.pop()
    bars = max(0, _room_for_bars(widths, console))
    largest = max((level.size for level in (*asks, *bids)), default=Decimal(0))
    rows = [
        Text.assemble(
            (_GAP.join(text.rjust(width) for text, width in zip(texts, widths, strict=False)), style),
            _GAP,
            (_bar(level.size, largest, bars, console), style),
        )
        for level, style, *texts in zip(
            (*asks, *bids),
            ["red" if is_live else "dim"] * len(asks) + ["green" if is_live else "dim"] * len(bids),
            prices,
            sizes,
            totals,
            strict=True,
        )
    ]
    for text in rows:
        text.no_wrap, text.overflow = True, "crop"
    names = _GAP.join(name.rjust(width) for name, width in zip(("price", "size", "total"), widths, strict=False))
    # Empty lines stand for levels that are not there, so that the spread keeps its place.
    return [
        line(names, "dim"),
        *[""] * (room - len(asks)),
        *reversed(rows[: len(asks)]),
        _spread(book, widths[0]),
        *rows[len(asks) :],
        *[""] * (room - len(bids)),
    ]


def _texts(*sides: Sequence[Level]) -> tuple[list[str], list[str], list[str]]:
    """Prices, sizes, and the sizes added up from the best level on."""
    prices, sizes, totals = [], [], []
    for levels in sides:
        total = Decimal(0)
        for level in levels:
            total += level.size
            prices.append(text_of(level.price))
            sizes.append(text_of(level.size))
            totals.append(text_of(total))
    return prices, sizes, totals


def _room_for_bars(widths: Sequence[int], console: Console) -> int:
    return console.width - sum(widths) - len(widths) * len(_GAP)


def _bar(size: Decimal, largest: Decimal, width: int, console: Console) -> str:
    """A bar of ``width`` for the largest size, to an eighth of a character; what is there is never without one."""
    eighths = max(1, int(size * width * 8 / largest)) if width and largest else 0
    if console.options.ascii_only:
        return "#" * -(-eighths // 8)
    full, rest = divmod(eighths, 8)
    return _EIGHTHS[-1] * full + _EIGHTHS[rest].strip()


def _spread(book: Book, width: int) -> Text:
    spread: Decimal | None = value_of(book, "spread")
    if spread is None or not book.bid:
        return line("one side is empty", "dim")
    return line(f"{text_of(spread).rjust(width)}{_GAP}spread, {100 * spread / book.bid:.4f} %", "bold")
