"""What the rows of one kind of calls have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeAlias, TypeVar

from attrs import evolve

from rxex.exchanges.bitfinex.rest.models.accepted import accepted
from rxex.exchanges.bitfinex.rest.wire import is_about_orders
from rxex.rest import Endpoint

__all__ = ["Make", "Read", "ask", "ask_mine", "calculate", "change", "change_plain"]

P = ParamSpec("P")
T = TypeVar("T")
Read: TypeAlias = Callable[[Any, Any, int], T]
"""Makes the data of a result, of the parameters and of the time of arrival."""
Make: TypeAlias = Read[T]
"""The same of a notification."""


def ask(name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, pool: str, doc: str) -> Endpoint[P, T]:
    """What anybody may ask; parameters that have no place in the path are in the query."""
    return Endpoint(name, "GET", f"/v2/{path}", parameters, read, base="public", pool=pool, doc=doc)


def calculate(
    name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, doc: str, json: bool = True
) -> Endpoint[P, T]:
    """What anybody may have reckoned, which is a POST that changes nothing."""
    return Endpoint(name, "POST", f"/v2/{path}", parameters, read, json=json, base="public", pool=path, doc=doc)


def ask_mine(
    name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, doc: str, secret: bool = False
) -> Endpoint[P, T]:
    """What only the owner of the key may ask; all of it is a POST."""
    return Endpoint(
        name,
        "POST",
        f"/v2/{path}",
        parameters,
        read,
        private=True,
        json=True,
        secret=secret,
        base="private",
        pool=path,
        doc=doc,
    )


def change_plain(
    name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, doc: str, pool: str | None = None
) -> Endpoint[P, T]:
    """What may change something, and answers without a notification."""
    asked = ask_mine(name, path, parameters, read, doc=doc)
    return evolve(asked, effect=True, pool=pool or path)


def change(
    name: str, path: str, parameters: Callable[P, Any], make: Make[T], *, doc: str, pool: str | None = None
) -> Endpoint[P, T]:
    """What may change something, and answers with a notification, whose status counts and not that of HTTP."""
    read = accepted(name, make, orders=is_about_orders(f"/v2/{path}"))
    return change_plain(name, path, parameters, read, doc=doc, pool=pool)
