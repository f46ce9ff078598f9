"""Our names for KuCoin's refusals, and what says neither yes nor no.

Source: KuCoin's page "Error code", and what other clients met where it is silent.
"""

from __future__ import annotations

import re
from typing import Any

from rxex.orders import OrderRefused, Refusal

__all__ = ["UNCLEAR", "kind_of", "refused"]

UNCLEAR = frozenset({"408000", "500000", "230005", "300002", "300015", "501000", "503000", "504000", "505000"})
"""Codes that do not tell whether an order was made: ask for it by its client id."""

# Spot, margin and the gateway; one code may stand for several things.
_SPOT = {
    Refusal.INSUFFICIENT_FUNDS: "102421 200004 126013",
    Refusal.DUPLICATE_CLIENT_ID: "102426 126033 126044",
    Refusal.TOO_MANY_ORDERS: "102427 200003 126011",
    Refusal.TOO_SMALL: "126003",
    Refusal.INVALID_PRICE: "102429 126022 126029 126030",
    Refusal.INVALID_REQUEST: "102411 404000 415000 126027 126028",
    Refusal.UNAVAILABLE: "102428",
    Refusal.TOO_LATE: "102436 126041",
    Refusal.NOT_TRADING: "200001 200002 400600 600203 126009 126010",
    Refusal.NOT_PERMITTED: "200009 260210 400200 400500 400700 126001 126047 126048",
    Refusal.MARGIN: "400800 126042",
    Refusal.UNKNOWN_SYMBOL: "900001 126004 126006 126007",
    Refusal.UNKNOWN_ORDER: "126043",
}
_FUTURES = {
    Refusal.INSUFFICIENT_FUNDS: "200005 300003",
    Refusal.DUPLICATE_CLIENT_ID: "300018",
    Refusal.TOO_MANY_ORDERS: "300001 300004",
    Refusal.INVALID_PRICE: "300011 300012",
    Refusal.INVALID_REQUEST: "100001 200001 200002 300000 404000 415000",
    Refusal.UNAVAILABLE: "100002 100003 300008 300013",
    Refusal.MARGIN: "100005 300005 300006 300007 300009 300010 300014 300016 330005 330011",
    Refusal.NOT_PERMITTED: "400200",
    Refusal.UNKNOWN_SYMBOL: "200003",
    Refusal.UNKNOWN_ORDER: "100004",
}
_LENDING = ("1301", "1302", "1303")
# Where there is no code, or one for everything.
_TEXTS = {
    r"order_not_exist|order.*not (exist|allow)|not allow to be cancel|cannot be cancel": Refusal.UNKNOWN_ORDER,
    r"available.amount|balance.*insufficient|insufficient.*(balance|fund)": Refusal.INSUFFICIENT_FUNDS,
    r"client_?oid.*(duplicate|exist|repeat|unique)|duplicate.*client_?oid": Refusal.DUPLICATE_CLIENT_ID,
    r"symbol.*(not exist|not support|invalid)": Refusal.UNKNOWN_SYMBOL,
    r"below the minimum|less than.*min|minimum|too small": Refusal.TOO_SMALL,
    r"price.*(increment|precision|invalid)": Refusal.INVALID_PRICE,
}


def _by_code(kinds: dict[Refusal, str]) -> dict[str, Refusal]:
    return {code: kind for kind, codes in kinds.items() for code in codes.split()}


_SPOT_CODES, _FUTURES_CODES = _by_code(_SPOT), _by_code(_FUTURES)
_PATTERNS = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), kind) for pattern, kind in _TEXTS.items()]


def kind_of(code: str, text: str, *, futures: bool = False) -> Refusal:
    """Name a refusal by its code, or by its text where the code leaves it open.

    >>> kind_of("400100", "order_not_exist_or_not_allow_to_cancel").value
    'unknown_order'
    """
    kind = (_FUTURES_CODES if futures else _SPOT_CODES).get(code)
    if kind is not None:
        return kind
    if code.startswith(_LENDING):
        return Refusal.MARGIN
    told = next((kind for pattern, kind in _PATTERNS if pattern.search(text)), None)
    return told or (Refusal.INVALID_REQUEST if code == "400100" else Refusal.OTHER)


def refused(request: str, code: str, text: str, raw: Any, *, futures: bool = False) -> OrderRefused:
    """Give the error of a request about an order that KuCoin refused with ``code`` and ``text``.

    >>> print(refused("add_order", "200004", "Balance insufficient!", {}))
    the exchange refused add_order (insufficient_funds): 200004: Balance insufficient!
    """
    reason = ": ".join(part for part in (code, text) if part) or "without a reason"
    return OrderRefused(request, reason, raw, kind_of(code, text, futures=futures))
