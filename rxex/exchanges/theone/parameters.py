"""What may be asked of TheOne about swaps, over WebSocket and REST alike: checked before anything is sent.

Sources: TheOne's documents on ``estimate`` and ``swap``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, DecimalException
from typing import Annotated, Any
from uuid import uuid4

from attrs import field, frozen

from rxex.codec import exact
from rxex.errors import InvalidArgument
from rxex.rest.parameters import Check, checked, number, whole, written

__all__ = ["EstimateParameters", "SwapParameters", "as_data", "check_order_id", "new_client_id"]

_NUMBER = number("")
_WORD = re.compile(r"[\x21-\x7e]{1,100}")


def new_client_id() -> str:
    """Make a client's id of a swap that no other has."""
    return str(uuid4())


def _amount(doc: str, wire: str) -> Check:
    def convert(name: str, value: Any) -> str:
        text: str = _NUMBER.convert(name, value)
        try:
            is_positive = exact(text) > 0
        except DecimalException:
            is_positive = False
        if not is_positive:
            raise InvalidArgument(name, value, "it has to be more than 0, of 40 digits at most")
        return text

    return Check(doc, convert, wire)


def _word(doc: str, wire: str | None = None) -> Check:
    def convert(name: str, value: Any) -> str:
        if not (isinstance(value, str) and _WORD.fullmatch(value)):
            raise InvalidArgument(name, value, "give 1 to 100 characters of ASCII without blanks")
        return value

    return Check(doc, convert, wire)


def _words(doc: str) -> Check:
    one = _word(doc)

    def convert(name: str, value: Any) -> tuple[str, ...]:
        given = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Sequence) else ()
        if not given:
            raise InvalidArgument(name, value, "give the name of a provider, or a sequence of them")
        return tuple(one.convert(name, each) for each in given)

    return Check(doc, convert)


def check_order_id(order_id: str) -> str:
    """Raise `InvalidArgument` for what cannot be the id of an order."""
    checked_id: str = _word("").convert("order_id", order_id)
    return checked_id


@frozen(field_transformer=checked)
class EstimateParameters:
    """A swap that is only looked at."""

    amount_in: Annotated[str, _amount("how much of asset_in", "amount")]
    asset_in: Annotated[str, _word("what is given, as in ETH", "from")]
    asset_out: Annotated[str, _word("what is taken, as in USDT", "to")]
    network: Annotated[str | None, _word("the network to settle on; None: the exchange's choice")] = None
    account: Annotated[str | None, _word("an account of the broker's; None: the usual one")] = None
    filter: Annotated[tuple[str, ...] | None, _words("providers to choose from; None: all")] = None

    def __attrs_post_init__(self) -> None:
        if self.asset_in == self.asset_out:
            raise InvalidArgument("asset_out", self.asset_out, "it has to be another asset than asset_in")

    @property
    def amount(self) -> Decimal:
        """``amount_in``, exact."""
        return exact(self.amount_in)


@frozen(field_transformer=checked)
class SwapParameters(EstimateParameters):
    """A swap."""

    slippage_bps: Annotated[
        int | None, whole("hundredths of a percent that the price may move; None: the exchange's choice", 0, 10_000)
    ] = field(default=None, kw_only=True)
    client_id: Annotated[str | None, _word("our own id of it", "clientOrderId")] = field(default=None, kw_only=True)


def as_data(parameters: EstimateParameters) -> dict[str, Any]:
    """Give parameters as they are sent: ``from``, ``to``, ``amount``, then the rest."""
    values = written(parameters, native=True)
    return {name: values.pop(name) for name in ("from", "to", "amount")} | values
