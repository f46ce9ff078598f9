"""TheOne: a broker for swaps, over a signed WebSocket and REST."""
