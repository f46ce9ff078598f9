"""Checksums of books, of the digits that were on the wire."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.codec import decode
from rxex.exchanges.bitfinex.integrity import checksum, wire_text
from rxex.sandbox.recording import read_recording
from tests.exchanges.bitfinex.checksum_vectors import VECTORS


def _numbers(part: Any) -> list[Any]:
    if isinstance(part, list):
        return [number for each in part for number in _numbers(each)]
    return [] if isinstance(part, str) or part is None else [part]


def test_an_empty_book_has_the_checksum_of_nothing() -> None:
    assert checksum([], []) == 0


def test_sides_of_different_length_have_no_fillers() -> None:
    assert checksum(["1:1", "2:2"], ["3:-1"]) == checksum(["1:1", "2:2"], ["3:-1"][:1])
    assert checksum(["1:1"], []) != checksum([], ["1:1", ""])


def test_only_the_best_25_levels_count() -> None:
    bids = [f"{price}:1" for price in range(30, 0, -1)]
    assert checksum(bids, []) == checksum(bids[:25], [])
    assert checksum(bids, []) != checksum(bids[:24], [])


@pytest.mark.parametrize("name", VECTORS)
def test_the_numbers_of_the_published_books_are_written_as_they_came(name: str) -> None:
    text = VECTORS[name][0]
    digits = [number for row in decode(text.encode()) for number in row]
    written = iter(text.replace("[", "").replace("]", "").split(","))
    assert [wire_text(number) for number in digits] == list(written)


def test_every_number_of_the_recorded_session_is_written_as_it_came(recordings: Path) -> None:
    count = 0
    for frame in read_recording(recordings / "bitfinex.jsonl"):
        if frame.text.startswith("["):
            parts = frame.text.replace("[", "").replace("]", "").split(",")
            texts = [part for part in parts if part and not part.startswith('"')]
            assert [wire_text(number) for number in _numbers(decode(frame.text.encode()))] == texts
            count += len(texts)
    assert count > 5000


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_written_is_the_same_number_without_padding(value: float) -> None:
    exact = Decimal(repr(value))
    text = wire_text(exact)
    assert Decimal(text) == exact
    assert "E" not in text
    assert not ("." in text and "e" not in text and text.endswith("0"))
    assert ("e" in text) == (bool(value) and abs(exact) < Decimal("1e-6"))
