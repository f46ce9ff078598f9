"""What the fields of KuCoin's requests have to be, besides what `rxex.orders.fields` has."""

from __future__ import annotations

from uuid import uuid4

from rxex.orders.fields import matching

__all__ = ["LONGEST_LIFE", "SELF_TRADE", "a_client_id", "a_contract", "a_note", "a_symbol", "an_id", "new_client_id"]

LONGEST_LIFE = 2_592_000
"""Seconds that an order with an end may live."""
SELF_TRADE = {"cancel_newest": "CN", "cancel_oldest": "CO", "cancel_both": "CB", "decrease_and_cancel": "DC"}
"""What is done where an order would meet another one of the same account."""

a_symbol = matching(r"[A-Za-z0-9]+-[A-Za-z0-9]+", "write base and quote with a hyphen, as in 'BTC-USDT'")
a_contract = matching(r"[A-Za-z0-9]+", "write it as KuCoin's futures do, as in 'XBTUSDTM'")
a_client_id = matching(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "give up to 40 letters, digits, underscores and hyphens, a letter or digit first"
)
an_id = matching(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "give the id as it was told, as in '670fd33bf9406e0007ab3945'")
a_note = matching(r"[ -~]{1,20}", "give up to 20 characters of ASCII")


def new_client_id() -> str:
    """Make a client order id that no other order has."""
    return str(uuid4())
