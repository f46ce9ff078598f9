"""WebSocket v2, private endpoint, as its server speaks it.

https://docs.kraken.com/api/docs/websocket-v2/executions and its neighbours; error texts as recorded from the venue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rxex.codec import encode
from rxex.exchanges.kraken.sandbox.executions import balance_rows, event_row, snapshot_row, trade_row, wallet_rows
from rxex.exchanges.kraken.sandbox.order_rates import RATE_LIMIT
from rxex.exchanges.kraken.sandbox.orders_v2 import OrdersV2, echo, params_of, record_of
from rxex.exchanges.kraken.sandbox.private import Feed
from rxex.exchanges.kraken.sandbox.refusals import Declined
from rxex.exchanges.kraken.sandbox.requests_v2 import METHODS, check_fields
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.orders import EventKind, OrderEvent
from rxex.sandbox.session import Session
from rxex.typing import Json

__all__ = ["PrivateV2"]

_CHANNELS = {
    "executions": {
        "channel": "string",
        "token": "string",
        "snap_orders": "boolean",
        "snap_trades": "boolean",
        "order_status": "boolean",
        "ratecounter": "boolean",
        "rebased": "boolean",
        "users": "string",
        "snapshot": "boolean",
        "snapshot_trades": "boolean",
    },
    "balances": {
        "channel": "string",
        "token": "string",
        "snapshot": "boolean",
        "rebased": "boolean",
        "users": "string",
    },
}
_WARNINGS = [
    "cancel_reason is deprecated, use reason",
    "stop_price is deprecated, use triggers.price",
    "trigger is deprecated use triggers.reference",
    "triggered_price is deprecated use triggers.last_price",
]
_ONLY_WITH_ORDER_STATUS = {EventKind.ACCEPTED, EventKind.TRIGGERED, EventKind.REFILLED}
_RECENT_TRADES = 50


class PrivateV2(OrdersV2):
    """The private v2 endpoint."""

    heartbeat = '{"channel":"heartbeat"}'

    def status(self, session: Session | None) -> str:
        """A status frame; the one for everybody has no connection id, as the venue's."""
        data: dict[str, Any] = {"version": "2.0.10", "system": self.simulation.system, "api_version": "v2"}
        if session is not None:
            data["connection_id"] = 2**63 + self.trading.random.getrandbits(63)
        return encode({"channel": "status", "type": "update", "data": [data]})

    def happened(self, event: MarketEvent) -> None:
        """Let the market meet the orders: once, whatever number of protocols there is."""
        self.trading.happened(event)

    def frame(self, feed: Feed, kind: str, rows: Any) -> str:
        """A frame of a private channel."""
        return encode({"channel": feed.channel, "type": kind, "data": rows, "sequence": feed.sequence})

    def rows(self, feed: Feed, event: OrderEvent) -> list[dict[str, Any]] | None:
        """An execution; of fills the entries of balances too."""
        if feed.channel == "balances":
            if event.fill is None:
                return None
            return balance_rows(event.fill, (self.trading.ids.name("L") for _ in range(2)))
        if event.kind in _ONLY_WITH_ORDER_STATUS and not feed.options["order_status"]:
            return None
        return [event_row(event)]

    def received(self, session: Session, message: Json | None) -> None:
        """Answer a request."""
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            self._say(session, self.refusal("error", {}, "Malformed request"))
            return
        method: str = message["method"]
        number = message.get("req_id")
        if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
            self._say(session, self.refusal(method, {}, "Req_id field must be a number_integer"))
        elif method == "ping":
            unknown = next((name for name in message if name not in {"method", "req_id"}), None)
            text = f"Unsupported field: '{unknown}' for the given msg type: ping"
            self._say(session, self.refusal(method, message, text) if unknown else self._pong(message))
        elif method in {"subscribe", "unsubscribe"}:
            try:
                self._subscribe_or_unsubscribe(session, method, message)
            except Declined as declined:
                self._say(session, self.refusal(method, message, declined.text))
        elif method in METHODS:
            self.trade(session, method, message, record_of(method, message))
        else:
            self._say(session, self.refusal(method, message, "Unsupported event"))

    # Feeds.

    def _subscribe_or_unsubscribe(self, session: Session, method: str, request: Mapping[str, Any]) -> None:
        params = params_of(method, request)
        channel = params.get("channel")
        if channel not in _CHANNELS:
            raise Declined("Subscription name invalid")
        check_fields(_CHANNELS[channel], params, method)
        account = self.account_of(session, params)
        feeds: dict[str, Feed] = session.state.feeds
        if method == "unsubscribe":
            if channel not in feeds:
                raise Declined("Subscription Not Found")
            self.unsubscribe(session, channel)
            self._say(session, self.acceptance(method, request, {"channel": channel}))
            return
        if channel in feeds:
            raise Declined("Already subscribed")
        refusal = self.simulation.refusal_of(session, channel)
        if refusal is not None:
            raise Declined(refusal or "EService:Unavailable")
        self._subscribe(session, request, channel, account, params)

    def _subscribe(
        self, session: Session, request: Mapping[str, Any], channel: str, account: str, params: Mapping[str, Any]
    ) -> None:
        snapshot = params.get("snapshot", True)
        orders = params.get("snap_orders", snapshot)
        trades = params.get("snap_trades", params.get("snapshot_trades", False))
        if channel == "balances":
            feed = self.subscribe(session, channel, account, params["token"], params)
            result: dict[str, Any] = {"channel": channel, "snapshot": snapshot}
        else:
            options = {"order_status": params.get("order_status", True)}
            feed = self.subscribe(session, channel, account, params["token"], options)
            told = {"snap_orders": orders, "snap_trades": trades, "snapshot": orders or trades}
            result = {"channel": channel, "maxratecount": RATE_LIMIT, **told, "warnings": _WARNINGS}
        self._say(session, self.acceptance("subscribe", request, result))
        if session.injector.silences():
            session.silent.add((channel, ""))
        if not result["snapshot"]:
            return
        if channel == "balances":
            self.tell(feed, "snapshot", wallet_rows(self.trading.accounts.balances(account)))
        else:
            self.tell(feed, "snapshot", self._snapshot(account, orders=orders, trades=trades))

    def _snapshot(self, account: str, *, orders: bool, trades: bool) -> list[dict[str, Any]]:
        rows = [snapshot_row(order) for order in self.trading.engine.open_orders(account)] if orders else []
        if trades:
            fills = [fill for order in self.trading.orders_of(account) for fill in order.fills]
            newest = sorted(fills, key=lambda fill: fill.trade_id, reverse=True)[:_RECENT_TRADES]
            rows += [trade_row(fill, "filled") for fill in newest]
        return rows

    # The inside.

    def _say(self, session: Session, text: str) -> None:
        self.simulation.answer(session, text)

    def _pong(self, request: Mapping[str, Any]) -> str:
        return self.text({"method": "pong", **echo(request)})
