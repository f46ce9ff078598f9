"""Bytes to Json and back: exact numbers, contained hostility, and the shapes that spare a second look."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.codec import MAX_DEPTH, decode, decode_known, encode, exact, number, shape_of, text_of
from rxex.errors import InvalidArgument, MalformedMessage

TICKER = (
    b'{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":0.10000,"ask":1e-8,"id":18446744073709551615,'
    b'"time":"2024-01-01T00:00:00Z","name":"\\u00e9\xc3\xa9","none":null,"yes":true,"":[]}]}'
)
HOSTILE = [
    b"",
    b" ",
    b"1",
    b'"text"',
    b"null",
    b"true",
    b"1.5",
    b'{"a":1}{"b":2}',
    b"{'a':1}",
    b"[1,]",
    b'{"a":01}',
    b'{"a":1.}',
    b'{"a":.5}',
    b'{"a":+1}',
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-Infinity}',
    b'{"a":1e999}',
    b'{"a":1e41}',
    b'{"a":1e-41}',
    b'{"a":0.' + b"1" * 41 + b"}",
    b'{"a":' + b"9" * 4301 + b"}",
    b'{"a":"\\ud800"}',
    b'{"a":"\\udc00\\ud800"}',
    b'{"a":"\xff"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\xc3"}',
    b'{"a":"\x01"}',
    b'{"a":"\\x41"}',
    b'\xef\xbb\xbf{"a":1}',
    b'{"a":1,"a":2}',
    b'{"a" :1,"a":2}',
    b'{"a":1,"a" :2}',
    b'{"a"\n:1,"a":2}',
    b'{"a":1,"\\u0061":2}',
    b'[{"b":{"a":1,"a":2}}]',
    b'{"a":1,"a" :2,"b":"\\":"}',
    b"[" * 65 + b"]" * 65,
    b'{"a":' * 65 + b"1" + b"}" * 65,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 100_000,
    b"\x00",
    b"\xff" * 1000,
]


@pytest.mark.parametrize("frame", HOSTILE, ids=lambda frame: repr(frame[:30]))
def test_what_is_no_sound_message_is_malformed_and_nothing_else(frame: bytes) -> None:
    with pytest.raises(MalformedMessage) as caught:
        decode(frame)
    assert len(caught.value.excerpt) <= 200
    assert frame.startswith(caught.value.excerpt)
    assert caught.value.reason


def test_numbers_keep_every_digit() -> None:
    frame = b'{"a":0.10000,"b":1e5,"c":-0.0,"d":123456789012345678901234567890.1234567890,"e":0.00000001,"f":1E-40}'
    data = decode(frame)
    assert isinstance(data, dict)
    assert str(data["a"]) == "0.10000"
    assert data["b"] == 100_000
    assert str(data["c"]) == "-0.0"
    assert str(data["d"]) == "123456789012345678901234567890.1234567890"
    assert text_of(data["e"]) == "0.00000001"
    assert all(isinstance(value, Decimal) for value in data.values())


def test_whole_numbers_are_ints_however_large() -> None:
    assert decode(b'{"a":18446744073709551616,"b":-9223372036854775809}') == {"a": 2**64, "b": -(2**63) - 1}


def test_as_many_levels_as_allowed_are_fine() -> None:
    frame = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert decode(frame) == json.loads(frame)


def test_brackets_inside_strings_are_no_levels() -> None:
    assert decode(b'{"a":"' + b"[" * 1000 + b'"}') == {"a": "[" * 1000}


@pytest.mark.parametrize("frame", [b'{"a":"x\\":y","c":1}', b'{"a" : 1, "b" :2}', b'{"a":"\\"b\\" :"}', b'{"":{"":1}}'])
def test_what_only_looks_like_a_repeated_key_is_accepted(frame: bytes) -> None:
    assert decode(frame) == json.loads(frame)


def test_every_prefix_of_a_message_is_malformed() -> None:
    for stop in range(len(TICKER)):
        with pytest.raises(MalformedMessage):
            decode(TICKER[:stop])


@given(st.integers(0, len(TICKER) - 1), st.binary(min_size=0, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_message_with_changed_bytes_is_decoded_or_malformed(position: int, change: bytes) -> None:
    frame = TICKER[:position] + change + TICKER[position + len(change) :]
    try:
        data = decode(frame)
    except MalformedMessage:
        return
    assert isinstance(data, dict | list)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_decoded_or_malformed(frame: bytes) -> None:
    try:
        data = decode(frame)
    except MalformedMessage:
        return
    assert isinstance(data, dict | list)


_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.text(max_size=8),
    st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**9), max_value=10**9),
)
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), _values, max_size=4))
@settings(max_examples=300, deadline=None)
def test_what_is_encoded_is_decoded_to_the_same(message: dict[str, Any]) -> None:
    assert decode(encode(message).encode()) == message


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=2))
@settings(max_examples=100, deadline=None)
def test_messages_of_one_shape_have_the_same_keys(message: dict[str, int]) -> None:
    other = dict.fromkeys(message, 1234)
    first, second = encode(message).encode(), encode(other).encode()
    assert shape_of(first) == shape_of(second)
    assert decode_known(second) == decode(second)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.00000010"), "0.00000010"),
        (Decimal("1E+5"), "100000"),
        (Decimal("1E-30"), "0." + "0" * 29 + "1"),
        (Decimal("1.500"), "1.500"),
        (Decimal(-3), "-3"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (0.1, "0.1"),
    ],
)
def test_numbers_are_written_without_an_exponent(value: object, text: str) -> None:
    assert encode({"a": [value], "b": {"c": value}}) == f'{{"a":[{text}],"b":{{"c":{text}}}}}'


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), Decimal("sNaN"), float("nan"), float("inf")]
)
def test_a_number_that_is_not_finite_is_not_written(value: object) -> None:
    with pytest.raises(InvalidArgument, match="finite"):
        encode({"order": [{"price": value}]})


@pytest.mark.parametrize("text", ["1.50", "-0.1", "1e5", 7, Decimal("2.10")])
def test_number_takes_exact_finite_numbers(text: object) -> None:
    assert number(text) == Decimal(str(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "NaN",
        "nan",
        "Infinity",
        "-inf",
        "1_000",
        "\u0661",
        "1e999",
        "0." + "1" * 41,
        "abc",
        None,
        True,
        1.5,
        b"1",
        [],
    ],
)
def test_number_refuses_everything_else(text: object) -> None:
    with pytest.raises(MalformedMessage):
        number(text)


def test_exact_refuses_to_lose_a_digit() -> None:
    assert str(exact("0." + "1" * 40)) == "0." + "1" * 40
    with pytest.raises(ArithmeticError):
        exact("0." + "1" * 41)
