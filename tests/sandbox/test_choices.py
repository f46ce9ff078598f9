"""What can be chosen of any simulated exchange."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from rxex.errors import InvalidArgument
from rxex.sandbox.choices import check_pace, chosen_instruments, exact_balances, paths_of
from tests.sandbox.plain import INSTRUMENTS

KNOWN = {instrument.symbol: instrument for instrument in INSTRUMENTS}


@pytest.mark.parametrize(
    ("speed", "plays", "flood", "name"), [(-1, True, 0, "speed"), (0, False, 0, "speed"), (1, False, -1, "flood")]
)
def test_a_pace_that_cannot_be_is_refused_by_name(speed: float, flood: int, name: str, *, plays: bool) -> None:
    with pytest.raises(InvalidArgument, match=name):
        check_pace(speed, plays=plays, flood=flood)


def test_a_recording_may_be_played_as_fast_as_possible() -> None:
    check_pace(0, plays=True)
    check_pace(0.5, plays=False, flood=3)


def test_instruments_are_chosen_by_name_in_that_order_or_all() -> None:
    assert chosen_instruments(None, KNOWN) == INSTRUMENTS
    assert chosen_instruments(iter(["ETH/USD", "BTC/USD"]), KNOWN) == INSTRUMENTS[::-1]
    with pytest.raises(InvalidArgument, match="XRP/USD"):
        chosen_instruments(["BTC/USD", "XRP/USD"], KNOWN)


def test_balances_are_exact_and_files_are_one_or_several() -> None:
    assert exact_balances({"BTC": "0.10", "USD": 5}) == {"BTC": Decimal("0.10"), "USD": Decimal(5)}
    assert exact_balances(None) is None
    assert paths_of("a") == paths_of(Path("a")) == [Path("a")]
    assert paths_of(["a", Path("b")]) == [Path("a"), Path("b")]
