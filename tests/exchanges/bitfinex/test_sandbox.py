"""The simulated Bitfinex as users start it: its arguments, its endpoints, our own client, clients of others."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest
from reactivex.testing import TestScheduler

from rxex.auth import Credentials
from rxex.connection import Connection
from rxex.errors import InvalidArgument
from rxex.events import Gap
from rxex.exchanges import bitfinex
from rxex.exchanges.bitfinex.dialect import make_dialect
from rxex.exchanges.bitfinex.sandbox import INSTRUMENTS, BitfinexSandbox, bitfinex_sandbox, sandbox
from rxex.exchanges.bitfinex.sandbox.instruments import TERMS, currencies_of
from rxex.operators import backoff_reconnect, filter_new_socket_only, fixed, keep_messages_only
from rxex.sandbox import Faults
from tests.exchanges.bitfinex.sandbox_clients import raw_client
from tests.exchanges.bitfinex.virtual_clients import login


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"speed": 0}, "speed"),
        ({"speed": -1}, "speed"),
        ({"flood": -1}, "flood"),
        ({"symbols": ["BTCUSD"]}, "BTCUSD"),
        ({"playback": "nowhere.jsonl"}, "nowhere"),
        ({"playback": []}, "playback"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidArgument, match=word):
        bitfinex_sandbox(**options)


def test_the_endpoints_have_the_names_of_the_attributes() -> None:
    assert sandbox is bitfinex_sandbox
    with bitfinex_sandbox() as exchange:
        assert exchange.endpoints == {
            "public_url": exchange.public_url,
            "private_url": exchange.private_url,
            "rest_url": exchange.rest_url,
        }
        with urlopen(f"{exchange.rest_url}/v2/platform/status", timeout=5) as answer:
            assert json.load(answer) == [1]


def test_only_the_chosen_symbols_are_traded() -> None:
    with bitfinex_sandbox(symbols=["tETHUSD"]) as exchange, raw_client(exchange.public_url) as client:
        assert client.ask(event="subscribe", channel="ticker", symbol="tBTCUSD")["code"] == "10300"
        assert client.ask(event="subscribe", channel="ticker", symbol="tETHUSD")["event"] == "subscribed"


def test_instruments_have_terms_two_currencies_and_five_digits_or_six() -> None:
    for symbol, instrument in INSTRUMENTS.items():
        assert symbol == instrument.symbol
        assert instrument.price.as_tuple().exponent == -instrument.price_digits
        assert len(instrument.price.as_tuple().digits) <= 6
        assert (TERMS[symbol].base, TERMS[symbol].quote) == currencies_of(symbol)


def test_an_order_goes_through_sockets_of_a_client_that_is_not_ours() -> None:
    with bitfinex_sandbox(seed=2) as exchange, raw_client(exchange.private_url) as client:
        assert client.ask(**login(exchange.credentials()))["status"] == "OK"
        kinds = [client.receive()[1] for _ in range(6)]
        assert kinds == ["ps", "ws", "os", "fos", "fcs", "fls"]
        order = {"type": "EXCHANGE MARKET", "symbol": "tBTCUSD", "amount": "0.0001", "cid": 5}
        client.send([0, "on", None, order])
        while kinds[-1] != "tu":
            kinds.append(client.receive()[1])
        assert sorted(kinds[6:]) == ["n", "oc", "te", "tu", "wu", "wu"]
        assert exchange.placed(5)[0].fills
        assert exchange.open_sessions == [1]


def test_rest_answers_over_sockets_and_a_refusal_has_its_status() -> None:
    with bitfinex_sandbox() as exchange:
        url = f"{exchange.rest_url}/v2/book/tDOGE:USD/P0?len=1"
        with urlopen(url, timeout=5) as answer:
            assert len(json.load(answer)) == 2
        call = Request(f"{exchange.rest_url}/v2/auth/r/wallets", b"{}", {"bfx-apikey": "x"})
        with pytest.raises(OSError, match="500"):
            urlopen(call, timeout=5)


def asked(session: int) -> Callable[[BitfinexSandbox], bool]:
    return lambda exchange: any(entry.session == session and "subscribe" in entry.text for entry in exchange.requests)


def test_our_own_client_keeps_books_over_cut_connections_and_verifies_every_checksum() -> None:
    enough = threading.Event()
    seen: list[Any] = []
    with bitfinex_sandbox(seed=1, speed=20) as exchange:
        connection = bitfinex.public_connection(exchange.public_url, delays=lambda: fixed(0.05))
        messages = connection.pipe(keep_messages_only())

        def take(item: Any) -> None:
            seen.append(item)
            if len(seen) % 20 == 0:
                enough.set()

        books = bitfinex.subscribe_book("tBTCUSD", messages, notices=True)
        connection.pipe(filter_new_socket_only(), books).subscribe(take)
        link = connection.connect()
        for number in range(1, 4):
            assert exchange.wait_until(asked(number))
            enough.clear()
            assert enough.wait(10)
            if number < 3:
                exchange.cut()
        link.dispose()
        assert exchange.wait_until(lambda exchange: not exchange.open_sessions)
        assert any('"cs"' in sent.text for sent in exchange.sent)
    assert len([item for item in seen if isinstance(item, Gap)]) == 2


def watch(seed: int) -> list[str]:
    """A minute of books and trades in virtual time, with faults."""
    scheduler = TestScheduler()
    faults = Faults(seed=seed, cut_every=(5, 20), close_every=(10, 30), half_open_every=(20, 40), delay=(0, 0.1))
    exchange = bitfinex_sandbox(seed=seed, faults=faults).in_virtual_time(scheduler)
    reconnect = backoff_reconnect(lambda: fixed(1.0), jitter=0.0, scheduler=scheduler)
    connection = Connection(lambda receive: exchange.source(receive).pipe(reconnect), make_dialect())
    messages = connection.pipe(keep_messages_only())
    seen: list[str] = []

    def take(item: Any) -> None:
        seen.append(f"{scheduler.to_seconds(scheduler.now)} {item}")

    for subscribe in (bitfinex.subscribe_book, bitfinex.subscribe_trades):
        connection.pipe(filter_new_socket_only(), subscribe("tBTCUSD", messages)).subscribe(take)
    link = connection.connect()
    scheduler.advance_to(60)
    link.dispose()
    scheduler.start()
    assert exchange.connections > 3
    return seen


def test_in_virtual_time_our_client_sees_the_same_run_with_the_same_seed() -> None:
    first = watch(3)
    assert len(first) > 50
    assert first == watch(3)


def test_keys_are_those_of_an_account() -> None:
    exchange = bitfinex_sandbox().in_virtual_time(TestScheduler())
    assert isinstance(exchange.credentials("other"), Credentials)
    assert "other" not in repr(exchange.credentials("other"))
