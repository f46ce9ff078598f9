"""What the fields of Kraken's requests have to be, besides what `rxex.orders.fields` has."""

from __future__ import annotations

import re

from rxex.orders.fields import (
    a_date,
    a_flag,
    a_number,
    a_side,
    a_whole_number,
    an_amount,
    check_one,
    exact,
    matching,
    one_of,
    optional,
    refuse,
    to_side,
    to_utc,
)

__all__ = [
    "a_client_id",
    "a_date",
    "a_flag",
    "a_number",
    "a_side",
    "a_symbol",
    "a_whole_number",
    "an_amount",
    "an_id",
    "check_one",
    "exact",
    "one_of",
    "refuse",
    "to_side",
    "to_utc",
]

_SYMBOL = re.compile(r"[^/\s]+/[^/\s]+")

a_symbol = optional(
    lambda value: (
        isinstance(value, str) and _SYMBOL.fullmatch(value) is not None and not {"XBT", "XDG"} & set(value.split("/"))
    ),
    "write base and quote with a slash, and BTC and DOGE for XBT and XDG, as in 'BTC/USD'; for v1 it is changed back",
)
a_client_id = matching(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}",
    "give a UUID, 32 hexadecimal digits, or up to 18 characters of ASCII",
)
an_id = optional(
    lambda value: isinstance(value, str) and bool(value.strip()),
    "give the id as it was told, as in 'OVN7VD-7VYHS-APBKHA'",
)
