"""Lines, for people and for programs, where the output is no terminal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from rxex.cli.texts import json_line, plain_line
from rxex.cli.watch import Watched
from rxex.events import SocketEvent, SubscriptionState, SubscriptionStatus
from rxex.worlds import blocking

__all__ = ["show_lines"]


def show_lines(
    watched: Watched,
    seconds: float | None,
    *,
    json: bool,
    notices: bool,
    complain: Callable[[object], None],
) -> None:
    """Print a line for each item, at once, until the stream ends, ``seconds`` are over, or a signal comes.

    Items that come faster than the output takes them wait, up to 10,000; what is lost then is told where it was lost.
    """
    line_of = json_line if json else plain_line
    with closing(blocking(watched.stream, connection=watched.connection, notices=True, timeout=seconds)) as items:
        for item in items:
            if isinstance(item, SubscriptionStatus) and item.state is SubscriptionState.REFUSED:
                complain(item.error)
            if isinstance(item, SocketEvent) and not notices:
                continue
            line = line_of(item)
            if line is not None:
                print(line, flush=True)
