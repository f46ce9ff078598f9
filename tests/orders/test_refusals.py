"""Refusals have the exchange's text and our name for it."""

from __future__ import annotations

import pickle

from rxex.errors import FatalError, RequestRefused
from rxex.orders import OrderRefused, Refusal


def test_a_refusal_is_fatal_for_this_request_and_says_why_in_both_languages() -> None:
    error = OrderRefused("add_order", "EOrder:Insufficient funds", {"id": 1}, Refusal.INSUFFICIENT_FUNDS)
    assert isinstance(error, RequestRefused)
    assert isinstance(error, FatalError)
    assert str(error) == "the exchange refused add_order (insufficient_funds): EOrder:Insufficient funds"
    assert error.raw == {"id": 1}
    again = pickle.loads(pickle.dumps(error))
    assert (again.kind, again.reason) == (error.kind, error.reason)


def test_a_refusal_that_nobody_knows_has_a_name_too() -> None:
    assert OrderRefused("add_order", "?").kind is Refusal.OTHER
