"""Parameters that stand in paths."""

from __future__ import annotations

import pytest

from rxex.errors import InvalidArgument
from rxex.rest.paths import filled


def test_parameters_stand_in_their_places_and_the_others_are_left() -> None:
    path, others = filled("/candles/trade:{tf}:{symbol}[:{period}]/hist", {"tf": "1m", "symbol": "fUSD", "a": 1}, "x")
    assert (path, others) == ("/candles/trade:1m:fUSD/hist", {"a": 1})
    assert filled("/a[/{b}:{c}]", {"b": "B"}, "x") == ("/a", {"b": "B"})
    assert filled("/a[/{b}:{c}]", {"b": "B", "c": 7}, "x") == ("/a/B:7", {})
    assert filled("/a", {}, "x") == ("/a", {})


@pytest.mark.parametrize("value", ["", ".", "..", "../b", "a/b", "a?b", "a#b", "a%2fb", "a b", "ä", "a\n", "[b]"])
@pytest.mark.parametrize("template", ["/a/{b}", "/a[/{b}]"])
def test_what_would_make_another_path_of_it_is_refused(template: str, value: str) -> None:
    with pytest.raises(InvalidArgument, match="part of the path of ask"):
        filled(template, {"b": value}, "ask")


def test_a_part_that_is_missing_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="b is ''"):
        filled("/a/{b}", {}, "ask")
