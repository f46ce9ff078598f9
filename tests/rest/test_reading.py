"""Fields of answers: what is there is read, what is not there is None, what is of another kind is refused."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from rxex.errors import MalformedMessage
from rxex.rest.reading import listing, mapping, raw_field, some, text


def test_a_field_that_is_missing_or_null_is_none() -> None:
    row = {"a": "5", "b": None}
    assert [some(row, name, int) for name in "abc"] == [5, None, None]


def test_an_empty_text_is_none() -> None:
    assert [text(each) for each in ("", "a", 5)] == [None, "a", "5"]


@pytest.mark.parametrize("value", [None, "", 5, True])
@pytest.mark.parametrize("read", [mapping, listing])
def test_what_is_neither_object_nor_array_is_refused(read: Any, value: Any) -> None:
    with pytest.raises(MalformedMessage):
        read(value)


def test_objects_and_arrays_are_told_apart() -> None:
    assert mapping({"a": 1}) == {"a": 1}
    assert listing([1]) == [1]
    with pytest.raises(MalformedMessage, match="array"):
        listing({})
    with pytest.raises(MalformedMessage, match="object"):
        mapping([])


def test_what_the_exchange_said_is_kept_and_neither_shown_nor_compared() -> None:
    Row: Any = attrs.make_class("Row", {"a": attrs.field(), "raw": raw_field()}, frozen=True)  # noqa: N806
    assert Row(1, {"x": 1}) == Row(1)
    assert "x" not in repr(Row(1, {"x": 1}))
    assert attrs.fields(Row).raw.default is None
