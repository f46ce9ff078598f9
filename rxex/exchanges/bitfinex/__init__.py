"""Bitfinex: public and authenticated streams of WebSocket v2, and REST."""
