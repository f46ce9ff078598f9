"""Channels: what a venue tells of one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rxex.channel import decoder
from tests.plain import channel


class Wire(msgspec.Struct):
    price: Any


@pytest.mark.parametrize("text", ["0.10000", "63000.0", "0.00000001", "-3.60"])
def test_a_decoded_number_keeps_its_digits(text: str) -> None:
    price = decoder(Wire)(f'{{"price":{text}}}'.encode()).price
    assert price == Decimal(text)
    assert format(price, "f") == text


@pytest.mark.parametrize("text", ["1e999", "0." + "1" * 41])
def test_a_number_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(ArithmeticError):
        decoder(Wire)(f'{{"price":{text}}}'.encode())


def test_a_channel_is_told_by_its_name_and_symbol() -> None:
    assert channel("A").label == "tick A"
    assert channel("").label == "tick"
