"""Orders: the stages of one as a pure machine, and the factories over it. No exchange is known here."""

from rxex.orders.machine import OrderMachine, is_before
from rxex.orders.refusals import OrderRefused, Refusal

__all__ = ["OrderMachine", "OrderRefused", "Refusal", "is_before"]
