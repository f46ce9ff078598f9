"""KuCoin: spot, margin and futures market data and orders, over WebSocket and REST."""
