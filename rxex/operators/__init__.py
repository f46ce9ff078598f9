"""Operators that know no exchange; each works on any Observable. The catalogue in ``operators/`` shows them all."""

from __future__ import annotations

from rxex.operators.add_token import TokenSocket, add_token
from rxex.operators.authenticate import authenticate
from rxex.operators.authenticated_socket import authenticated_socket
from rxex.operators.backoff_reconnect import backoff_reconnect, exponential, fixed
from rxex.operators.best_bid_offer import best_bid_offer
from rxex.operators.candles import candles
from rxex.operators.connected_socket import connected_socket
from rxex.operators.filter_new_socket_only import filter_new_socket_only
from rxex.operators.in_sequence import in_sequence
from rxex.operators.is_connected import is_connected
from rxex.operators.keep_channel import keep_channel
from rxex.operators.keep_messages_only import keep_messages_only
from rxex.operators.keep_status_only import keep_status_only
from rxex.operators.lift import lift
from rxex.operators.map_socket_only import map_socket_only
from rxex.operators.on_backpressure_buffer import OverflowStrategy, on_backpressure_buffer
from rxex.operators.on_backpressure_drop import on_backpressure_drop
from rxex.operators.on_backpressure_latest import on_backpressure_latest
from rxex.operators.private_socket import PrivateSockets, private_socket
from rxex.operators.ready_socket import ready_socket
from rxex.operators.request_response import request_response
from rxex.operators.resequence import resequence
from rxex.operators.response_ok import response_ok
from rxex.operators.retry_on_gap import retry_on_gap
from rxex.operators.stale_after import stale_after
from rxex.operators.subscribe_channel import subscribe_channel
from rxex.operators.wait_for_response import wait_for_response

__all__ = [
    "OverflowStrategy",
    "PrivateSockets",
    "TokenSocket",
    "add_token",
    "authenticate",
    "authenticated_socket",
    "backoff_reconnect",
    "best_bid_offer",
    "candles",
    "connected_socket",
    "exponential",
    "filter_new_socket_only",
    "fixed",
    "in_sequence",
    "is_connected",
    "keep_channel",
    "keep_messages_only",
    "keep_status_only",
    "lift",
    "map_socket_only",
    "on_backpressure_buffer",
    "on_backpressure_drop",
    "on_backpressure_latest",
    "private_socket",
    "ready_socket",
    "request_response",
    "resequence",
    "response_ok",
    "retry_on_gap",
    "stale_after",
    "subscribe_channel",
    "wait_for_response",
]
