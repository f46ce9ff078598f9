"""What simulated exchanges share: the market, the faults, a server on loopback, and virtual time."""

from rxex.sandbox.faults import Faults
from rxex.sandbox.http import CallFault, HttpCall
from rxex.sandbox.ledger import Incident, Request, Sent
from rxex.sandbox.market import Instrument, Pair
from rxex.sandbox.server import Sandbox
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.virtual import VirtualExchange

__all__ = [
    "CallFault",
    "Faults",
    "HttpCall",
    "Incident",
    "Instrument",
    "Pair",
    "Request",
    "Sandbox",
    "Sent",
    "Simulation",
    "VirtualExchange",
]
