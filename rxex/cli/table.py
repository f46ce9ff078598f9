"""The live table for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any, Literal

import reactivex as rx
from attrs import frozen
from reactivex import operators as ops
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from rxex.cli.board import Board, Row, change_of, price_of
from rxex.cli.texts import fields_of, printable, shown, time_text
from rxex.cli.watch import Watched
from rxex.clock import default_clock, monotonic
from rxex.codec import text_of
from rxex.models import Ticker
from rxex.worlds import blocking

__all__ = ["draw", "show_table"]

_FRAME = 1 / 8  # seconds; the eye follows no faster
_LONGEST_TAPE = 15
_LONGEST_LOG = 5
_FEWEST_ROWS = 2
_OTHER_LINES = 6  # the head, the names of the columns, the foot, empty ones
_COLOURS = {
    "connected": "green",
    "live": "green",
    "restored": "cyan",
    "buy": "green",
    "sell": "red",
    "refused": "bold red",
    "acked": "dim",
    "requested": "dim",
    "waiting": "dim",
}
_OTHER_STATE = "yellow"
_DIRECTIONS = {1: "green", 0: "", -1: "red"}


def show_table(watched: Watched, title: str, seconds: float | None, *, notices: bool) -> None:
    """Show the live table until the stream ends, ``seconds`` are over, or a signal comes."""
    board, console = Board(), Console()
    # The board takes an item in no time and keeps the newest alone, so that no flood fills the memory and the
    # connection never waits; the frames are drawn by this thread, at its own pace.
    end = watched.stream.pipe(ops.do_action(board.take), ops.last_or_default())
    frames = rx.interval(_FRAME, scheduler=default_clock()).pipe(ops.take_until(end))

    def frame() -> RenderableType:
        return draw(board, title, console, notices=notices)

    with (
        Live(frame(), console=console, auto_refresh=False) as live,
        closing(blocking(frames, connection=watched.connection, capacity=1, notices=True, timeout=seconds)) as turns,
    ):
        for _ in turns:
            live.update(frame(), refresh=True)
        live.update(frame(), refresh=True)


def draw(board: Board, title: str, console: Console, *, notices: bool = True) -> RenderableType:
    """Draw the board as it is now, for the size of the console."""
    now = monotonic()
    with board.looked_at(now):
        rows, tape = list(board.rows.values()), list(board.tape)
        columns = _COLUMNS if any(isinstance(row.item, Ticker) for row in rows) else _FEWER_COLUMNS
        room = console.height - _OTHER_LINES - notices  # one line is kept for the news
        hidden = len(rows) - max(_FEWEST_ROWS, room - 1)
        if hidden > 0:
            rows = rows[:-hidden]
        parts: list[RenderableType] = [_head(board, title, now), "", _table(columns, rows, console)]
        if hidden > 0:
            parts.append(_line(f"and {hidden} more, where the window is higher", "dim"))
        room -= len(rows) + (hidden > 0)
        log = list(board.log)[-max(1, min(room + 1, _LONGEST_LOG)) :] if notices else []
        room = min(room + notices - len(log) - 2, _LONGEST_TAPE)
        if tape and room > 0:
            parts += ["", _table(_tape_columns(tape), tape[-room:], console)]
        parts += ["", *(_line(printable(text), _OTHER_STATE) for text in log), _foot(board)]
    return Group(*parts)


def _head(board: Board, title: str, now: float) -> Text:
    state = board.link
    if board.reconnect_at is not None:
        state = f"reconnecting in {max(0.0, board.reconnect_at - now):.0f} s"
    return Text.assemble((title, "bold"), "  ", (printable(state), _COLOURS.get(board.link, _OTHER_STATE)))


def _foot(board: Board) -> Text:
    rate = sum(row.rate for row in board.rows.values())
    counts = f"messages {board.items:,} ({rate:,.1f}/s)  reconnects {board.reconnects}  gaps {board.gaps}"
    return _line(f"{counts}  Ctrl-C ends", "dim")


def _line(text: str, style: str) -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


@frozen
class _Column:
    """One column; where the width does not suffice, those with the least ``weight`` are left out."""

    name: str
    weight: float
    cell: Callable[[Any], Text | str]
    justify: Literal["left", "right"] = "right"
    width: int = 0


def _table(columns: Sequence[_Column], items: Sequence[Any], console: Console) -> Table:
    """Lay items out in columns, as many of them as fit: a price is shown whole or not at all."""
    endless = console.options.update(width=10_000)
    while True:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        for column in columns:
            table.add_column(column.name, justify=column.justify, no_wrap=True, min_width=column.width)
        for item in items:
            table.add_row(*(column.cell(item) for column in columns))
        if len(columns) <= 2 or console.measure(table, options=endless).maximum <= console.width:
            return table
        least = min(columns, key=lambda column: column.weight)
        columns = [column for column in columns if column is not least]


def _tape_columns(items: Sequence[Any]) -> list[_Column]:
    names = [name for name in fields_of(type(items[-1])) if name not in {"time", "received"}]
    names = [name for name in names if any(getattr(item, name, None) is not None for item in items)]
    columns = [_Column("time", 1, _time_of_day, justify="left")]
    for place, name in enumerate(names):
        is_number = isinstance(getattr(items[-1], name), Decimal)
        columns.append(_Column(name.replace("_", " "), -place, _cell(name), "right" if is_number else "left"))
    return columns


def _cell(name: str) -> Callable[[object], Text]:
    def cell(item: object) -> Text:
        style = _COLOURS.get(str(getattr(item, "side", "")), "")
        return Text(printable(shown(name, getattr(item, name, ""))), style=style)

    return cell


def _time_of_day(item: Any) -> str:
    time: int = getattr(item, "time", None) or item.received
    return time_text(time)[11:-1]


def _price(row: Row) -> Text | str:
    price = price_of(row.item)
    return "" if price is None else Text(text_of(price), style=f"bold {_DIRECTIONS[row.direction]}")


def _change(row: Row) -> Text | str:
    change = change_of(row.item) if isinstance(row.item, Ticker) else None
    if change is None:
        return ""
    return Text(f"{change:+.2f} %", style=_DIRECTIONS[(change > 0) - (change < 0)])


def _quote(name: str) -> Callable[[Row], str]:
    return lambda row: text_of(getattr(row.item, name)) if isinstance(row.item, Ticker) else ""


def _spread(row: Row) -> str:
    return text_of(row.item.ask - row.item.bid) if isinstance(row.item, Ticker) else ""


def _state(row: Row) -> Text:
    return Text(row.shown_state, style=_COLOURS.get(row.shown_state, _OTHER_STATE))


_SYMBOL = _Column("symbol", 9, lambda row: Text(printable(row.symbol), style="bold"), justify="left")
_PRICE = _Column("price", 8, _price)
_RATE = _Column("rate", 4, lambda row: f"{row.rate:.1f}/s", width=6)
_AGE = _Column("age", 3, lambda row: "" if row.age is None else f"{row.age:.1f} s", width=5)
_STATE = _Column("state", 7, _state, justify="left")
_FEWER_COLUMNS = [_SYMBOL, _PRICE, _RATE, _AGE, _STATE]
_COLUMNS = [
    _SYMBOL,
    _PRICE,
    _Column("change", 6, _change),
    _Column("bid", 5, _quote("bid")),
    _Column("ask", 5.5, _quote("ask")),
    _Column("spread", 2, _spread),
    _RATE,
    _AGE,
    _STATE,
]
