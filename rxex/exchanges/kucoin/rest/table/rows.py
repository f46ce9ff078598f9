"""What the rows of one pool of calls have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeAlias, TypeVar

import attrs
from attrs import frozen

from rxex.rest import Endpoint

__all__ = ["Rows"]

P = ParamSpec("P")
T = TypeVar("T")
Read: TypeAlias = Callable[[Any, Any, int], T]


@frozen
class Rows:
    """Makes endpoints at one of KuCoin's hosts, counted in one of its pools."""

    base: str
    pool: str
    private: bool = True

    def get(
        self, name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, weight: int, doc: str
    ) -> Endpoint[P, T]:
        """What only asks."""
        return Endpoint(
            name, "GET", path, parameters, read, self.private, cost=weight, base=self.base, pool=self.pool, doc=doc
        )

    def post(
        self, name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, weight: int, doc: str
    ) -> Endpoint[P, T]:
        """What may change something; its parameters are JSON."""
        return attrs.evolve(
            self.get(name, path, parameters, read, weight=weight, doc=doc), method="POST", effect=True, json=True
        )

    def token(
        self, name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, weight: int, doc: str
    ) -> Endpoint[P, T]:
        """What asks for a secret, and changes nothing though it is a POST."""
        return attrs.evolve(self.post(name, path, parameters, read, weight=weight, doc=doc), effect=False, secret=True)

    def delete(
        self, name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, weight: int, doc: str
    ) -> Endpoint[P, T]:
        """What cancels or removes; its parameters are in the query."""
        return attrs.evolve(
            self.get(name, path, parameters, read, weight=weight, doc=doc), method="DELETE", effect=True
        )

    def delete_json(
        self, name: str, path: str, parameters: Callable[P, Any], read: Read[T], *, weight: int, doc: str
    ) -> Endpoint[P, T]:
        """What cancels or removes; its parameters are JSON."""
        return attrs.evolve(self.delete(name, path, parameters, read, weight=weight, doc=doc), json=True)
