"""The live table for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from rxex.cli.board import Board, Row, change_of, price_of
from rxex.cli.screen import COLOURS, OTHER_STATE, foot, head, line
from rxex.cli.texts import fields_of, printable, shown, time_text, value_of
from rxex.clock import monotonic
from rxex.codec import text_of
from rxex.models import Book, Ticker

__all__ = ["draw"]

_LONGEST_TAPE = 15
_LONGEST_LOG = 5
_FEWEST_ROWS = 2
_OTHER_LINES = 6  # the head, the names of the columns, the foot, empty ones
_DIRECTIONS = {1: "green", 0: "", -1: "red"}


def draw(board: Board, title: str, console: Console, *, notices: bool = True) -> RenderableType:
    """Draw the board as it is now, for the size of the console."""
    now = monotonic()
    with board.looked_at(now):
        rows, tape = list(board.rows.values()), list(board.tape)
        columns = _COLUMNS if any(isinstance(row.item, Ticker | Book) for row in rows) else _FEWER_COLUMNS
        room = console.height - _OTHER_LINES - notices  # one line is kept for the news
        hidden = len(rows) - max(_FEWEST_ROWS, room - 1)
        if hidden > 0:
            rows = rows[:-hidden]
        parts: list[RenderableType] = [head(board, title, now), "", _table(columns, rows, console)]
        if hidden > 0:
            parts.append(line(f"and {hidden} more, where the window is higher", "dim"))
        room -= len(rows) + (hidden > 0)
        log = list(board.log)[-max(1, min(room + 1, _LONGEST_LOG)) :] if notices else []
        room = min(room + notices - len(log) - 2, _LONGEST_TAPE)
        if tape and room > 0:
            parts += ["", _table(_tape_columns(tape), tape[-room:], console)]
        parts += ["", *(line(printable(text), OTHER_STATE) for text in log), foot(board)]
    return Group(*parts)


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
        style = COLOURS.get(str(getattr(item, "side", "")), "")
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
    def quote(row: Row) -> str:
        value = value_of(row.item, name) if isinstance(row.item, Ticker | Book) else None
        return "" if value is None else text_of(value)

    return quote


def _state(row: Row) -> Text:
    return Text(row.shown_state, style=COLOURS.get(row.shown_state, OTHER_STATE))


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
    _Column("spread", 2, _quote("spread")),
    _RATE,
    _AGE,
    _STATE,
]
