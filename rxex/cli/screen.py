"""What all that is drawn in a terminal shares: its head and foot, its colours, and the loop that shows it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import reactivex as rx
from reactivex import operators as ops
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from rxex.cli.board import Board
from rxex.cli.texts import printable
from rxex.cli.watch import Watched
from rxex.clock import default_clock
from rxex.worlds import blocking

__all__ = ["COLOURS", "OTHER_STATE", "foot", "head", "line", "show"]

_FRAME = 1 / 8  # seconds; the eye follows no faster
COLOURS = {
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
OTHER_STATE = "yellow"


def show(watched: Watched, draw: Callable[[Board, Console], RenderableType], seconds: float | None) -> None:
    """Show what ``draw`` makes of the board until the stream ends, ``seconds`` are over, or a signal comes."""
    board, console = Board(), Console()
    # The board takes an item in no time and keeps the newest alone, so that no flood fills the memory and the
    # connection never waits; the frames are drawn by this thread, at its own pace.
    end = watched.stream.pipe(ops.do_action(board.take), ops.last_or_default())
    frames = rx.interval(_FRAME, scheduler=default_clock()).pipe(ops.take_until(end))
    with (
        Live(draw(board, console), console=console, auto_refresh=False) as live,
        closing(blocking(frames, connection=watched.connection, capacity=1, notices=True, timeout=seconds)) as turns,
    ):
        for _ in turns:
            live.update(draw(board, console), refresh=True)
        live.update(draw(board, console), refresh=True)


def head(board: Board, title: str, now: float) -> Text:
    """The title, and how the link is."""
    state = board.link
    if board.reconnect_at is not None:
        state = f"reconnecting in {max(0.0, board.reconnect_at - now):.0f} s"
    text = Text.assemble((title, "bold"), "  ", (printable(state), COLOURS.get(board.link, OTHER_STATE)))
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def foot(board: Board) -> Text:
    """What was counted, and how it ends."""
    rate = sum(row.rate for row in board.rows.values())
    counts = f"messages {board.items:,} ({rate:,.1f}/s)  reconnects {board.reconnects}  gaps {board.gaps}"
    return line(f"{counts}  Ctrl-C ends", "dim")


def line(text: str, style: str) -> Text:
    """One line, cut off where the window ends."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
