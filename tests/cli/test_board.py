from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from reactivex.testing import TestScheduler

from rxex.cli import board as board_module
from rxex.cli.board import Board, Row, change_of
from rxex.events import (
    Closed,
    Gap,
    Opened,
    Reconnected,
    Reconnecting,
    SubscriptionState,
    SubscriptionStatus,
    SystemStatus,
)
from rxex.models import Day, Side, Ticker, Trade
from rxex.testing import ScriptedSocket

SOCKET = ScriptedSocket(TestScheduler())


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The board's clock; set its one element."""
    time = [0.0]
    monkeypatch.setattr(board_module, "monotonic", lambda: time[0])
    return time


def trade(price: str, symbol: str = "A/B") -> Trade:
    return Trade(symbol, Decimal(price), Decimal(1), Side.BUY)


def ticker(day: Day) -> Ticker:
    return Ticker("A/B", Decimal(1), None, Decimal(2), None, Decimal("1.5"), day=day)  # type: ignore[call-arg]


def status(state: SubscriptionState, symbol: str = "A/B") -> SubscriptionStatus:
    return SubscriptionStatus("trade", symbol, state)


def states(board: Board, now: float) -> dict[str, str]:
    with board.looked_at(now):
        return {row.symbol: row.shown_state for row in board.rows.values()}


def test_the_rate_is_that_of_the_last_five_seconds() -> None:
    row = Row("A/B")
    for second in range(20):
        row.look(second)
        for _ in range(10 if second < 10 else 2):
            row.take(trade("1"), second)
    row.look(20)
    assert row.rate == 2
    for second in range(21, 27):
        row.look(second)
    assert row.rate == 0


def test_the_first_look_divides_by_nothing() -> None:
    row = Row("A/B")
    row.take(trade("1"), 0)
    row.look(0)
    assert row.rate == 0


def test_the_age_is_that_of_the_newest_item() -> None:
    row = Row("A/B")
    row.look(1)
    assert row.age is None
    row.take(trade("1"), 2)
    row.look(5)
    assert row.age == 3


def test_the_direction_is_that_of_the_last_move() -> None:
    row = Row("A/B")
    directions = []
    for price in ("2", "2", "3", "3", "1", "1.0"):
        row.take(trade(price), 0)
        directions.append(row.direction)
    assert directions == [0, 0, 1, 1, -1, -1]


def test_a_subscription_goes_through_its_states_and_restored_is_shown_for_a_while(now: list[float]) -> None:
    board = Board()
    for event in (status(SubscriptionState.REQUESTED), status(SubscriptionState.ACKED), status(SubscriptionState.LIVE)):
        board.take(event)
        assert states(board, 0) == {"A/B": event.state}
    board.take(Closed(SOCKET))
    assert states(board, 0) == {"A/B": "waiting"}
    now[0] = 10
    board.take(status(SubscriptionState.ACKED))
    board.take(status(SubscriptionState.RESTORED))
    assert states(board, 10) == {"A/B": "acked"}
    board.take(status(SubscriptionState.LIVE))
    assert states(board, 12.9) == {"A/B": "restored"}
    assert states(board, 13.1) == {"A/B": "live"}
    board.take(status(SubscriptionState.STALE))
    assert states(board, 13.2) == {"A/B": "stale"}


def test_a_refused_subscription_stays_refused_when_the_link_breaks() -> None:
    board = Board()
    board.take(status(SubscriptionState.REFUSED))
    board.take(Closed(SOCKET))
    assert states(board, 0) == {"A/B": "refused"}


def test_the_link_is_told_from_its_events(now: list[float]) -> None:
    board = Board()
    told = [board.link]
    events = (
        Opened(SOCKET),
        SystemStatus(SOCKET, "maintenance", is_online=False),
        SystemStatus(SOCKET, "online", is_online=True),
        Closed(SOCKET),
        Reconnecting(1, 5.0),
    )
    for event in events:
        now[0] += 1
        board.take(event)
        told.append(board.link)
    assert told == ["connecting", "connected", "maintenance", "connected", "closed", "reconnecting"]
    assert board.reconnect_at == 10
    board.take(Opened(SOCKET))
    board.take(Reconnected(1, timedelta(seconds=1)))
    assert (board.link, board.reconnect_at, board.reconnects) == ("connected", None, 1)


def test_items_and_gaps_are_counted_and_news_are_kept_but_for_what_a_row_says() -> None:
    board = Board()
    for item in (trade("1"), trade("2", "C/D"), Gap("trade A/B"), status(SubscriptionState.RESTORED), trade("3")):
        board.take(item)
    assert (board.items, board.gaps, list(board.log)) == (3, 1, ["gap in trade A/B"])
    assert [row.symbol for row in board.rows.values()] == ["A/B", "C/D"]


def test_a_flood_fills_no_memory() -> None:
    board = Board()
    for number in range(1000):
        board.take(trade(str(number)))
        board.take(Gap("trade A/B"))
    assert [item.price for item in board.tape] == list(range(950, 1000))
    assert len(board.log) == 50


@pytest.mark.parametrize(
    ("day", "change"),
    [
        (Day(change_percent=Decimal("-1.25"), open=Decimal(1)), Decimal("-1.25")),
        (Day(open=Decimal("1.2")), Decimal(25)),
        (Day(open=Decimal(0)), None),
        (Day(), None),
    ],
)
def test_the_change_is_what_the_exchange_tells_or_what_the_opening_price_gives(
    day: Day, change: Decimal | None
) -> None:
    assert change_of(ticker(day)) == change
