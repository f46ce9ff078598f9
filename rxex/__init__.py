"""Reactive streams of market data and trading."""
