"""The fields that many endpoints share, by KuCoin's names in snake case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from attrs import Attribute, frozen

from rxex.errors import InvalidArgument
from rxex.rest.parameters import Check, checked, choice, moment, whole

__all__ = [
    "ClientOid",
    "EndAt",
    "Flag",
    "LastId",
    "Limit",
    "Names",
    "Number",
    "OrderId",
    "Page",
    "PageSize",
    "Paged",
    "Side",
    "StartAt",
    "Symbol",
    "Time",
    "camel",
    "client_word",
    "word",
]

Number: TypeAlias = Decimal | int | str
Names: TypeAlias = str | Sequence[str]
Flag: TypeAlias = bool | None
Time: TypeAlias = int | datetime

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*")
_CLIENT_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def camel(kind: type, fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """Put checks to work, and send names as KuCoin writes them: ``client_oid`` as ``clientOid``."""

    def renamed(each: Attribute[Any]) -> Attribute[Any]:
        if each.metadata["wire"] != each.name:
            return each
        first, *others = each.name.split("_")
        return each.evolve(metadata={**each.metadata, "wire": first + "".join(map(str.capitalize, others))})

    return list(map(renamed, checked(kind, fields)))


def word(doc: str, *, longest: int = 64, wire: str | None = None) -> Check:
    """A text of letters, digits and a few signs, as it can stand in the path of an address."""

    def convert(name: str, value: Any) -> str:
        if not (isinstance(value, str) and len(value) <= longest and _WORD.fullmatch(value)):
            raise InvalidArgument(name, value, f"give 1 to {longest} letters, digits, - and _, a letter or digit first")
        return value

    return Check(doc, convert, wire)


def client_word(doc: str) -> Check:
    """An id of our own."""

    def convert(name: str, value: Any) -> str:
        if not (isinstance(value, str) and _CLIENT_WORD.fullmatch(value)):
            raise InvalidArgument(name, value, "give up to 40 letters, digits, - and _, a letter or digit first")
        return value

    return Check(doc, convert)


Symbol = Annotated[str, word("the symbol, as in BTC-USDT or XBTUSDTM")]
OrderId = Annotated[str, word("KuCoin's id of the order")]
ClientOid = Annotated[str, client_word("your own id of the order")]
Side = Annotated[str, choice("the side", "buy", "sell")]
StartAt = Annotated[Time | None, moment("only what is not earlier", 10**6)]
EndAt = Annotated[Time | None, moment("only what is earlier", 10**6)]
Page = Annotated[int | None, whole("which page, from 1 on", 1, 10**6)]
PageSize = Annotated[int | None, whole("how many on a page", 1, 1000)]
LastId = Annotated[int | None, whole("what the answer before gave as `last_id`, for what is older", 0, 2**63 - 1)]
Limit = Annotated[int | None, whole("how many at most, 20 by default", 1, 100)]


@frozen(kw_only=True, field_transformer=camel)
class Paged:
    """What is asked for page by page."""

    start_at: StartAt = None
    end_at: EndAt = None
    current_page: Page = None
    page_size: PageSize = None
