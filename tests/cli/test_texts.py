from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from reactivex.testing import TestScheduler

from rxex.cli.texts import json_line, news, plain_line
from rxex.errors import ConnectionClosed, MalformedMessage, SubscriptionRefused
from rxex.events import (
    Closed,
    Gap,
    Heartbeat,
    Malformed,
    Opened,
    Overflow,
    Reconnected,
    Reconnecting,
    SocketEvent,
    Stale,
    SubscriptionState,
    SubscriptionStatus,
    SystemStatus,
)
from rxex.models import BookUpdate, Day, Level, Side, Ticker, Trade
from rxex.testing import ScriptedSocket

TIME = 1_618_678_145_920_708_000
SECOND = 10**9
SOCKET = ScriptedSocket(TestScheduler())
TRADE = Trade("SC/EUR", Decimal("0.00000010"), Decimal("15979.71727919"), Side.SELL, 2**60, "limit", TIME, TIME + 1)


def test_a_line_has_the_time_the_symbol_and_every_digit() -> None:
    assert plain_line(TRADE) == (
        f"2021-04-17T16:49:05.920708Z SC/EUR price 0.00000010 size 15979.71727919 side sell id {2**60} order_type limit"
    )


def test_a_line_has_the_time_of_arrival_where_the_exchange_tells_none_and_leaves_out_what_is_not_known() -> None:
    trade = Trade("SC/EUR", Decimal("0.10"), Decimal(2), Side.BUY, received=TIME + 1)
    assert plain_line(trade) == "2021-04-17T16:49:05.920708001Z SC/EUR price 0.10 size 2 side buy"


def test_json_has_numbers_and_times_as_text_and_null_for_what_is_not_known() -> None:
    line = json_line(TRADE)
    assert line is not None
    assert json.loads(line) == {
        "type": "trade",
        "symbol": "SC/EUR",
        "price": "0.00000010",
        "size": "15979.71727919",
        "side": "sell",
        "id": str(2**60),
        "order_type": "limit",
        "time": "2021-04-17T16:49:05.920708Z",
        "received": "2021-04-17T16:49:05.920708001Z",
    }


def test_json_of_a_ticker_has_its_day() -> None:
    prices = [Decimal("1.10"), None, Decimal("1.20"), None, Decimal("1.15")]
    ticker = Ticker("A/B", *prices, day=Day(volume=Decimal("7.0")))  # type: ignore[arg-type]
    line = json_line(ticker)
    assert line is not None
    shown = json.loads(line)
    assert (shown["ask"], shown["ask_size"], shown["day"]["volume"], shown["day"]["high"]) == (
        "1.20",
        None,
        "7.0",
        None,
    )


def test_levels_are_prices_and_sizes_with_every_digit() -> None:
    levels = (Level(Decimal("9.90"), Decimal("0.00000000")), Level(Decimal("9.80"), Decimal("1.5")))
    update = BookUpdate("A/B", levels, (), is_snapshot=False, checksum=7, time=TIME)
    assert plain_line(update) == (
        "2021-04-17T16:49:05.920708Z A/B bids 9.90x0.00000000,9.80x1.5 asks none is_snapshot False checksum 7"
    )
    line = json_line(update)
    assert line is not None
    shown = json.loads(line)
    assert (shown["bids"], shown["asks"]) == ([["9.90", "0.00000000"], ["9.80", "1.5"]], [])


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            Gap("book A/B", 5, 8, 3, TIME, TIME + 2 * SECOND, "a number is missing"),
            "gap in book A/B: 3 items, 2.0 s from 2021-04-17T16:49:05.920708Z on: a number is missing",
        ),
        (Gap("trade A/B"), "gap in trade A/B"),
        (Stale("ticker A/B", TIME), "ticker A/B is stale: nothing came since 2021-04-17T16:49:05.920708Z"),
        (Overflow("", 12), "12 items dropped here: the output is too slow"),
        (Closed(SOCKET, error=ConnectionClosed(None, "reset")), "the link was closed without a close frame: reset"),
        (Closed(SOCKET, 1012, "restart"), "the link was closed with code 1012: restart"),
        (Reconnecting(2, 0.52), "reconnecting in 0.5 s, attempt 2"),
        (Reconnecting(1, 0, ConnectionClosed(1)), "reconnecting in 0.0 s, attempt 1: the link was closed with code 1"),
        (Reconnected(1, timedelta(seconds=0.26)), "reconnected after 1 attempt, 0.3 s without a link"),
        (Reconnected(3, timedelta(minutes=1)), "reconnected after 3 attempts, 60.0 s without a link"),
        (SubscriptionStatus("ticker", "A/B", SubscriptionState.RESTORED), "ticker A/B restored"),
        (
            SubscriptionStatus("ticker", "A/B", SubscriptionState.REFUSED, SubscriptionRefused("ticker A/B", "no")),
            "the exchange refused the subscription to ticker A/B: no",
        ),
        (SystemStatus(SOCKET, "maintenance", is_online=False), "the exchange says: maintenance"),
        (Malformed(SOCKET, b"{", MalformedMessage("truncated")), "malformed message: truncated"),
    ],
)  # fmt: skip
def test_what_happens_to_a_feed_is_told_in_a_line(event: SocketEvent, text: str) -> None:
    assert news(event) == text
    assert plain_line(event) == f"# {text}"
    line = json_line(event)
    assert line is not None
    assert "type" in json.loads(line)


@pytest.mark.parametrize(
    "event",
    [
        Opened(SOCKET),
        Heartbeat(SOCKET),
        SystemStatus(SOCKET, "online", is_online=True),
        SubscriptionStatus("ticker", "A/B", SubscriptionState.LIVE),
    ],
)
def test_what_happens_while_all_goes_well_is_no_news(event: SocketEvent) -> None:
    assert news(event) is None
    assert plain_line(event) is None
    assert json_line(event) is None


def test_json_of_an_event_names_its_kind_and_shows_no_socket_and_no_bytes() -> None:
    malformed = Malformed(SOCKET, b"{", MalformedMessage("truncated", b"{"), "ticker A/B")
    lines = json_line(malformed), json_line(Reconnected(1, timedelta(seconds=0.25)))
    shown = [json.loads(line) for line in lines if line is not None]
    assert shown == [
        {"type": "malformed", "error": "malformed message: truncated", "channel": "ticker A/B"},
        {"type": "reconnected", "attempts": "1", "downtime": "0.25"},
    ]
    refused = json_line(SubscriptionStatus("ticker", "A/B", SubscriptionState.REFUSED))
    assert refused is not None
    assert json.loads(refused)["type"] == "subscription_status"


def test_what_the_exchange_writes_can_neither_command_the_terminal_nor_begin_a_line() -> None:
    line = plain_line(SystemStatus(SOCKET, "down\x1b[2J\n# up", is_online=False))
    assert line == r"# the exchange says: down\x1b[2J\n# up"
