"""The recipes work: their Python is run as it stands on their pages, and the link is cut in the middle."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Self
from urllib.parse import urlencode

import pytest

from rxex.auth import Credentials
from rxex.exchanges.theone.sandbox import TheOneSandbox, theone_sandbox

RECIPES = Path(__file__).parents[3] / "examples" / "recipes"
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(page: str) -> dict[str, Any]:
    """Run the Python of a page, and give its names."""
    # As a module, because annotations of a web application are looked up in one.
    module = ModuleType(f"recipe_{page}")
    sys.modules[module.__name__] = module
    for block in _BLOCK.findall((RECIPES / f"{page}.md").read_text()):
        exec(compile(block, f"{page}.md", "exec"), module.__dict__)
    return module.__dict__


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Iterator[TheOneSandbox]:
    with theone_sandbox(balances={"ETH": 10, "USDT": 5}, walk=(0.1, 0.2)) as served:
        monkeypatch.setenv("BROKER_URL", served.ws_url)
        monkeypatch.setenv("BROKER_API_KEY", "test_key_1")
        monkeypatch.setenv("BROKER_SECRET_KEY", "test_secret_1")
        yield served


async def until(done: Callable[[], Any], timeout: float = 10.0) -> None:
    async with asyncio.timeout(timeout):
        while not done():
            await asyncio.sleep(0.01)


class Asgi:
    """The server's side of an application: its life, and requests."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._incoming: asyncio.Queue[Any] = asyncio.Queue()
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        self._life: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._life = asyncio.create_task(
            self._app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, self._incoming.get, self._told.put)
        )
        await self._say("startup")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._say("shutdown")
        assert self._life is not None
        await self._life

    async def _say(self, what: str) -> None:
        await self._incoming.put({"type": f"lifespan.{what}"})
        told = await asyncio.wait_for(self._told.get(), 10)
        assert told["type"] == f"lifespan.{what}.complete"

    async def ask(self, method: str, path: str, **query: str) -> tuple[int, Any]:
        told: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            told.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": urlencode(query).encode(),
            "headers": [],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await asyncio.wait_for(self._app(scope, receive, send), 20)
        body = b"".join(message.get("body", b"") for message in told)
        return told[0]["status"], json.loads(body)


def test_a_fastapi_application_connects_at_its_start_and_closes_at_its_end(exchange: TheOneSandbox) -> None:
    app = run("fastapi")["app"]

    async def use() -> None:
        async with Asgi(app) as server:
            await until(lambda: app.state.connection.is_connected)
            assert await server.ask("GET", "/status") == (200, {"websocket_connected": True})
            assert await server.ask("GET", "/balances") == (200, {"ETH": "10", "USDT": "5"})
            exchange.hold_swaps()
            swap = asyncio.create_task(server.ask("POST", "/swap", amount="1.5", from_asset="ETH", to_asset="USDT"))
            await until(lambda: exchange.swaps)
            exchange.cut()
            await until(lambda: not app.state.connection.is_connected)
            assert await server.ask("GET", "/status") == (200, {"websocket_connected": False})
            exchange.release_swaps()
            code, end = await swap
            assert code == 200
            assert (end["stage"], end["reason"]) == ("filled", "")
            assert len(exchange.swapped(end["client"])) == 1
            code, refused = await server.ask("POST", "/swap", amount="99", from_asset="ETH", to_asset="USDT")
            assert (refused["stage"], refused["reason"]) == ("rejected", "Insufficient balance")
        assert exchange.open_sessions == [] or exchange.wait_until(lambda it: not it.open_sessions)

    asyncio.run(use())
    assert sum(request.text.count('"auth"') for request in exchange.requests) == 2


class FakeConsumer:
    """What the consumer of the recipe needs of Django channels."""

    def __init__(self) -> None:
        self.accepted = False
        self.told: list[Any] = []

    async def accept(self) -> None:
        self.accepted = True

    async def send_json(self, content: Any) -> None:
        json.dumps(content)
        self.told.append(content)


