"""KuCoin's order gateway: requests about orders over a WebSocket of their own."""

from rxex.exchanges.kucoin.gateway.connection import GATEWAY_URL, gateway_connection
from rxex.exchanges.kucoin.gateway.requests import OrderGateway, order_gateway

__all__ = ["GATEWAY_URL", "OrderGateway", "gateway_connection", "order_gateway"]
