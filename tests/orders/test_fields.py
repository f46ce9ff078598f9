"""What the fields of requests have to be, whatever the exchange."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from attrs import field, frozen

from rxex.errors import InvalidArgument
from rxex.models import Side
from rxex.orders import fields

WRONG_NUMBERS: list[Any] = [0.1, True, "one", "NaN", "Infinity", Decimal("NaN"), "", [], "1_0", "0x1"]


@frozen
class Sample:
    side: Side = field(default=Side.BUY, converter=fields.to_side, validator=fields.a_side)
    number: Decimal | None = field(default=None, converter=fields.exact, validator=fields.a_number)
    amount: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    date: datetime | None = field(default=None, converter=fields.to_utc, validator=fields.a_date)
    flag: bool = field(default=False, validator=fields.a_flag)
    count: int | None = field(default=None, validator=fields.a_whole_number)
    few: int | None = field(default=None, validator=fields.whole(1, 3))
    word: str | None = field(default=None, validator=fields.one_of(("a", "b")))
    name: str | None = field(default=None, validator=fields.matching("[a-z]{1,3}", "up to three letters"))


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"side": "sell"}, Side.SELL),
        ({"number": "-1.50"}, Decimal("-1.50")),
        ({"number": 3}, Decimal(3)),
        ({"amount": Decimal("0.10")}, Decimal("0.10")),
        (
            {"date": datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))},
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
        ({"flag": True}, True),
        ({"count": 7}, 7),
        ({"few": 3}, 3),
        ({"word": "b"}, "b"),
        ({"name": "abc"}, "abc"),
        ({"name": None}, None),
    ],
)
def test_what_is_right_is_taken_and_exact(given: dict[str, Any], value: Any) -> None:
    (name,) = given
    assert repr(getattr(Sample(**given), name)) == repr(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("side", "BUY"),
        ("side", None),
        *(("number", value) for value in WRONG_NUMBERS),
        *(("amount", value) for value in [*WRONG_NUMBERS, 0, -1]),
        ("date", datetime.fromisoformat("2026-01-01T00:00:00")),
        ("date", "2026-01-01"),
        ("flag", None),
        ("flag", 1),
        ("count", True),
        ("count", 1.0),
        ("few", 4),
        ("few", True),
        ("word", "c"),
        ("name", "abcd"),
        ("name", "abc\n"),
        ("name", 5),
    ],
)
def test_what_is_wrong_is_refused_with_its_name_and_a_remedy(name: str, value: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Sample(**{name: value})
    assert caught.value.name == name
    assert caught.value.remedy


def test_digits_that_an_exchange_does_not_take_are_refused() -> None:
    fields.check_digits("A/B", 2, price=Decimal("1.500"), quantity=None)
    with pytest.raises(InvalidArgument, match="A/B has 2 digits"):
        fields.check_digits("A/B", 2, price=Decimal("1.501"))


def test_exactly_one_is_one() -> None:
    fields.check_one(a=None, b=1)
    for wrong in ({"a": None, "b": None}, {"a": 1, "b": 2}):
        with pytest.raises(InvalidArgument, match="a or b"):
            fields.check_one(**wrong)