def test_a_consumer_of_channels_has_a_connection_as_long_as_its_client(
    exchange: TheOneSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("channels", "channels.generic", "channels.generic.websocket"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    vars(sys.modules["channels.generic.websocket"])["AsyncJsonWebsocketConsumer"] = FakeConsumer
    make = run("django_channels")["TradingConsumer"]

    async def use() -> None:
        consumer = make()
        await consumer.connect()
        assert consumer.accepted
        await until(lambda: any('"subscribe"' in request.text for request in exchange.requests))
        exchange.hold_swaps()
        await consumer.receive_json({"amount": "1", "from": "ETH", "to": "USDT", "id": "mine"})
        await until(lambda: {"swap": "mine", "stage": "pending"} in consumer.told)
        exchange.cut()
        await until(lambda: {"missed": "balances"} in consumer.told)
        exchange.release_swaps()
        await until(lambda: {"swap": "mine", "stage": "filled"} in consumer.told)
        await until(lambda: {"asset": "ETH", "total": "9"} in consumer.told)
        stages = [told["stage"] for told in consumer.told if "swap" in told]
        assert stages[:4] == ["submitting", "submitted", "pending", "unknown"]
        await consumer.disconnect(1000)
        assert exchange.wait_until(lambda it: not it.open_sessions)

    asyncio.run(use())
    assert len(exchange.swapped("mine")) == 1


def test_a_service_has_subscriptions_that_come_and_go(
    exchange: TheOneSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    service = run("service")["BrokerService"](exchange.ws_url, delays=lambda: iter([0.05] * 20), attempts=None)
    told: list[Any] = []
    service.start()
    try:
        assert [balance.asset for balance in service.get_balances().run()] == ["ETH", "USDT"]
        assert service.estimate_swap("1", "ETH", "USDT").run().expected_out > 2000
        service.add_subscription("balances", told.append)
        service.add_subscription("nonsense", told.append)
        service.add_subscription("orders:ord_1", told.append)
        assert exchange.wait_until(lambda it: sum('"subscribe"' in request.text for request in it.requests) == 3)
        service.remove_subscription("orders:ord_1")
        assert exchange.wait_until(lambda it: sum('"unsubscribe"' in request.text for request in it.requests) == 1)
        exchange.cut()
        assert exchange.wait_until(lambda it: sum('"balances"' in request.text for request in it.requests) >= 3)
        service.start()
        assert service.execute_swap("1", "ETH", "USDT").run().stage == "filled"
        assert exchange.wait_until(lambda _: len(told) >= 3)
    finally:
        service.stop()
    assert {message["ch"] for message in told} == {"balances"}
    assert "nonsense: the exchange refused the subscription" in capsys.readouterr().out
    assert exchange.wait_until(lambda it: not it.open_sessions)


def test_several_clients_go_on_where_one_is_refused_and_each_has_its_own(exchange: TheOneSandbox) -> None:
    names = run("several_clients")
    keys = {
        "first": exchange.credentials("test_key_1"),
        "second": exchange.credentials("test_key_2"),
        "stranger": Credentials("nobody", "x"),
    }
    clients = names["connections"](exchange.ws_url, keys)
    told: list[Any] = []
    feed = names["balances_of_all"](clients).subscribe(told.append)
    links = [client.connect() for client in clients.values()]
    try:
        assert exchange.wait_until(lambda it: sum('"subscribe"' in request.text for request in it.requests) == 2)
        assert [client.is_connected for client in clients.values()] == [True, True, False]
        exchange.cut()
        assert exchange.wait_until(lambda it: sum('"subscribe"' in request.text for request in it.requests) == 4)
        for key in ("test_key_1", "test_key_2"):
            exchange._run(lambda simulation, key=key: _swap(simulation, key))  # type: ignore[misc]
        assert exchange.wait_until(lambda _: len({name for name, _ in told}) == 2)
    finally:
        feed.dispose()
        for link in links:
            link.dispose()
    assert {name for name, _ in told} == {"first", "second"}


def _swap(simulation: Any, account: str) -> None:
    broker = next(iter(simulation.protocols.values())).broker
    broker.swap(account, {"from": "ETH", "to": "USDT", "amount": "1"})
    broker.flush()


def test_every_recipe_is_run_and_listed() -> None:
    pages = {page.stem for page in RECIPES.glob("*.md")} - {"README"}
    listed = set(re.findall(r"\]\((\w+)\.md\)", (RECIPES / "README.md").read_text()))
    tests = "".join(path.read_text() for path in Path(__file__).parents[1].glob("*/test_recipes.py"))
    ran = set(re.findall(r'(?:run\(|/ )"(\w+)(?:\.md)?"', tests)) - {"examples", "recipes", "README"}
    assert pages == listed == ran
