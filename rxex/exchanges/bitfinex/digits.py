"""How many digits Bitfinex takes: it rounds amounts, and cuts prices, without a word.

Sources: Bitfinex's pages "New Order" and "Price precision".
"""

from __future__ import annotations

from decimal import Decimal

from rxex.errors import InvalidArgument

__all__ = ["LARGEST_ID", "PLACES", "check_amount", "check_price", "places_of"]

LARGEST_ID = 2**45 - 1
"""The largest id of our own that Bitfinex takes."""
PLACES = 8
"""The most digits after the point."""
_SIGNIFICANT = 5


def places_of(value: Decimal) -> int:
    """Give how many digits stand after the point.

    >>> places_of(Decimal("10.500")), places_of(Decimal("1E+3"))
    (1, 0)
    """
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def check_amount(name: str, value: Decimal | None) -> None:
    """Raise `InvalidArgument` for an amount that Bitfinex would round; none at all is right.

    >>> check_amount("amount", Decimal("0.12345678"))
    """
    if value is not None and places_of(value) > PLACES:
        raise InvalidArgument(name, value, "Bitfinex takes 8 digits after the point, and would round it")


def check_price(name: str, value: Decimal | None) -> None:
    """Raise `InvalidArgument` for a price that Bitfinex would cut; none at all is right.

    >>> check_price("price", Decimal("12345"))
    >>> check_price("price", Decimal("12345.6"))
    Traceback (most recent call last):
        ...
    rxex.errors.InvalidArgument: price is Decimal('12345.6'): Bitfinex takes 5 significant digits, and 8 after the ...
    """
    if value is None:
        return
    if len(value.normalize().as_tuple().digits) > _SIGNIFICANT or places_of(value) > PLACES:
        raise InvalidArgument(
            name, value, "Bitfinex takes 5 significant digits, and 8 after the point, and would cut the rest"
        )
