"""How Pro messages are sorted: keys, greetings, notices, answers."""

from __future__ import annotations

from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.channel import Answer
from rxex.events import Heartbeat, SystemStatus
from rxex.exchanges.kucoin.dialect import ServerNotice
from rxex.exchanges.kucoin.pro.asking import answers
from rxex.exchanges.kucoin.pro.dialect import PRO, classify, route, text_in
from rxex.testing import ScriptedSocket

SOCKET = ScriptedSocket(TestScheduler())


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ({"T": "ticker.SPOT", "d": {"s": "BTC-USDT"}}, ("ticker.SPOT", "BTC-USDT")),
        ({"T": "kline.FUTURES", "d": {"s": "XBTUSDTM", "i": "1min"}}, ("kline.FUTURES", "XBTUSDTM", "1min")),
        ({"T": "obu.SPOT", "dp": "5", "d": {"s": "BTC-USDT"}}, ("obu.SPOT", "5", "BTC-USDT")),
        ({"T": "obu.SPOT", "dp": 5, "d": {"s": "BTC-USDT"}}, ("obu.SPOT", "5", "BTC-USDT")),
        ({"T": "markPrice", "d": {"s": "XBTUSDTM"}}, ("mark-price", "XBTUSDTM")),
        ({"T": "balance.UNIFIED", "d": {"c": "USDT"}}, ("balance.UNIFIED",)),
        ({"T": "ticker.SPOT", "d": []}, ("ticker.SPOT",)),
        ({"T": "ticker.SPOT"}, ("ticker.SPOT",)),
        ({"T": "ticker.SPOT", "d": {"s": {"a": []}}}, ("ticker.SPOT", "{'a': []}")),
        ({"T": 7, "d": {}}, None),
        ({"id": "s1-1", "result": True}, None),
        ([], None),
    ],
)
def test_a_message_belongs_to_the_channel_that_it_names(message: Any, key: Any) -> None:
    assert route(message) == key
    hash(route(message))


@pytest.mark.parametrize("message", [{"type": "pong", "id": "p1", "ts": 1}, {"op": "pong"}])
def test_a_pong_of_either_generation_is_a_heartbeat(message: Any) -> None:
    assert isinstance(classify(SOCKET, message), Heartbeat)


def test_the_welcome_is_told() -> None:
    welcome: Any = {"sessionId": "9b5a", "message": "welcome", "pingInterval": 18000}
    assert isinstance(classify(SOCKET, welcome), SystemStatus)


@pytest.mark.parametrize(
    ("message", "text", "code"),
    [
        ({"id": "x", "result": False, "message": "too many"}, "too many", None),
        ({"result": False, "reason": "n" * 500, "code": "429"}, "n" * 200, 429),
        ({"type": "error", "code": 401, "data": "token is expired"}, "token is expired", 401),
        ({"type": "error"}, "no reason was given", None),
    ],
)
def test_an_error_that_answers_no_request_of_ours_is_told(message: Any, text: str, code: int | None) -> None:
    notice = classify(SOCKET, message)
    assert isinstance(notice, ServerNotice)
    assert (notice.text, notice.code) == (text, code)


@pytest.mark.parametrize(
    "message",
    [
        {"id": "s1-1", "result": False},
        {"id": "s1-1", "result": True},
        {"id": "x", "result": True},
        {"type": ["pong"], "op": {}, "message": {"welcome": 1}, "id": []},
        {},
        [],
    ],
)
def test_what_answers_a_request_or_says_nothing_is_no_event(message: Any) -> None:
    assert classify(SOCKET, message) is None


def test_answers_are_found_by_the_id_of_the_request() -> None:
    assert list(answers({"id": "s7-1", "result": True})) == [Answer(7)]
    (no,) = answers({"id": "s7-1", "result": False, "reason": "symbol is invalid"})
    assert (no.id, no.error, no.transient) == (7, "symbol is invalid", False)
    (several,) = answers({"id": "s7-3", "result": False})
    assert several.transient
    others: list[Any] = [{"id": "p7", "result": True}, {"id": "s7-1"}, {"id": "s7-1", "result": "yes"}, []]
    for other in others:
        assert not list(answers(other))


def test_the_limits_are_the_lower_ones_of_those_that_are_written_down() -> None:
    assert PRO.channels_per_socket == 200
    assert PRO.rate is not None
    each_second, at_once = PRO.rate
    assert at_once + 10 * each_second <= 100


def test_the_text_of_an_error_is_found_in_any_member() -> None:
    assert text_in({"reason": None, "message": "a"}) == "a"
    assert text_in({"code": 7}) == "7"
