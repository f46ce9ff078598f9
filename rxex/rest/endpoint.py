"""Endpoints are data: a name, a path, a class of parameters, and what the result means."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature, signature
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, overload

import attrs
from attrs import frozen
from reactivex import Observable

from rxex.errors import InvalidArgument
from rxex.rest.messages import Response

if TYPE_CHECKING:
    from rxex.rest.client import RestClient

__all__ = ["Endpoint", "NoParameters"]

P = ParamSpec("P")
T = TypeVar("T")


@frozen
class Endpoint(Generic[P, T]):
    """One endpoint of an exchange; on a class of clients it is a method that makes a cold Observable of the answer."""

    name: str
    """The exchange's word for it."""
    method: Literal["GET", "POST", "DELETE", "PUT"]
    path: str
    parameters: Callable[P, Any]
    """The frozen class of its parameters."""
    read: Callable[[Any, Any, int], T]
    """Makes the data of the decoded result, of the parameters, and of the time of arrival."""
    private: bool = False
    """Whether it is signed."""
    effect: bool = False
    """Whether it may change something: it is then sent at most once, whatever happens."""
    cost: float = 1.0
    """What it counts against the exchange's limit."""
    json: bool = False
    """Whether its parameters are sent as JSON."""
    secret: bool = False
    """Whether the answer holds a secret; its bytes are then not kept."""
    base: str = ""
    """Which of the exchange's hosts it is at; see `rxex.rest.RestClient`."""
    pool: str = ""
    """The exchange's word for the limit that it counts against, where there are several."""
    doc: str = ""

    @overload
    def __get__(self, client: None, owner: type) -> Endpoint[P, T]: ...
    @overload
    def __get__(self, client: RestClient, owner: type | None = None) -> Callable[P, Observable[Response[T]]]: ...
    def __get__(
        self, client: RestClient | None, owner: type | None = None
    ) -> Endpoint[P, T] | Callable[P, Observable[Response[T]]]:
        if client is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Observable[Response[T]]:
            try:
                parameters = self.parameters(*args, **kwargs)
            except TypeError as error:
                raise InvalidArgument(self.name, sorted(kwargs), str(error).replace("__init__()", self.name)) from None
            return client.call(self, parameters)

        call.__doc__ = self.help
        call.__name__ = call.__qualname__ = self.name
        call.__signature__ = self._signature  # type: ignore[attr-defined]
        return call

    @property
    def _signature(self) -> Signature:
        return signature(self.parameters).replace(return_annotation="Observable[Response]")

    @property
    def help(self) -> str:
        """What it does and what its parameters mean."""
        kind: Any = self.parameters
        lines = [f"    {each.name}: {each.metadata['doc']}" for each in attrs.fields(kind)]
        return "\n".join([f"{self.doc}", "", *lines])


@frozen
class NoParameters:
    """There is nothing to say."""
