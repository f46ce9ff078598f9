"""What TheOne's REST answers, where the WebSocket has nothing of the kind.

Source: TheOne's documents on REST.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from rxex.auth import Secret
from rxex.codec import number
from rxex.errors import MalformedMessage

__all__ = [
    "ApiKey",
    "Health",
    "NewApiKey",
    "ServerTime",
    "Version",
    "read_health",
    "read_key",
    "read_keys",
    "read_new_key",
    "read_nothing",
    "read_server_time",
    "read_version",
]


@frozen
class Health:
    """The service's word on itself; ``time`` in nanoseconds since the epoch."""

    status: str
    time: int
    raw: Any = attrs.field(default=None, repr=False, eq=False)


@frozen
class ServerTime:
    """The exchange's time in nanoseconds since the epoch."""

    time: int
    raw: Any = attrs.field(default=None, repr=False, eq=False)


@frozen
class Version:
    """What the service is made of."""

    version: str
    commit: str | None = None
    build_time: str | None = None
    go_version: str | None = None
    raw: Any = attrs.field(default=None, repr=False, eq=False)


@frozen
class ApiKey:
    """An API key; its secret is told once, when it is made. What else the exchange says of it stands in ``raw``."""

    id: str
    key: Secret | None = None
    name: str | None = None
    raw: Any = attrs.field(default=None, repr=False, eq=False)


@frozen
class NewApiKey(ApiKey):
    """A new API key, with its secret."""

    secret: Secret | None = None


def _object(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise MalformedMessage("an object was expected")
    return data


def _nanoseconds(milliseconds: Any) -> int:
    return int(number(milliseconds)) * 1_000_000


def read_health(data: Any, _: object, __: int) -> Health:
    """Read the answer of the health check."""
    data = _object(data)
    return Health(str(data["status"]), _nanoseconds(data["time"]), data)


def read_server_time(data: Any, _: object, __: int) -> ServerTime:
    """Read the exchange's time."""
    data = _object(data)
    return ServerTime(_nanoseconds(data["serverTime"]), data)


def read_version(data: Any, _: object, __: int) -> Version:
    """Read the version."""
    data = _object(data)
    return Version(str(data["version"]), data.get("commit"), data.get("buildTime"), data.get("goVersion"), data)


# The names of a key's fields are in no document; of the usual ones the first that is there is taken.


def _first(data: Mapping[str, Any], *names: str) -> str | None:
    value = next((data[name] for name in names if data.get(name)), None)
    return None if value is None else str(value)


def _facts(data: Any) -> dict[str, Any]:
    data = _object(data)
    key_id, key = _first(data, "uuid", "id"), _first(data, "apiKey", "api_key", "key")
    if key_id is None:
        raise MalformedMessage("the key has no id")
    shown = {name: value for name, value in data.items() if "secret" not in name.lower()}
    return {
        "id": key_id,
        "key": None if key is None else Secret(key),
        "name": _first(data, "name", "label"),
        "raw": shown,
    }


def read_key(data: Any, _: object, __: int) -> ApiKey:
    """Read a key."""
    return ApiKey(**_facts(data))


def read_keys(data: Any, _: object, __: int) -> tuple[ApiKey, ...]:
    """Read a list of keys, bare or in an object."""
    if isinstance(data, dict):
        data = next((value for value in data.values() if isinstance(value, list)), None)
    if not isinstance(data, list):
        raise MalformedMessage("there is no list of keys")
    return tuple(ApiKey(**_facts(each)) for each in data)


def read_new_key(data: Any, _: object, __: int) -> NewApiKey:
    """Read a key that was just made."""
    secret = _first(_object(data), "secretKey", "apiSecret", "api_secret", "secret_key", "secret")
    return NewApiKey(**_facts(data), secret=None if secret is None else Secret(secret))


def read_nothing(_: Any, __: object, ___: int) -> None:
    """That it was answered says it all."""
