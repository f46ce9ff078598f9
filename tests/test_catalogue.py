"""The catalogue of operators says what happens: every diagram and every piece of Python in it is run."""

from __future__ import annotations

import inspect
import re
from decimal import Decimal
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from reactivex import Observable
from reactivex.notification import Notification, OnCompleted, OnError, OnNext
from reactivex.observable.marbles import parse
from reactivex.testing import Recorded, TestScheduler

import rxex.auth
import rxex.channel
import rxex.errors
import rxex.events
import rxex.models
import rxex.operators
from rxex.testing.scripted_socket import ScriptedSocket

CATALOGUE = Path(__file__).parent.parent / "operators"
PAGES = sorted(path for path in CATALOGUE.glob("*.md"))
MODULES = (rxex.auth, rxex.channel, rxex.operators, rxex.events, rxex.errors, rxex.models)

_BLOCK = re.compile(r"^```(?P<kind>[a-z][a-z ]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_STREAM = re.compile(r"(?P<cold>cold )?(?P<name>\w+):\s+(?P<marbles>\S.*)")
_MEANING = re.compile(r"(?P<element>\S+) = (?P<expression>.+)")


def blocks(kind: str) -> list[Any]:
    """Give every block of one kind in the catalogue, as a parameter named after its page."""
    return [
        pytest.param(block["text"], id=f"{page.stem}-{number}")
        for page in PAGES
        for number, block in enumerate(_BLOCK.finditer(page.read_text()))
        if block["kind"] == kind
    ]


class Diagram:
    """A marble diagram as text: sources, an operator and what has to come out (see ``operators/README.md``)."""

    def __init__(self, text: str) -> None:
        self.clock = TestScheduler()
        self.socket = ScriptedSocket(self.clock)
        self.names: dict[str, Any] = {"Decimal": Decimal, "scheduler": self.clock, "socket": self.socket}
        self.names["other"] = ScriptedSocket(self.clock)
        exec("from datetime import timedelta", self.names)
        for module in MODULES:
            self.names |= {name: getattr(module, name) for name in module.__all__}
        self.meanings: dict[str | float, Any] = {}
        self.sources: list[Observable[Any]] = []
        self.expected: dict[str, list[tuple[float, Any]]] = {}
        self.length = 0
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        streams, operator = self._sort(lines)
        self.operator = operator
        for cold, name, marbles in streams:
            self._add_stream(name, self._parse(marbles), cold=cold)

    def _sort(self, lines: list[str]) -> tuple[list[tuple[bool, str, str]], str]:
        streams, operator = [], []
        for line in lines:
            if stream := _STREAM.fullmatch(line):
                streams.append((bool(stream["cold"]), stream["name"], stream["marbles"]))
            elif meaning := _MEANING.fullmatch(line):
                value = eval(meaning["expression"], self.names)
                element = meaning["element"]
                self.meanings[int(element) if element.isdigit() else element] = value
                if element.isidentifier():
                    self.names[element] = value
            else:
                operator.append(line)
        return streams, "\n".join(operator).strip()

    def _parse(self, marbles: str) -> list[tuple[float, Notification[Any]]]:
        self.length = max(self.length, len(marbles.replace(" ", "")))
        parsed = parse(marbles, timespan=1.0, lookup=self.meanings, error=self.meanings.get("#"), raise_stopped=True)
        return [(self.clock.to_seconds(time), _with_errors(item)) for time, item in parsed]

    def _add_stream(self, name: str, items: list[tuple[float, Notification[Any]]], *, cold: bool) -> None:
        if name == "result":
            self.expected[name] = [(time, _plain(item)) for time, item in items]
        elif name in {"sent", "dropped"}:
            self.expected[name] = [(time, _text_of_error(_value(item))) for time, item in items]
        else:
            records: list[Recorded[Any]] = [Recorded(time, item) for time, item in items]  # type: ignore[arg-type]
            make = self.clock.create_cold_observable if cold else self.clock.create_hot_observable
            source: Observable[Any] = make(records)
            self.names[name] = source
            self.sources.append(source)

    def run(self) -> dict[str, list[tuple[float, Any]]]:
        """Give what came out, and what was sent or dropped where the diagram tells it."""
        observer = self.clock.create_observer()
        result: Observable[Any] = self.sources[0].pipe(eval(f"({self.operator})", self.names))
        subscription = result.subscribe(observer, scheduler=self.clock)
        self.clock.advance_to(self.length)
        subscription.dispose()
        actual: dict[str, list[tuple[float, Any]]] = {
            "result": [(record.time, _plain(record.value)) for record in observer.messages],
            "sent": self.socket.sent,
            "dropped": [(time, _text_of_error(error)) for time, error in _dropped(self.socket)],
        }
        return {name: actual[name] for name in self.expected}


def _with_errors(item: Notification[Any]) -> Notification[Any]:
    return OnError(item.value) if isinstance(item, OnNext) and isinstance(item.value, Exception) else item


def _value(item: Notification[Any]) -> Any:
    return item.exception if isinstance(item, OnError) else item.value


def _dropped(socket: ScriptedSocket) -> list[tuple[float, Exception]]:
    if socket.closed is None or socket.closed.error is None or socket.closed_at is None:
        return []
    return [(socket.closed_at, socket.closed.error)]


def _plain(item: Any) -> tuple[str, Any]:
    match item:
        case OnNext():
            return "item", item.value
        case OnError():
            return "error", _text_of_error(item.exception)
        case OnCompleted():
            return "end", None
    raise AssertionError(item)


def _text_of_error(value: Any) -> Any:
    return (type(value).__name__, str(value)) if isinstance(value, Exception) else value


@pytest.mark.parametrize("text", blocks("marbles"))
def test_a_diagram_shows_what_the_operator_does(text: str) -> None:
    diagram = Diagram(text)
    assert "result" in diagram.expected
    assert diagram.run() == diagram.expected


@pytest.mark.parametrize("text", blocks("python"))
def test_the_python_of_a_page_runs_on_its_own(text: str) -> None:
    assert "assert " in text
    exec(compile(text, "<catalogue>", "exec"), {"__name__": "__catalogue__"})


def test_a_diagram_that_lies_is_found_out() -> None:
    diagram = "events: -m-|\nkeep_messages_only()\nresult: {}\nm = Message(socket, {{}})\np = {{}}"
    true, late = Diagram(diagram.format("-p-|")), Diagram(diagram.format("--p|"))
    assert true.run() == true.expected
    assert late.run() != late.expected


def test_every_public_operator_has_a_page() -> None:
    public = {name for name in rxex.operators.__all__ if isinstance(getattr(rxex.operators, name), FunctionType)}
    described = {
        name for text in blocks("python signature") for name in re.findall(r"^def (\w+)", text.values[0], re.MULTILINE)
    }
    assert public - described == set()
    assert described - public == set()
    assert {page.stem for page in PAGES} - public == {"README"}


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != "README"], ids=lambda page: page.stem)
def test_a_page_has_all_its_parts(page: Path) -> None:
    kinds = [block["kind"] for block in _BLOCK.finditer(page.read_text())]
    assert page.read_text().startswith(f"# {page.stem}\n")
    assert {"marbles", "python signature", "python"} <= set(kinds)
    assert f"]({page.name})" in (CATALOGUE / "README.md").read_text()


def test_every_link_leads_to_a_page() -> None:
    links = {link for page in PAGES for link in re.findall(r"\]\(([^)]+\.md)\)", page.read_text())}
    assert links - {page.name for page in PAGES} == set()


@pytest.mark.parametrize("text", blocks("python signature"))
def test_the_signature_of_a_page_is_that_of_the_code(text: str) -> None:
    for definition in re.split(r"\n(?=def )", text.strip()):
        name = re.match(r"def (\w+)", definition)
        assert name, definition
        function = getattr(rxex.operators, name[1])
        names = dict(function.__globals__)
        exec(f"from __future__ import annotations\n{definition.strip()}: ...", names)
        assert inspect.signature(names[name[1]]) == inspect.signature(function)
