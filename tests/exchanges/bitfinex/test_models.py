"""Parts of rows: times, whole numbers, texts, snapshots."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rxex.exchanges.bitfinex.models import rows_of, text, time_of, whole


@pytest.mark.parametrize("wrong", ["1574697680828", -1, Decimal("1E+999999"), 10**15, [], {}])
def test_what_is_no_time_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        time_of(wrong)


@pytest.mark.parametrize("wrong", [None, True, "7", Decimal("7.5"), []])
def test_what_is_no_whole_number_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="is not a whole number"):
        whole(wrong)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="is not a text"):
        text(None)


def test_a_list_of_lists_is_a_snapshot_and_so_is_an_empty_one() -> None:
    assert rows_of([[1], [2]]) == [[1], [2]]
    assert rows_of([]) == []
    assert rows_of([1, [2]]) is None
