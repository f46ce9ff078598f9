"""Paths that parameters are a part of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rxex.errors import InvalidArgument

__all__ = ["filled"]

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACE = re.compile(r"\{([A-Za-z_]+)\}")
# No dots in a row at its beginning, nothing that ends a path or has to be written in another way there.
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:,-]*")


def filled(template: str, given: Mapping[str, Any], request: str) -> tuple[str, dict[str, Any]]:
    """Put parameters in their places; give the path, and the parameters that have no place in it.

    What stands in brackets is left out where its parameter is not given.

    Raises `InvalidArgument` where one is missing, or could make another path of it.

    >>> filled("/orders[/{symbol}]/hist", {"symbol": "tDOGE:USD", "limit": 5}, "closed_orders")
    ('/orders/tDOGE:USD/hist', {'limit': 5})
    >>> filled("/orders[/{symbol}]/hist", {}, "closed_orders")
    ('/orders/hist', {})
    """
    others = dict(given)

    def place(match: re.Match[str]) -> str:
        value = str(others.pop(match[1], ""))
        if not _SAFE.fullmatch(value):
            remedy = f"it is a part of the path of {request}: letters, digits, and . _ ~ : , - between them"
            raise InvalidArgument(match[1], value, remedy)
        return value

    def keep(match: re.Match[str]) -> str:
        return match[1] if all(name in others for name in _PLACE.findall(match[1])) else ""

    return _PLACE.sub(place, _OPTIONAL.sub(keep, template)), others
