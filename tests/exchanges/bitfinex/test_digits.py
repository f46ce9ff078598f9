"""Digits that Bitfinex would drop without a word are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.digits import check_amount, check_price, places_of


@pytest.mark.parametrize("text", ["0.00000001", "-123456789.12345678", "1E+30", "0", "1.000000000000"])
def test_an_amount_with_eight_places_is_taken(text: str) -> None:
    check_amount("amount", Decimal(text))


@pytest.mark.parametrize("text", ["0.000000001", "-1.123456789"])
def test_an_amount_with_more_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="would round it"):
        check_amount("amount", Decimal(text))


@pytest.mark.parametrize("text", ["12345", "123450000", "0.00012345", "1.2000000000", "0.00000001"])
def test_a_price_of_five_digits_is_taken(text: str) -> None:
    check_price("price", Decimal(text))


@pytest.mark.parametrize("text", ["123456", "1234.56", "0.000000012", "100001"])
def test_a_price_of_more_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="would cut the rest"):
        check_price("price", Decimal(text))


def test_zeros_at_the_end_are_no_places() -> None:
    assert [places_of(Decimal(text)) for text in ("1.50", "100", "1E-8")] == [1, 0, 8]
