"""Errors: one tree by what the user can do, data as attributes, texts that say what to do."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest

from rxex import errors
from rxex.errors import (
    ConnectError,
    FatalError,
    InvalidArgument,
    MalformedMessage,
    RxexError,
    SequenceGap,
    SubscriptionRefused,
    SubscriptionTimeout,
    TransientError,
)

CLASSES = [getattr(errors, name) for name in errors.__all__]
SAMPLES: dict[str, Any] = {
    "address": "ws://example.org",
    "reason": "the reason",
    "what": "byte",
    "silence": 5.0,
    "request": "ticker A",
    "timeout": 10.0,
    "expected": 3,
    "received": 5,
    "kind": "OSError",
    "name": "capacity",
    "value": -1,
    "remedy": "give at least 1",
    "host": "example.org",
    "status": 301,
    "code": 1008,
    "capacity": 10,
}


def _sample(kind: type[RxexError]) -> RxexError:
    if not attrs.has(kind):
        return kind("the reason")
    required = [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]
    return kind(*(SAMPLES[name] for name in required))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_says_what_it_knows(kind: type[RxexError]) -> None:
    error = _sample(kind)
    text = str(error)
    assert isinstance(error, RxexError)
    assert text
    assert "object at 0x" not in text
    if attrs.has(kind):
        for field in attrs.fields(kind):
            if field.default is attrs.NOTHING and field.name != "channel":
                value = SAMPLES[field.name]
                assert (f"{value:g}" if isinstance(value, float) else str(value)) in text


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_either_transient_or_fatal_but_for_the_bases_and_a_malformed_message(
    kind: type[RxexError],
) -> None:
    if kind not in {RxexError, MalformedMessage}:
        assert issubclass(kind, TransientError) != issubclass(kind, FatalError)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_survives_a_trip_to_another_process(kind: type[RxexError]) -> None:
    error = _sample(kind)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)


def test_a_wrong_value_is_a_value_error_with_its_remedy() -> None:
    with pytest.raises(ValueError, match="capacity is -1: give at least 1"):
        raise InvalidArgument("capacity", -1, "give at least 1")


def test_a_refused_subscription_names_the_channel_the_text_and_the_remedy() -> None:
    error = SubscriptionRefused("ticker A", "no such pair", channel="ticker", symbol="A", remedy="see the list")
    assert str(error) == "the exchange refused the subscription to ticker A: no such pair (see the list)"
    assert (error.channel, error.symbol) == ("ticker", "A")


def test_a_time_out_says_how_long_it_waited() -> None:
    assert "within 10 s" in str(SubscriptionTimeout("ticker A", 10.0))


def test_a_gap_names_both_numbers() -> None:
    error = SequenceGap(3, 5, "book A")
    assert "3" in str(error)
    assert "5" in str(error)
    assert "book A" in str(error)


def test_a_wait_that_was_asked_for_is_told() -> None:
    assert "30 s" in str(ConnectError("ws://x", "too many", 429, 30.0))
