"""`response_ok`."""

from __future__ import annotations

import pytest
import reactivex as rx
from reactivex import operators as ops

from rxex.errors import RequestRefused
from rxex.operators import response_ok
from rxex.typing import Json


def refusal(answer: Json) -> str | None:
    assert isinstance(answer, dict)
    return answer.get("error")


def test_answers_that_say_yes_pass() -> None:
    answers: list[Json] = [{"id": 1}, {"id": 2}]
    assert rx.from_iterable(answers).pipe(response_ok(refusal), ops.to_list()).run() == answers


def test_a_refusal_is_a_typed_error_with_the_reason_and_the_answer() -> None:
    answer: Json = {"id": 1, "error": "EOrder:Insufficient funds"}
    seen: list[Json] = []
    answers: list[Json] = [{"id": 0}, answer, {"id": 2}]
    checked = rx.from_iterable(answers).pipe(response_ok(refusal, request="add_order"), ops.do_action(seen.append))
    with pytest.raises(RequestRefused, match="refused add_order: EOrder:Insufficient funds") as raised:
        checked.run()
    assert (raised.value.request, raised.value.reason) == ("add_order", "EOrder:Insufficient funds")
    assert raised.value.raw is answer
    assert seen == [{"id": 0}]


def test_an_empty_reason_is_a_refusal_too() -> None:
    with pytest.raises(RequestRefused):
        rx.of({"error": ""}).pipe(response_ok(refusal)).run()


def test_what_the_function_raises_ends_the_stream() -> None:
    with pytest.raises(AssertionError):
        rx.of(["not", "a", "dict"]).pipe(response_ok(refusal)).run()
