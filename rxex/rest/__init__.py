"""HTTP for the exchanges' REST endpoints: every call is a cold Observable of one answer. No venue is known here."""

from rxex.rest.client import After, Before, RestClient, RestDialect, retry_delays
from rxex.rest.endpoint import Endpoint, NoParameters
from rxex.rest.limits import CallCounter, Limiter, WindowCounter
from rxex.rest.messages import HttpRequest, RateLimit, RawResponse, Request, Response
from rxex.rest.options import RestOptions
from rxex.rest.statuses import check_status

__all__ = [
    "After",
    "Before",
    "CallCounter",
    "Endpoint",
    "HttpRequest",
    "Limiter",
    "NoParameters",
    "RateLimit",
    "RawResponse",
    "Request",
    "Response",
    "RestClient",
    "RestDialect",
    "RestOptions",
    "WindowCounter",
    "check_status",
    "retry_delays",
]
