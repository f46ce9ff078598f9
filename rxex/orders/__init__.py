"""Orders: the stages of one as a pure machine, and the factories over it. No exchange is known here."""

from rxex.orders.calls import call
from rxex.orders.following import Query
from rxex.orders.machine import OrderMachine, is_before
from rxex.orders.place import AddOrder, OrderDialect, place_order_factory
from rxex.orders.refusals import OrderRefused, Refusal
from rxex.orders.resume import ResumeOrder, resume_order_factory

__all__ = [
    "AddOrder",
    "OrderDialect",
    "OrderMachine",
    "OrderRefused",
    "Query",
    "Refusal",
    "ResumeOrder",
    "call",
    "is_before",
    "place_order_factory",
    "resume_order_factory",
]
