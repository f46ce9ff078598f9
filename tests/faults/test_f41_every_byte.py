"""F41 over real sockets: the link breaks after each single byte of what is said about an order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from rxex.events import SubscriptionStatus
from rxex.exchanges.kraken import rest
from rxex.exchanges.kraken.orders import AddOrder, add_order_factory, order_query
from rxex.exchanges.kraken.private import executions_of, private_connection
from rxex.exchanges.kraken.sandbox import KrakenSandbox, kraken_sandbox
from rxex.models import Order, Stage
from rxex.operators import fixed, keep_messages_only, private_socket
from tests.exchanges.kraken.trading import entry_of
from tests.fakes.fault_proxy import FaultProxy, Toxics
from tests.history import Told, violations

S = Stage
BUY = AddOrder("BTC/USD", "buy", "market", "0.01")
BEGINNING = [S.SUBMITTING, S.SUBMITTED, S.PENDING, S.OPEN]
SPELLED_OUT = 250  # of what the exchange says: its answer


class Line:
    """The simulated exchange behind a proxy; every order is of an account of its own, so that no limit counts."""

    def __init__(self, exchange: KrakenSandbox, proxy: FaultProxy, version: int) -> None:
        self.exchange, self.proxy, self.version = exchange, proxy, version
        self.path = "/ws-auth/v2" if version == 2 else "/ws-auth"
        self.passed: dict[str, int] = {}
        self._numbers = count()

    def place(self, **cut: int) -> list[Order]:
        """Place an order on a new link that is cut; give what its subscriber is told, against the ledger."""
        account = f"a{next(self._numbers)}"
        before = len(self.exchange.orders)
        connection = private_connection(
            f"ws://127.0.0.1:{self.proxy.port}{self.path}", version=self.version, delays=lambda: fixed(0.0)
        )
        messages = connection.pipe(keep_messages_only())
        sockets = connection.pipe(private_socket(lambda: self.exchange.mint_token(account)))
        told: list[Order] = []
        missing = {("executions", "live")} if self.version == 2 else {("openOrders", "live"), ("ownTrades", "acked")}
        heard, ended = threading.Event(), threading.Event()

        def look(event: object) -> None:
            if isinstance(event, SubscriptionStatus):
                missing.discard((event.channel, event.state.value))
                if not missing:
                    heard.set()

        with rest.client(self.exchange.credentials(account), url=self.exchange.rest_url) as client:
            executions_of(sockets, messages, self.version).subscribe(lambda _: None, lambda _: None)
            connection.link.subscribe(look, lambda _: None)
            # Real time: what was cut off is never carried out later, so that the exchange is believed at once.
            add_order = add_order_factory(sockets, messages, query=order_query(client), settle=0.001)
            link = connection.connect()
            try:
                assert heard.wait(5)
                self.proxy.count(**cut)
                add_order(BUY).subscribe(told.append, None, ended.set)
                assert ended.wait(10), f"it hangs: {told}"
                self.passed = dict(self.proxy.passed)
            finally:
                link.dispose()
        ledger = [entry_of(order) for order in self.exchange.orders[before:]]
        assert violations(ledger, [Told(told[0].client_id, told)]) == [], cut
        return told


@contextmanager
def line(version: int) -> Iterator[Line]:
    with (
        kraken_sandbox(symbols=["BTC/USD"]) as exchange,
        FaultProxy(int(exchange.rest_url.rsplit(":", 1)[1]), Toxics()) as proxy,
    ):
        yield Line(exchange, proxy, version)


@pytest.mark.parametrize(("version", "step"), [(2, 1), (1, 5)])
def test_f41_cut_after_any_byte_of_its_request_an_order_is_there_once_or_not_at_all(version: int, step: int) -> None:
    with line(version) as real:
        assert real.place()[-1].stage is S.FILLED
        length = real.passed["up"]
        cuts = [*range(0, length - 8, step), *range(length - 8, length + 4)]
        for number, cut in enumerate(cuts):
            real.proxy.toxics = Toxics(reset_peer=number % 2 == 1)
            told = real.place(up=cut)
            if cut < length - 8:  # the numbers of requests are not equally long
                assert [order.stage for order in told] == [S.SUBMITTING, S.SUBMITTED, S.UNKNOWN, S.REJECTED], cut
                assert len(real.exchange.orders) == 1
        assert real.place(up=length + 8)[-1].stage is S.FILLED


@pytest.mark.parametrize(("version", "step"), [(2, 1), (1, 8)])
def test_f41_cut_after_any_byte_of_what_is_told_of_it_an_order_ends_with_the_truth(version: int, step: int) -> None:
    with line(version) as real:
        assert real.place()[-1].stage is S.FILLED
        length = real.passed["down"]
        cuts = [*range(0, SPELLED_OUT, step), *range(SPELLED_OUT, length + 1, 15 + 5 * step)]
        courses = set()
        for number, cut in enumerate(cuts):
            real.proxy.toxics = Toxics(reset_peer=number % 2 == 1)
            told = real.place(down=cut)
            assert told[-1].stage is S.FILLED, cut
            assert sum(fill.quantity for fill in told[-1].fills) == BUY.quantity, cut
            courses.add(tuple(order.stage for order in told))
        assert len(real.exchange.orders) == len(cuts) + 1
        assert {(*BEGINNING[:known], S.UNKNOWN, S.FILLED) for known in (2, 3, 4)} <= courses
