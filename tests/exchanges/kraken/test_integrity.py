"""The checksums of Kraken's own examples, and of a book too short to have ten levels."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from rxex.book import Checksum, L2Book
from rxex.codec import exact
from rxex.exchanges.kraken.integrity import CHECKSUM_V1, CHECKSUM_V2


@frozen
class Wire:
    price: Any
    size: Any


def _side(text: str) -> list[tuple[str, str]]:
    return [(price, size) for price, _, size in (pair.partition("/") for pair in text.split())]


OFFICIAL_V1 = (
    _side(" ".join(f"0.0{price}/0.00000500" for price in range(5005, 5055, 5))),
    _side(" ".join(f"0.0{price}/0.00000500" for price in (5000, 4995, 4990, 4980, 4975, 4970, 4965, 4960, 4955, 4950))),
    974947235,
)
OFFICIAL_V2 = (
    _side(
        "45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 "
        "45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827"
    ),
    _side(
        "45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 "
        "45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238"
    ),
    3310070434,
)
MATIC_V2 = (
    _side(
        "0.5668/4410.79769741 0.5669/4655.40412487 0.5670/49844.89424998 0.5671/24306.41678000 0.5672/29783.25223475 "
        "0.5673/57234.71239278 0.5674/45065.04744000 0.5675/5912.76380354 0.5676/42514.92434778 0.5677/36304.08470220"
    ),
    _side(
        "0.5666/4831.75496356 0.5665/6658.22734739 0.5664/18724.91513344 0.5663/11563.92544914 0.5662/14006.65365711 "
        "0.5661/17454.85679807 0.5660/18097.15470000 0.5659/33644.89175666 0.5658/148.34640000 0.5657/606.70854372"
    ),
    2439117997,
)
SHORT = (
    _side("0.00001234/1500.00000000 0.00001240/0.50000000"),
    _side("0.00001233/10.00000000 0.00001200/99999.12345678 0.00000999/1.00000000"),
    3426731069,
)
EMPTY: Any = ([], [], 0)


def _sum(checksum: Checksum[Any, Any], make: Any, asks: Any, bids: Any) -> int | None:
    book = L2Book(10, checksum)
    book.replace(
        [Wire(make(price), make(size)) for price, size in bids], [Wire(make(price), make(size)) for price, size in asks]
    )
    return book.checksum


@pytest.mark.parametrize(
    ("asks", "bids", "expected"),
    [OFFICIAL_V1, OFFICIAL_V2, MATIC_V2, SHORT, EMPTY],
    ids=["v1 page", "v2 guide", "v2 page", "short", "empty"],
)
def test_the_checksum_is_that_of_the_example_whatever_the_numbers_come_as(asks: Any, bids: Any, expected: int) -> None:
    assert _sum(CHECKSUM_V1, str, asks, bids) == expected
    assert _sum(CHECKSUM_V2, exact, asks, bids) == expected


def test_the_next_update_of_the_example_gives_its_next_checksum() -> None:
    book = L2Book(10, CHECKSUM_V2)
    asks, bids, _ = MATIC_V2
    book.replace([Wire(exact(p), exact(s)) for p, s in bids], [Wire(exact(p), exact(s)) for p, s in asks])
    book.update([Wire(exact("0.5657"), exact("1098.39475580"))], [])
    assert book.checksum == 2114181697


def test_lost_zeros_give_another_checksum() -> None:
    asks, bids, expected = MATIC_V2
    assert _sum(CHECKSUM_V2, lambda text: exact(text.rstrip("0")), asks, bids) == 3830085102 != expected


def test_what_lies_behind_the_tenth_level_does_not_count() -> None:
    asks, bids, expected = OFFICIAL_V1
    book = L2Book(100, CHECKSUM_V1)
    book.replace([Wire(*level) for level in bids], [Wire(*level) for level in asks])
    book.update([Wire("0.01000", "1.00000000")], [Wire("0.09000", "1.00000000")])
    assert book.checksum == expected
    book.update([], [Wire("0.09000", "0.00000000"), Wire("0.05050", "0.00000000"), Wire("0.06000", "7.00000000")])
    assert book.checksum != expected


def test_a_number_without_a_fraction_is_written_as_it_is() -> None:
    assert _sum(CHECKSUM_V2, int, [("63005", "2")], [("63000", "1")]) == _sum(
        CHECKSUM_V2, exact, [("63005", "2")], [("63000", "1")]
    )
