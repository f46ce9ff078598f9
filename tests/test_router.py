"""The router: what it learns from the shape of a message must never send one to the wrong place."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from reactivex.observer import Observer
from reactivex.testing import TestScheduler

from rxex.channel import Dialect
from rxex.events import Malformed, SocketEvent
from rxex.fanout import FanOut
from rxex.router import Router
from rxex.testing import ScriptedSocket
from tests.plain import DIALECT

SOCKET = ScriptedSocket(TestScheduler())


def _router(dialect: Dialect = DIALECT) -> tuple[Router, list[SocketEvent]]:
    emitted: list[SocketEvent] = []
    return Router(dialect, emitted.append, FanOut(), lambda feed, socket: True, lambda feed: None), emitted


def _listen(router: Router, key: Any) -> list[Any]:
    seen: list[Any] = []
    router.subscribe(key, Observer(seen.append))
    return seen


def _frame(symbol: str, price: str = "1.50") -> bytes:
    return f'{{"channel":"tick","symbol":"{symbol}","price":{price}}}'.encode()


def test_symbols_that_differ_in_a_digit_only_are_kept_apart() -> None:
    router, _ = _router()
    symbols = ["1INCH/USD", "2INCH/USD", "INCH/USD", "11INCH/USD"]
    seen = {symbol: _listen(router, ("tick", symbol)) for symbol in symbols}
    for _ in range(3):
        for symbol in symbols:
            assert router.receive(SOCKET, _frame(symbol), 0) is None
    assert {symbol: len(items) for symbol, items in seen.items()} == dict.fromkeys(symbols, 3)
    assert all(item["symbol"] == symbol for symbol, items in seen.items() for item in items)


@given(
    st.lists(st.tuples(st.sampled_from(["A1", "A2", "A", "B12", "B21", "1", "12"]), st.integers(0, 10**6)), max_size=30)
)
def test_every_message_reaches_its_own_channel_whatever_came_before(messages: list[tuple[str, int]]) -> None:
    router, _ = _router()
    seen = {symbol: _listen(router, ("tick", symbol)) for symbol in {symbol for symbol, _ in messages}}
    for symbol, price in messages:
        router.receive(SOCKET, _frame(symbol, str(price)), 0)
    for symbol, items in seen.items():
        assert [item["price"] for item in items] == [price for its, price in messages if its == symbol]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text('a1"\\é ', max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("k12", min_size=1, max_size=3), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_every_object_or_array_comes_out_as_it_went_in(message: Any) -> None:
    router, _ = _router(Dialect("any", route=lambda _: None))
    seen = _listen(router, None)
    frame = json.dumps(message).encode()
    for _ in range(2):
        result = router.receive(SOCKET, frame, 0)
        assert (result is None) == isinstance(message, dict | list)
    if isinstance(message, dict | list):
        assert seen == [message, message]


def test_numbers_keep_their_digits_on_the_second_message_of_a_shape_too() -> None:
    router, _ = _router()
    seen = _listen(router, ("tick", "A"))
    for price in ("0.10000", "63000.0", "0.00000001"):
        router.receive(SOCKET, _frame("A", price), 0)
    assert [str(item["price"]) for item in seen] == ["0.10000", "63000.0", "1E-8"]
    assert all(isinstance(item["price"], Decimal) for item in seen)


def test_a_repeated_key_is_malformed_even_where_it_has_the_shape_of_two_keys() -> None:
    router, _ = _router(Dialect("any", route=lambda _: None))
    assert router.receive(SOCKET, b'{"a1":1,"a2":2}', 0) is None
    assert isinstance(router.receive(SOCKET, b'{"a1":1,"a1":2}', 0), Malformed)
    assert isinstance(router.receive(SOCKET, b'{"b":1,"b":2}', 0), Malformed)


def test_a_number_out_of_bounds_is_malformed_though_its_shape_is_known() -> None:
    router, _ = _router()
    seen = _listen(router, ("tick", "A"))
    router.receive(SOCKET, _frame("A", "1.5"), 0)
    result = router.receive(SOCKET, _frame("A", "1." + "1" * 4300), 0)
    assert isinstance(result, Malformed)
    assert len(result.excerpt) <= 200
    assert len(seen) == 1


def test_a_route_that_raises_is_contained() -> None:
    def broken(message: Any) -> Any:
        return message["missing"]

    router, _ = _router(Dialect("broken", route=broken))
    result = router.receive(SOCKET, b'{"a":1}', 0)
    assert isinstance(result, Malformed)
    assert "KeyError" in str(result.error)


def test_a_channel_known_by_a_number_is_asked_for_each_time() -> None:
    router, _ = _router(Dialect("numbered", route=lambda message: message[0] if isinstance(message, list) else None))
    seen = {number: _listen(router, number) for number in (1, 2)}
    for number in (1, 2, 1, 2, 3):
        router.receive(SOCKET, f"[{number},[5,6]]".encode(), 0)
    assert {number: len(items) for number, items in seen.items()} == {1: 2, 2: 2}


def test_shapes_without_end_are_forgotten_and_still_routed(monkeypatch: Any) -> None:
    monkeypatch.setattr("rxex.router._MOST_SHAPES", 8)
    router, _ = _router()
    seen = _listen(router, ("tick", "A"))
    for number in range(100):
        name = "".join(chr(97 + int(digit)) for digit in str(number))
        router.receive(SOCKET, f'{{"channel":"tick","symbol":"A","price":1,"note":"{name}"}}'.encode(), 0)
    assert len(seen) == 100
    assert len(router._shapes) <= 8


def test_a_route_nobody_wants_any_more_is_dropped() -> None:
    router, _ = _router()
    subscription = router.subscribe(("tick", "A"), Observer())
    subscription.dispose()
    assert router._routes == {}
    assert router.receive(SOCKET, _frame("A"), 0) is None
