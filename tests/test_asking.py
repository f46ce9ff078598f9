"""What users ask for is checked before anything is sent."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from rxex.asking import as_it_comes, check_choice, check_interval, check_names
from rxex.codec import number
from rxex.errors import InvalidArgument

PAIR = re.compile("[A-Z]+/[A-Z]+")
INTERVALS = {60: "1min", 300: "5min"}


@pytest.mark.parametrize("value", [7, "10", True, None])
def test_what_is_no_choice_is_refused_with_the_choices(value: object) -> None:
    check_choice("depth", 1, (1, 25))
    with pytest.raises(InvalidArgument, match="choose one of 1, 25"):
        check_choice("depth", value, (1, 25))


@pytest.mark.parametrize("interval", [60, 60.0, timedelta(minutes=1)])
def test_an_interval_is_seconds_or_a_timedelta(interval: Any) -> None:
    assert check_interval(interval, INTERVALS) == "1min"


@pytest.mark.parametrize("interval", [0, 1, True, 61, -60, float("nan"), "60", None, timedelta(seconds=59)])
def test_another_interval_is_refused_with_the_choices(interval: Any) -> None:
    with pytest.raises(InvalidArgument, match="60, 300 seconds"):
        check_interval(interval, {1: "never", **INTERVALS} if interval is True else INTERVALS)


def test_one_name_or_several() -> None:
    assert check_names("symbol", "BTC/USD", PAIR, "") == ["BTC/USD"]
    assert check_names("symbol", ("BTC/USD", "ETH/USD"), PAIR, "") == ["BTC/USD", "ETH/USD"]


@pytest.mark.parametrize("value", ["", "BTCUSD", "BTC/USD,ETH/USD", "BTC/USD\n", [], ["BTC/USD", None], [["BTC/USD"]]])
def test_what_cannot_be_a_name_is_refused_with_the_remedy(value: Any) -> None:
    with pytest.raises(InvalidArgument, match="write BTC/USD"):
        check_names("symbol", value, PAIR, "write BTC/USD")


def test_a_message_as_it_comes() -> None:
    assert as_it_comes({"a": 1}, 5, b"{}", number) == ({"a": 1},)
