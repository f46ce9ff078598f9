"""Parameters: checked before anything is sent, written exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from rxex.errors import InvalidArgument
from rxex.rest.parameters import checked, choice, flag, names, nested, number, text, whole, written


@frozen(kw_only=True, field_transformer=checked)
class Inner:
    a: Annotated[str, text("a text", longest=5)]
    b: Annotated[Any, number("a number")] = None


@frozen(kw_only=True, field_transformer=checked)
class All:
    text: Annotated[Any, text("a text", wire="the-text")] = None
    choice: Annotated[Any, choice("a word", "a", "b")] = None
    flag: Annotated[Any, flag("yes or no")] = None
    whole: Annotated[Any, whole("a whole number", -3, 3)] = None
    number: Annotated[Any, number("a number")] = None
    relative: Annotated[Any, number("a price", relative=True)] = None
    signed: Annotated[Any, number("an amount", signed=True)] = None
    names: Annotated[Any, names("names", most=2)] = None
    listed: Annotated[Any, names("names", joined=False)] = None
    one: Annotated[Any, nested("an object", Inner)] = None
    several: Annotated[Any, nested("objects", Inner, least=2, most=3)] = None


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ({}, {}),
        ({"text": "x +&="}, {"the-text": "x +&="}),
        ({"choice": "b"}, {"choice": "b"}),
        ({"flag": True}, {"flag": "true"}),
        ({"flag": False}, {"flag": "false"}),
        ({"whole": -3}, {"whole": "-3"}),
        ({"whole": 0}, {"whole": "0"}),
        ({"number": Decimal("0.00000001")}, {"number": "0.00000001"}),
        ({"number": Decimal("1E+3")}, {"number": "1000"}),
        ({"number": Decimal("1.50")}, {"number": "1.50"}),
        ({"number": 7}, {"number": "7"}),
        ({"number": "007.10"}, {"number": "007.10"}),
        ({"relative": "+5%"}, {"relative": "+5%"}),
        ({"relative": "-0.5"}, {"relative": "-0.5"}),
        ({"relative": "#2%"}, {"relative": "#2%"}),
        ({"signed": Decimal("-1E-8")}, {"signed": "-0.00000001"}),
        ({"signed": -3}, {"signed": "-3"}),
        ({"names": "a"}, {"names": "a"}),
        ({"names": ["a", "b"]}, {"names": "a,b"}),
        ({"listed": ["a", "b", "c"]}, {"listed": ["a", "b", "c"]}),
        ({"one": {"a": "x", "b": 1}}, {"one": {"a": "x", "b": "1"}}),
        ({"one": Inner(a="x")}, {"one": {"a": "x"}}),
        ({"several": [{"a": "x"}, Inner(a="y")]}, {"several": [{"a": "x"}, {"a": "y"}]}),
    ],
)
def test_what_is_given_is_written_exactly(given: dict[str, Any], wire: dict[str, Any]) -> None:
    assert written(All(**given)) == wire


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("text", value) for value in ("", "a\n", 1, "x" * 201)),
        *(("choice", value) for value in ("c", "", 1)),
        *(("flag", value) for value in (1, "true")),
        *(("whole", value) for value in (4, -4, True, "1", 1.0)),
        *(("number", value) for value in (1.5, "1e5", "-1", "", "x", " 1", "1_0", True, Decimal("NaN"), "+5%")),
        *(("number", value) for value in (Decimal("Infinity"), Decimal(-1), -1, "\u0661", "1.")),
        *(("relative", value) for value in ("5%%", "++5", 1.5)),
        *(("signed", value) for value in ("--5", "+5", "-", -1.5, Decimal("-Infinity"))),
        *(("names", value) for value in ([], "", ["a", ""], ["a,b"], "a,b", ["a", "b", "c"], 7, ["a", 1])),
        *(("one", value) for value in ("x", {"a": "toolong"}, {"c": "x"}, {}, [Inner(a="x")])),
        *(("several", value) for value in ([], [{"a": "x"}], [{"a": "x"}] * 4, {"a": "x"}, "xx", [1, 2])),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidArgument):
        All(**{name: value})


def test_what_is_required_cannot_be_left_out() -> None:
    with pytest.raises(TypeError):
        Inner()  # type: ignore[call-arg]
    with pytest.raises(InvalidArgument, match="a is None"):
        Inner(a=None)  # type: ignore[arg-type]


@given(st.decimals(min_value=0, max_value=10**20, allow_nan=False, places=8))
def test_a_number_is_written_without_loss(value: Decimal) -> None:
    assert Decimal(written(All(number=value))["number"]) == value


@given(st.lists(st.text(min_size=1).filter(str.isprintable), min_size=1, max_size=2))
def test_names_come_back_from_what_is_written(values: Sequence[str]) -> None:
    try:
        joined = written(All(names=values))["names"]
    except InvalidArgument:
        assert any("," in value for value in values)
    else:
        assert joined.split(",") == list(values)
