"""New tokens from sources that do anything, in virtual time where they hang."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.auth import Secret
from rxex.errors import AuthRefused, InvalidArgument, RateLimited, TokenError
from rxex.exchanges.kucoin import tokens
from rxex.exchanges.kucoin.tokens import fresh


def raising() -> Observable[Secret]:
    raise ValueError("the token b1946ac9 is broken")


def error_of(get: Callable[[], Any]) -> Exception:
    errors: list[Exception] = []
    fresh(get, Secret, "source").subscribe(lambda _: pytest.fail("there is no token"), errors.append)
    return errors[0]


def test_each_subscription_asks_for_a_new_token() -> None:
    made = [Secret("a"), Secret("b")]
    given: list[Secret] = []
    source = fresh(lambda: rx.of(made.pop(0)), Secret, "source")
    for _ in range(2):
        source.subscribe(given.append)
    assert [token.reveal() for token in given] == ["a", "b"]


@pytest.mark.parametrize("get", [raising, lambda: rx.throw(ValueError("b1946ac9")), rx.empty, lambda: rx.of(None)])
def test_a_source_that_gives_none_is_to_be_asked_again_and_its_words_are_not_told(get: Callable[[], Any]) -> None:
    error = error_of(get)
    assert isinstance(error, TokenError)
    assert "b1946ac9" not in str(error)


def test_errors_of_ours_are_told_as_they_are() -> None:
    for error in (AuthRefused("no"), RateLimited("slow down", 7.0)):
        assert error_of(lambda error=error: rx.throw(error)) is error  # type: ignore[misc]


def test_something_else_than_a_token_is_refused() -> None:
    error = error_of(lambda: rx.of("b1946ac9"))
    assert isinstance(error, InvalidArgument)
    assert "it has to give a stream of a Secret" in str(error)
    assert "b1946ac9" not in str(error)


def test_a_source_that_hangs_is_given_up_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = TestScheduler()
    monkeypatch.setattr(tokens, "default_clock", lambda: clock)
    errors: list[Exception] = []
    fresh(rx.never, Secret, "source").subscribe(on_error=errors.append)
    clock.advance_to(59.9)
    assert errors == []
    clock.advance_to(60.1)
    assert isinstance(errors[0], TokenError)
