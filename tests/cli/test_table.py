from __future__ import annotations

import io
from decimal import Decimal

import pytest
from attrs import define
from reactivex.testing import TestScheduler
from rich.console import Console

from rxex.cli.board import Board
from rxex.cli.table import draw
from rxex.events import Gap, Opened, Reconnecting, SubscriptionState, SubscriptionStatus, SystemStatus
from rxex.models import Book, Day, Levels, Side, Ticker, Trade
from rxex.testing import ScriptedSocket

SOCKET = ScriptedSocket(TestScheduler())


@define
class Wire:
    price: str
    size: str


def screen(board: Board, width: int = 80, height: int = 24, *, colours: bool = False, notices: bool = True) -> str:
    """What the terminal shows."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        height=height,
        force_terminal=colours,
        color_system="standard" if colours else None,
        _environ={},
    )
    console.print(draw(board, "title", console, notices=notices))
    return file.getvalue()


def ticker(symbol: str, last: str, change: str = "1.25") -> Ticker:
    bid, ask = Decimal("62999.10"), Decimal("63000.10")
    day = Day(change_percent=Decimal(change))
    return Ticker(symbol, bid, Decimal(1), ask, Decimal(1), Decimal(last), day=day, received=1)  # type: ignore[call-arg]


def trade(price: str, side: Side = Side.BUY) -> Trade:
    return Trade("SC/EUR", Decimal(price), Decimal("15979.71727919"), side, 7, "limit", 1_618_678_145_920_708_000)


def live(symbol: str) -> SubscriptionStatus:
    return SubscriptionStatus("ticker", symbol, SubscriptionState.LIVE)


def prices(symbols: int = 2) -> Board:
    board = Board()
    board.take(Opened(SOCKET))
    for number in range(symbols):
        board.take(live(f"S{number}/USD"))
        board.take(ticker(f"S{number}/USD", "63000.00"))
    return board


def test_a_ticker_is_a_row_with_price_change_quotes_spread_rate_age_and_state() -> None:
    lines = screen(prices(1)).splitlines()
    assert lines[0].split() == ["title", "connected"]
    assert lines[2].split() == ["symbol", "price", "change", "bid", "ask", "spread", "rate", "age", "state"]
    assert lines[3].split()[:8] == ["S0/USD", "63000.00", "+1.25", "%", "62999.10", "63000.10", "1.00", "0.0/s"]
    assert lines[3].split()[-1] == "live"
    assert lines[-1] == "messages 1 (0.0/s)  reconnects 0  gaps 0  Ctrl-C ends"


@pytest.mark.parametrize("width", range(20, 130, 5))
def test_a_price_is_shown_whole_or_not_at_all_and_symbol_and_price_always(width: int) -> None:
    row = screen(prices(1), width).splitlines()[3]
    assert len(row) <= width
    assert "…" not in row
    assert row.split()[:2] == ["S0/USD", "63000.00"]
    assert {word for word in row.split() if word.startswith("6")} <= {"63000.00", "62999.10", "63000.10"}


@pytest.mark.parametrize("height", [10, 11, 12, 15, 24, 39])
@pytest.mark.parametrize("symbols", [1, 5, 50])
def test_the_screen_is_never_higher_than_the_terminal(height: int, symbols: int) -> None:
    board = prices(symbols)
    for number in range(30):
        board.take(Gap(f"gap {number}"))
        board.take(trade("1.0"))
    lines = screen(board, 120, height).splitlines()
    assert len(lines) < height
    shown = sum(line.startswith("S") for line in lines) - sum(line.startswith("SC/EUR") for line in lines)
    hidden = [int(line.split()[1]) for line in lines if line.startswith("and ")]
    assert shown + sum(hidden) in {symbols, symbols + 1}  # the row of the trades may be the hidden one


def test_trades_are_listed_with_every_digit_in_the_order_they_came() -> None:
    board = Board()
    for price in ("0.042990", "0.00000010"):
        board.take(trade(price))
    lines = screen(board).splitlines()
    assert lines[2].split() == ["symbol", "price", "rate", "age", "state"]
    assert lines[5].split() == ["time", "symbol", "price", "size", "side", "id", "order", "type"]
    assert lines[6].split() == ["16:49:05.920708", "SC/EUR", "0.042990", "15979.71727919", "buy", "7", "limit"]
    assert lines[7].split()[2] == "0.00000010"


def test_up_is_green_and_down_is_red() -> None:
    board = prices(1)
    for last, change, colour in (("63000.01", "0.5", 32), ("62999.99", "-0.5", 31)):
        board.take(ticker("S0/USD", last, change))
        row = screen(board, colours=True).splitlines()[3]
        assert f"\x1b[1;{colour}m{last}\x1b[0m" in row
        assert f"\x1b[{colour}m{Decimal(change):+.2f} %\x1b[0m" in row


def test_a_sale_is_red() -> None:
    board = Board()
    board.take(trade("1.5", Side.SELL))
    assert "\x1b[31m15979.71727919\x1b[0m" in screen(board, colours=True)


def test_the_wait_for_a_new_link_is_counted_down() -> None:
    board = prices()
    board.take(Reconnecting(3, 1000.4))
    assert screen(board).splitlines()[0] == "title  reconnecting in 1000 s"
    board.reconnect_at = 0.0
    assert screen(board).splitlines()[0] == "title  reconnecting in 0 s"


def test_the_latest_news_stand_below_unless_they_are_not_wanted() -> None:
    board = prices()
    for number in range(7):
        board.take(Gap(f"ticker {number}"))
    assert screen(board).splitlines()[-6:-1] == [f"gap in ticker {number}" for number in range(2, 7)]
    assert "gap in" not in screen(board, notices=False)


def test_what_the_exchange_writes_is_neither_a_command_nor_markup() -> None:
    board = prices()
    board.take(SystemStatus(SOCKET, "[red]down\x1b[2J", is_online=False))
    text = screen(board)
    assert text.splitlines()[0] == r"title  [red]down\x1b[2J"
    assert "\x1b" not in text


def test_nothing_has_come_yet() -> None:
    assert screen(Board()).splitlines()[0] == "title  connecting"


def test_of_a_book_the_best_prices_and_the_spread_are_shown() -> None:
    board = Board()
    board.take(live("A/B"))
    bids, asks = Levels([Wire("9.90", "1")], is_bids=True), Levels([Wire("10.0", "1")], is_bids=False)
    board.take(Book("A/B", 10, bids, asks))
    words = [line.split() for line in screen(board).splitlines()]
    assert words[3][:4] == ["A/B", "9.90", "10.0", "0.10"]
    board.take(Book("A/B", 10, bids, Levels([], is_bids=False)))
    assert screen(board).splitlines()[3].split()[:2] == ["A/B", "9.90"]
