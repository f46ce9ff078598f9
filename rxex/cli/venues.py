"""The venues, found by listing `rxex.exchanges`, and what the command can do with each.

A venue's module has ``public_connection(url, ...)`` and, for each channel, ``subscribe_<channel>(symbol, messages, *,
notices)``. Its module ``sandbox`` has ``sandbox(...)``, which makes a simulated exchange; the endpoint of that for
``public_connection`` is ``public_url``, and ``public_v1_url`` for its ``version=1``. A venue without public market data
lacks both functions.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from attrs import field, frozen

import rxex.exchanges
from rxex.connection import Connection
from rxex.errors import InvalidArgument
from rxex.events import Socket
from rxex.operators import TokenSocket
from rxex.sandbox import Sandbox
from rxex.typing import Operator

__all__ = ["Subscribe", "Venue", "find_venue", "venue_names"]

Subscribe = Callable[..., Operator[Socket, Any]]
_PREFIX = "subscribe_"


def venue_names() -> list[str]:
    """The names of all venues."""
    return sorted(module.name for module in pkgutil.iter_modules(rxex.exchanges.__path__) if module.ispkg)


def find_venue(name: str) -> Venue:
    """Load the venue called ``name``; raises `InvalidArgument` where there is none."""
    names = venue_names()
    if name not in names:
        raise InvalidArgument("venue", name, f"choose one of: {', '.join(names)}")
    return Venue(name, importlib.import_module(f"rxex.exchanges.{name}"))


@frozen
class Venue:
    """One venue."""

    name: str
    _module: ModuleType = field(repr=False)

    @property
    def channels(self) -> Mapping[str, Subscribe]:
        """The functions that subscribe to symbols without a token, by the names of their channels."""
        functions = inspect.getmembers(self._module, inspect.isfunction)
        return {
            name.removeprefix(_PREFIX): function
            for name, function in functions
            if name.startswith(_PREFIX) and _can_be_watched(inspect.signature(function))
        }

    def subscribe(self, channel: str, **options: Any) -> Subscribe:
        """The function that subscribes to ``channel``, whose name may stand in the singular or the plural.

        Options that are not None are handed to it; raises `InvalidArgument` for one that it does not have.
        """
        channels = self.channels
        given = {name: value for name, value in options.items() if value is not None}
        for name in (channel, f"{channel}s", channel.removesuffix("s")):
            if name in channels:
                self._check(channels[name], given)
                return partial(channels[name], **given) if given else channels[name]
        if not channels:
            raise InvalidArgument("venue", self.name, "it has no public market data to watch")
        raise InvalidArgument("channel", channel, f"choose one of: {', '.join(channels)}")

    def connection(self, url: str | None, version: int | None) -> Connection:
        """Prepare a connection; None stands for the venue's own choice."""
        make = getattr(self._module, "public_connection", None)
        if make is None:
            raise InvalidArgument("venue", self.name, "it has no public market data to watch")
        given = {} if version is None else {"version": version}
        self._check(make, given)
        connection: Connection = make(url, **given)
        return connection

    def sandbox(self, **options: Any) -> Sandbox:
        """Prepare the simulated exchange; raises `InvalidArgument` for an option that it does not have."""
        try:
            make = importlib.import_module(f"{self._module.__name__}.sandbox").sandbox
        except ModuleNotFoundError as error:
            raise InvalidArgument("venue", self.name, "it has no simulated exchange") from error
        self._check(make, options)
        sandbox: Sandbox = make(**options)
        return sandbox

    def _check(self, make: Callable[..., Any], options: Mapping[str, Any]) -> None:
        known = inspect.signature(make).parameters
        for option, value in options.items():
            if option not in known:
                raise InvalidArgument(f"--{option}", value, f"{self.name} has no such option")


def _can_be_watched(signature: inspect.Signature) -> bool:
    names = list(signature.parameters)
    needs_token = TokenSocket.__name__ in str(signature.return_annotation)
    needs_more = [name for name in names[2:] if signature.parameters[name].default is inspect.Parameter.empty]
    return names[:2] == ["symbol", "messages"] and "notices" in names and not (needs_token or needs_more)


def public_url(sandbox: Sandbox, version: int | None) -> str:
    """The address of a simulated exchange for ``version`` of its protocol."""
    endpoints = sandbox.endpoints
    return endpoints.get(f"public_v{version}_url", endpoints["public_url"])
