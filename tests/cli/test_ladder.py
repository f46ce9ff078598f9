from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal

import pytest
from attrs import define
from reactivex.testing import TestScheduler
from rich.console import Console

from rxex.cli.board import Board
from rxex.cli.ladder import draw_ladder
from rxex.events import Closed, Gap, Opened, SubscriptionState, SubscriptionStatus
from rxex.models import Book, Levels, WireLevel
from rxex.testing import ScriptedSocket

SOCKET = ScriptedSocket(TestScheduler())


@define
class Wire:
    price: str
    size: str


def console_of(width: int, height: int, encoding: str = "utf-8", *, colours: bool = False) -> Console:
    return Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding, write_through=True),
        width=width,
        height=height,
        force_terminal=colours,
        color_system="standard" if colours else None,
        _environ={},
    )


def screen(board: Board, console: Console | None = None, *, notices: bool = True) -> list[str]:
    """What the terminal shows, line by line."""
    console = console or console_of(80, 24)
    console.print(draw_ladder(board, "title", console, notices=notices))
    file = console.file
    assert isinstance(file, io.TextIOWrapper)
    file.seek(0)
    return file.read().splitlines()


def book(bids: Sequence[tuple[str, str]], asks: Sequence[tuple[str, str]], depth: int = 10) -> Book:
    rising: list[WireLevel] = [Wire(*level) for level in reversed(bids)]
    return Book("A/B", depth, Levels(rising, is_bids=True), Levels([Wire(*level) for level in asks], is_bids=False))


def status(state: SubscriptionState) -> SubscriptionStatus:
    return SubscriptionStatus("book", "A/B", state)


def board_of(item: Book, *states: SubscriptionState) -> Board:
    board = Board()
    board.take(Opened(SOCKET))
    for state in (SubscriptionState.LIVE, *states):
        board.take(status(state))
        board.take(item)
    return board


SMALL = book([("9.9", "0.50"), ("9.8", "2.00")], [("10.0", "1.00"), ("10.1", "4.00")], depth=3)
DEEP = book(
    [(f"{99 - level}.0", "1.0") for level in range(50)], [(f"{100 + level}.0", "1.0") for level in range(50)], 100
)


def test_asks_stand_above_bids_with_the_spread_between_and_the_sizes_added_up() -> None:
    lines = screen(board_of(SMALL))
    assert lines[0].split() == ["title", "connected", "live"]
    assert lines[2].split() == ["price", "size", "total"]
    assert [line.split()[:3] for line in lines[3:10]] == [
        [],  # the third level of the asks is not there
        ["10.1", "4.00", "5.00"],
        ["10.0", "1.00", "1.00"],
        ["0.1", "spread,", "1.0101"],
        ["9.9", "0.50", "0.50"],
        ["9.8", "2.00", "2.50"],
        [],
    ]
    assert lines[-1].startswith("messages 1 (0.0/s)  reconnects 0  gaps 0")


def test_bars_are_as_long_as_the_sizes_to_an_eighth() -> None:
    lines = screen(board_of(SMALL), console_of(30, 24))
    bars = [lines[place].rpartition("  ")[2] for place in (4, 5, 7, 8)]
    assert bars == ["█" * 10, "██▌", "█▎", "█" * 5]


def test_the_smallest_size_has_a_bar_and_an_empty_side_has_none() -> None:
    lines = screen(board_of(book([("9", "0.00000001")], [("10", "1000000")])))
    assert [line.split()[0] for line in lines if line.endswith("  ▏")] == ["9"]
    lines = screen(board_of(book([("9", "1")], [])))
    assert "one side is empty" in lines
    assert screen(board_of(book([], [])))[-1].startswith("messages 1")


def test_bars_are_plain_characters_where_the_terminal_has_no_others() -> None:
    lines = screen(board_of(SMALL), console_of(60, 24, "ascii"))
    assert lines[4].endswith("####")
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize("width", range(12, 130, 7))
@pytest.mark.parametrize("height", [8, 10, 15, 24, 40])
@pytest.mark.parametrize("notices", [True, False])
def test_the_ladder_fits_the_terminal_and_a_price_is_shown_whole(width: int, height: int, *, notices: bool) -> None:
    board = board_of(DEEP)
    for number in range(5):
        board.take(Gap(f"book {number}"))
    lines = screen(board, console_of(width, height), notices=notices)
    assert len(lines) <= max(8, height - 1)  # there is always one level of each side
    assert all(len(line) <= width for line in lines)
    assert any(line.startswith("100.0") for line in lines)
    assert any(line.startswith(" 99.0") for line in lines)


def test_no_more_levels_are_shown_than_the_window_is_high_for() -> None:
    lines = screen(board_of(DEEP), console_of(80, 30))
    assert len([line for line in lines if "█" in line]) == 20


def test_asks_are_red_and_bids_green_and_both_pale_while_the_book_is_not_live() -> None:
    text = "\n".join(screen(board_of(SMALL), console_of(80, 24, colours=True)))
    assert "\x1b[31m 10.0" in text
    assert "\x1b[32m  9.9" in text
    board = board_of(SMALL)
    board.take(Closed(SOCKET, 1006))
    text = "\n".join(screen(board, console_of(80, 24, colours=True)))
    assert "\x1b[2m 10.0" in text
    assert "\x1b[31m" not in text


@pytest.mark.parametrize(
    "state", [SubscriptionState.GAP, SubscriptionState.REQUESTED, SubscriptionState.ACKED], ids=str
)
def test_a_book_that_is_asked_for_again_has_a_gap(state: SubscriptionState) -> None:
    assert screen(board_of(SMALL, state))[0].split() == ["title", "connected", "gap"]


def test_a_book_that_was_mended_is_restored_for_a_moment() -> None:
    board = board_of(SMALL)
    board.take(status(SubscriptionState.RESTORED))
    assert screen(board)[0].split() == ["title", "connected", "restored"]


def test_before_the_first_book_there_is_the_state_of_the_request() -> None:
    board = Board()
    assert screen(board)[0].split() == ["title", "connecting"]
    board.take(status(SubscriptionState.REQUESTED))
    assert screen(board)[0].split() == ["title", "connecting", "requested"]


def test_the_newest_book_alone_is_kept() -> None:
    board = board_of(SMALL)
    board.take(DEEP)
    assert board.rows["A/B"].item is DEEP
    assert not board.tape


def test_the_latest_news_stand_below_unless_they_are_not_wanted() -> None:
    board = board_of(SMALL)
    for number in range(5):
        board.take(Gap(f"book {number}"))
    assert screen(board)[-4:-1] == [f"gap in book {number}" for number in (2, 3, 4)]
    assert "gap in" not in "".join(screen(board, notices=False))


def test_no_digit_of_a_total_is_lost() -> None:
    lines = screen(board_of(book([("9", "0.00000001"), ("8", "123456789.1")], [("10", "1")])), console_of(80, 30))
    assert any(str(Decimal("123456789.10000001")) in line for line in lines)
