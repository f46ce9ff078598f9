"""The commands and their options."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from rxex.cli.lines import show_lines
from rxex.cli.texts import printable
from rxex.cli.venues import Venue, find_venue
from rxex.cli.watch import Watched, connected
from rxex.cli.watch import watch as watch_symbols
from rxex.errors import InvalidArgument, RxexError
from rxex.sandbox import Faults, Sandbox

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Draw: TypeAlias = Callable[..., Any]
_NOT_GIVEN: tuple[Any, ...] = (None, [])

Name = Annotated[str, typer.Argument(metavar="VENUE", help="The exchange.")]
Seed = Annotated[int | None, typer.Option(help="The simulated market's: the same seed, the same prices.")]
Speed = Annotated[float | None, typer.Option(help="Times faster than usual, or than recorded; 0: at once.")]
Playback = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="Play a recording instead; may be given several times.")
]
CutEvery = Annotated[float | None, typer.Option(metavar="SECONDS", help="Cut each connection after so long.")]

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line; numbers are text, exact.")]
Seconds = Annotated[float | None, typer.Option(help="End after so long.")]
Count = Annotated[int | None, typer.Option(help="End after so many items.")]
Notices = Annotated[bool, typer.Option(help="Show gaps, stale feeds and broken links where they happen.")]
Url = Annotated[str | None, typer.Option(help="Connect here instead of to the exchange's own address.")]
Version = Annotated[int | None, typer.Option(help="The version of the exchange's protocol.")]
Simulated = Annotated[bool, typer.Option("--sandbox", help="Watch the simulated exchange; needs no network.")]


@app.callback(invoke_without_command=True)
def _rxex(*, version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    """Reactive streams of market data and trading."""
    if version:
        typer.echo(f"rxex {installed_version('rxex')}")
        raise typer.Exit


@app.command()
def watch(
    venue: Name,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="What of it: ticker, trade ...")],
    symbols: Annotated[list[str], typer.Argument(metavar="SYMBOL...", help="As in BTC/USD.")],
    *,
    json: Json = False,
    seconds: Seconds = None,
    count: Count = None,
    notices: Notices = True,
    url: Url = None,
    version: Version = None,
    sandbox: Simulated = False,
    seed: Seed = None,
    speed: Speed = None,
    playback: Playback = None,
    cut_every: CutEvery = None,
) -> None:
    """Watch a channel: a live table in a terminal, else a line for each item.

    Ends with Ctrl-C. With --sandbox the exchange is simulated, here in this process.
    """
    with _watched(
        venue,
        channel,
        symbols,
        seconds=seconds,
        count=count,
        url=url,
        version=version,
        simulation={"seed": seed, "speed": speed, "playback": playback, "cut_every": cut_every},
        sandbox=sandbox,
    ) as watched:
        if json or not _is_screen():
            show_lines(watched, seconds, json=json, notices=notices, complain=_complain)
        else:
            from rxex.cli.table import draw  # noqa: PLC0415 - lines do without it, and start earlier

            _show(watched, draw, f"{venue} {channel}", seconds, sandbox=sandbox, notices=notices)


@app.command()
def book(
    venue: Name,
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="As in BTC/USD.")],
    *,
    depth: Annotated[int | None, typer.Option(help="Levels of each side, of those that the exchange has.")] = None,
    json: Json = False,
    seconds: Seconds = None,
    count: Count = None,
    notices: Notices = True,
    url: Url = None,
    version: Version = None,
    sandbox: Simulated = False,
    seed: Seed = None,
    speed: Speed = None,
    playback: Playback = None,
    cut_every: CutEvery = None,
) -> None:
    """Watch an order book: a live ladder in a terminal, else a line for each change; --json has all levels.

    Ends with Ctrl-C. With --sandbox the exchange is simulated, here in this process.
    """
    with _watched(
        venue,
        "book",
        [symbol],
        seconds=seconds,
        count=count,
        url=url,
        version=version,
        simulation={"seed": seed, "speed": speed, "playback": playback, "cut_every": cut_every},
        sandbox=sandbox,
        depth=depth,
    ) as watched:
        if json or not _is_screen():
            show_lines(watched, seconds, json=json, notices=notices, complain=_complain)
        else:
            from rxex.cli.ladder import draw_ladder  # noqa: PLC0415 - lines do without it, and start earlier

            _show(watched, draw_ladder, f"{venue} book {symbol}", seconds, sandbox=sandbox, notices=notices)


@app.command()
def sandbox(
    venue: Name,
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen on 127.0.0.1; 0: any free port.")] = 0,
    seed: Seed = None,
    speed: Speed = None,
    playback: Playback = None,
    cut_every: CutEvery = None,
) -> None:
    """Serve the simulated exchange: prints its endpoints as one line of JSON, then serves until Ctrl-C."""
    with _told_shortly():
        options = {"port": port, "seed": seed, "speed": speed, "playback": playback, "cut_every": cut_every}
        exchange = _sandbox(find_venue(venue), options)
        try:
            exchange.serve_forever()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise InvalidArgument("--port", port, f"cannot listen there: {error.strerror}") from error


@contextmanager
def _watched(
    name: str,
    channel: str,
    symbols: Sequence[str],
    *,
    seconds: float | None,
    count: int | None,
    url: str | None,
    version: int | None,
    simulation: Mapping[str, Any],
    sandbox: bool,
    **options: Any,
) -> Iterator[Watched]:
    """Check what was given, and prepare what is watched; ends the command with code 1 where all of it was refused."""
    with _told_shortly():
        _check_seconds("--seconds", seconds)
        if count is not None and count < 1:
            raise InvalidArgument("--count", count, "give a number of items, 1 or more")
        venue = find_venue(name)
        subscribe = venue.subscribe(channel, **options)
        simulated = _sandbox(venue, simulation) if sandbox else None
        _check_fit(simulation, url, sandbox=sandbox)
        with _ended_by_signals(), connected(venue, simulated, url, version) as connection:
            watched = watch_symbols(connection, subscribe, symbols, count)
            yield watched
        if watched.is_all_refused:
            raise typer.Exit(1)


def _show(watched: Watched, draw: Draw, name: str, seconds: float | None, *, sandbox: bool, notices: bool) -> None:
    from rxex.cli.screen import show  # noqa: PLC0415 - lines do without it, and start earlier

    title = f"{name}, {'simulated' if sandbox else 'live'}"
    show(watched, lambda board, console: draw(board, title, console, notices=notices), seconds)
    for error in watched.refused:
        _complain(error)


def _sandbox(venue: Venue, options: Mapping[str, Any]) -> Sandbox:
    given = {name: value for name, value in options.items() if value not in _NOT_GIVEN}
    cut_every = given.pop("cut_every", None)
    if cut_every is not None:
        _check_seconds("--cut-every", cut_every)
        given["faults"] = Faults(cut_every=(cut_every, cut_every))
    return venue.sandbox(**given)


def _check_seconds(name: str, value: float | None) -> None:
    if value is not None and not 0 < value < float("inf"):
        raise InvalidArgument(name, value, "give a number of seconds above 0")


def _check_fit(options: Mapping[str, Any], url: str | None, *, sandbox: bool) -> None:
    """Refuse options that would mean nothing."""
    if sandbox and url is not None:
        raise InvalidArgument("--url", url, "the simulated exchange has its own: leave out --url or --sandbox")
    for name, value in options.items():
        if not sandbox and value not in _NOT_GIVEN:
            given = str(value[0]) if isinstance(value, list) else value
            option = f"--{name.replace('_', '-')}"
            raise InvalidArgument(option, given, "it is for the simulated exchange: add --sandbox")


def _is_screen() -> bool:
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _complain(error: object) -> None:
    print(printable(f"rxex: {error}"), file=sys.stderr)


@contextmanager
def _told_shortly() -> Iterator[None]:
    """End with a line on stderr instead of a traceback where the user, the exchange or the network is the cause."""
    try:
        yield
    except BrokenPipeError:
        # Nobody reads any more, which is an end like any other.
        _let_go_of_stdout()
    except InvalidArgument as error:
        _complain(error)
        raise typer.Exit(2) from None
    except RxexError as error:
        _complain(error)
        raise typer.Exit(1) from None
    except OSError as error:  # the disk is full
        _complain(error)
        _let_go_of_stdout()
        raise typer.Exit(1) from None


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """End the block, without an error, on Ctrl-C (SIGINT) and SIGTERM, even where it is stuck in a write."""

    def end(*_: object) -> None:
        # One is enough: what follows takes less than two seconds.
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, end)
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    except KeyboardInterrupt:
        _let_go_of_stdout()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _let_go_of_stdout() -> None:
    """Drop what could not be written, so that the interpreter does not try again at its end and hang, or complain."""
    if sys.stdout is None:  # it was closed before we began
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
