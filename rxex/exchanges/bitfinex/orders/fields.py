"""What the fields of Bitfinex's requests have to be, besides what `rxex.orders.fields` has.

How many digits amounts and prices may have, `rxex.exchanges.bitfinex.digits` checks. Sources: Bitfinex's pages "New
Order" and "Update Order".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import cast

from rxex.exchanges.bitfinex.asking import FUNDING, PAIR
from rxex.exchanges.bitfinex.digits import LARGEST_ID, PLACES, places_of
from rxex.orders.fields import Validator, exact, matching, optional, whole

__all__ = [
    "a_client_id",
    "a_day",
    "a_funding_symbol",
    "a_group",
    "a_leverage",
    "a_meta",
    "a_rate",
    "a_symbol",
    "a_text_id",
    "to_amount",
    "to_ids",
    "to_text",
]

a_symbol = matching(PAIR.pattern, "write it as in 'tBTCUSD', 'tDOGE:USD', 'tBTCF0:USTF0'; USDT is UST")
a_funding_symbol = matching(FUNDING.pattern, "write it as in 'fUSD'; USDT is UST")
a_text_id = matching(r"[1-9][0-9]{0,18}", "give the id as it was told, as in '1151718504'")
a_group = whole(1, LARGEST_ID)
a_leverage = whole(1, 100)
a_meta = optional(lambda value: isinstance(value, dict), "give a dictionary, as in {'aff_code': 'AbCdEfGh'}")


def to_text(value: str | int | None) -> str | None:
    """Make a text of a whole number, such as an id; what is none is left to be refused."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else cast("str | None", value)


def to_ids(values: Iterable[str | int] | str | int) -> tuple[str, ...]:
    """Make texts of several ids; of one alone, too."""
    several: Iterable[str | int] = (values,) if isinstance(values, str | int) else values
    return tuple(cast("str", to_text(value)) for value in several)


def to_amount(value: Decimal | int | str) -> Decimal:
    """Make a Decimal of a number that has to be there; see `rxex.orders.fields.exact`."""
    return cast("Decimal", exact(value))


a_client_id: Validator = optional(
    lambda value: (
        isinstance(value, str)
        and value.isascii()
        and value.isdecimal()
        and not value.startswith("0")
        and int(value) <= LARGEST_ID
    ),
    f"give a whole number from 1 to {LARGEST_ID}",
)
a_day: Validator = optional(
    lambda value: isinstance(value, dt.date) and not isinstance(value, dt.datetime), "give a date, that of UTC"
)
a_rate: Validator = optional(
    lambda value: isinstance(value, Decimal) and value.is_finite() and places_of(value) <= PLACES,
    "give a rate a day with 8 digits after the point at most, as a Decimal or a text",
)
