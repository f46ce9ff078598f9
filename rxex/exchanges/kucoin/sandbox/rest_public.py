"""KuCoin's endpoints that need no floor: time, state, tokens."""

from __future__ import annotations

from typing import Any

from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, SPOT, paths_of
from rxex.exchanges.kucoin.sandbox.rest import Call, Route
from rxex.exchanges.kucoin.sandbox.tokens import Tokens
from rxex.sandbox.simulation import Simulation

__all__ = ["common_routes"]

_STATES = {"online": "open", "maintenance": "close", "cancel_only": "cancelonly"}
_PING_INTERVAL, _PING_TIMEOUT = 18_000, 10_000


def common_routes(simulation: Simulation, tokens: Tokens, instances: int) -> list[Route]:
    """Give what both hosts have; tokens come with so many servers to choose of."""

    def time(_: Call) -> Any:
        return simulation.timestamp // 10**6

    def status(_: Call) -> Any:
        return {"status": _STATES.get(simulation.system, simulation.system), "msg": ""}

    def bullet(market: str) -> Any:
        def answer(call: Call) -> Any:
            # Only the call knows at which address this exchange is found.
            host = call.http.headers.get("host", "virtual")
            servers = [
                {
                    "endpoint": f"ws://{host}{path}",
                    "encrypt": False,
                    "protocol": "websocket",
                    "pingInterval": _PING_INTERVAL,
                    "pingTimeout": _PING_TIMEOUT,
                }
                for path in paths_of(market, instances)
            ]
            return {"token": tokens.mint(market, call.account), "instanceServers": servers}

        return answer

    routes: list[Route] = []
    for market, weights in ((SPOT, (3, 3)), (FUTURES, (2, 4))):
        routes += [
            Route(market, "GET", "/api/v1/timestamp", time, weight=weights[0]),
            Route(market, "GET", "/api/v1/status", status, weight=weights[1]),
            Route(market, "POST", "/api/v1/bullet-public", bullet(market), weight=10),
            Route(market, "POST", "/api/v1/bullet-private", bullet(market), pool=market, weight=10, is_signed=True),
        ]
    return routes
