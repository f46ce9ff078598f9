"""Candles of exchanges that do not say when one is closed."""

from __future__ import annotations

from attrs import frozen

from rxex.models import Closing


@frozen
class Bar:
    begin: int
    close: str = ""
    closed: bool = False


def _told(*messages: tuple[Bar, ...]) -> list[tuple[int, str, bool]]:
    closing: Closing[Bar] = Closing()
    return [(bar.begin, bar.close, bar.closed) for message in messages for bar in closing.add(message)]


def test_a_candle_is_told_once_more_as_closed_when_a_later_one_comes() -> None:
    assert _told((Bar(1, "a"),), (Bar(1, "b"),), (Bar(2, "c"),), (Bar(5, "d"),)) == [
        *((1, "a", False), (1, "b", False), (1, "b", True)),
        *((2, "c", False), (2, "c", True), (5, "d", False)),
    ]


def test_of_several_in_one_message_all_but_the_last_are_closed() -> None:
    assert _told((Bar(1), Bar(2), Bar(3))) == [(1, "", True), (2, "", True), (3, "", False)]


def test_a_candle_of_a_closed_interval_is_left_out() -> None:
    assert _told((Bar(2, "a"),), (Bar(1, "b"), Bar(2, "c"))) == [(2, "a", False), (2, "c", False)]


def test_no_candle_yet_is_nothing() -> None:
    assert _told(()) == []
