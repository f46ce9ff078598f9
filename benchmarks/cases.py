"""What is measured, and what it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["BUDGETS", "CASES", "CLIENTS", "Budget", "Case", "Client"]


@dataclass(frozen=True)
class Client:
    """A program of `benchmarks.clients` in one of its variants. ``peer`` names the environment that it needs."""

    title: str
    program: str
    variant: str = ""
    peer: str = ""
    counts_models: bool = False
    """What comes is as many as `benchmarks.recorded.Stream.items`, not one for each message."""


CLIENTS = {
    "floor": Client("the floor: chunked reads, frame scan, orjson.loads", "floor"),
    "app": Client("websocket-client, WebSocketApp, orjson", "plain", "app"),
    "app-skip": Client("websocket-client, WebSocketApp, orjson, skip_utf8_validation", "plain", "app-skip-utf8"),
    "recv": Client("websocket-client, WebSocket.recv, orjson", "plain", "recv"),
    "recv-skip": Client("websocket-client, WebSocket.recv, orjson, skip_utf8_validation", "plain", "recv-skip-utf8"),
    "bittrade-messages": Client("bittrade-kraken-websocket, messages only", "bittrade", "messages", "bittrade"),
    "bittrade": Client("bittrade-kraken-websocket, feeds as in its README", "bittrade", "feeds", "bittrade"),
    "cryptofeed": Client("cryptofeed, Decimals", "cryptofeed_kraken", "", "cryptofeed", counts_models=True),
    "rxex-messages": Client("rxex, all messages to one subscriber", "rxex_kraken", "messages"),
    "rxex-events": Client("rxex, all messages as event objects", "rxex_kraken", "events"),
    "rxex-raw": Client("rxex, feeds of decoded messages", "rxex_kraken", "raw"),
    "rxex-typed": Client("rxex, feeds of models with Decimals", "rxex_kraken", "typed", counts_models=True),
    "rxex-typed-day": Client(
        "rxex, the same, the day of each ticker read too", "rxex_kraken", "typed-day", counts_models=True
    ),
    "cryptofeed-book": Client("cryptofeed, checksums verified", "cryptofeed_kraken", "", "cryptofeed"),
    "kraken-sdk-book": Client("python-kraken-sdk, checksums verified", "kraken_sdk", "", "kraken_sdk"),
    "rxex-book": Client("rxex, checksums verified", "rxex_kraken", "book"),
    "rxex-book-2": Client("rxex, checksums verified", "rxex_kraken", "book-2"),
    "rxex-orders": Client("rxex, checksums verified", "rxex_kraken", "orders"),
    "rxex-short": Client("rxex, feeds of decoded messages", "rxex_short"),
    "kucoin-sdk": Client("kucoin-universal-sdk, queue raised", "kucoin_sdk", "", "kucoin_sdk"),
    "python-kucoin": Client("python-kucoin, dictionaries", "python_kucoin", "", "python_kucoin"),
    "bitfinex-api": Client("bitfinex-api-py, models with floats, no books", "bitfinex_api", "", "bitfinex_api"),
    **{
        f"rxex-{venue}-{variant}": Client(title, f"rxex_{venue}", variant, counts_models=variant in {"updates", "book"})
        for venue in ("kucoin", "bitfinex")
        for variant, title in (
            ("raw", "rxex, feeds of decoded messages"),
            ("typed", "rxex, tickers and trades as models with Decimals, changes of books decoded"),
            ("updates", "rxex, all as models with Decimals, changes of books checked"),
            ("book", "rxex, the same, each book with its best prices instead of its changes"),
        )
    },
}


@dataclass(frozen=True)
class Case:
    """One client on one stream; ``cost`` (µs a message, roughly) makes all runs take about the same time."""

    client: str
    stream: str
    cost: float = 0.0
    feeds: int = 0
    """Feeds that the server waits to be asked for before it floods; 0: the client asks for none."""
    mode: str = "cpu"
    rate: int = 0
    """Messages a second; 0: as fast as the client takes them."""
    messages: int = 0
    """Where a fixed number matters instead of the time."""

    @property
    def name(self) -> str:
        """Such as ``rxex-raw kraken`` or ``delay rxex-raw kraken``."""
        return f"{'' if self.mode == 'cpu' else self.mode + ' '}{self.client} {self.stream}"


_DELAY: dict[str, Any] = {"mode": "delay", "rate": 5000, "messages": 10_000}

CASES = (
    Case("floor", "kraken", 1.2),
    Case("app", "kraken", 40),
    Case("app-skip", "kraken", 9),
    Case("recv", "kraken", 40),
    Case("recv-skip", "kraken", 8),
    Case("bittrade-messages", "kraken", 42),
    Case("bittrade", "kraken", 58, feeds=20),
    Case("cryptofeed", "kraken", 6, feeds=20),
    Case("rxex-messages", "kraken", 2),
    Case("rxex-events", "kraken", 3),
    Case("rxex-raw", "kraken", 2),
    Case("rxex-typed", "kraken", 3, feeds=20),
    Case("rxex-typed-day", "kraken", 6, feeds=20),
    Case("floor", "trades", 0.6),
    Case("cryptofeed", "trades", 6, feeds=10),
    Case("rxex-typed", "trades", 2.5, feeds=10),
    Case("floor", "books", 0.6),
    Case("cryptofeed-book", "books", 25, feeds=10),
    Case("rxex-book", "books", 3, feeds=10),
    Case("floor", "books-2", 0.8),
    Case("kraken-sdk-book", "books-2", 600, feeds=10),
    Case("rxex-book-2", "books-2", 4, feeds=10),
    Case("floor", "orders", 1.2),
    Case("rxex-orders", "orders", 30, feeds=10),
    Case("floor", "kraken-100", 1.2),
    Case("bittrade", "kraken-100", 115, feeds=100),
    Case("rxex-raw", "kraken-100", 2),
    Case("floor", "kucoin", 1.0),
    Case("kucoin-sdk", "kucoin", 60, feeds=30),
    Case("python-kucoin", "kucoin", 15, feeds=30),
    Case("rxex-kucoin-raw", "kucoin", 2, feeds=30),
    Case("rxex-kucoin-typed", "kucoin", 2, feeds=30),
    Case("rxex-kucoin-updates", "kucoin", 6, feeds=30),
    Case("rxex-kucoin-book", "kucoin", 6, feeds=30),
    Case("floor", "bitfinex", 0.6),
    Case("bitfinex-api", "bitfinex", 10, feeds=21),
    Case("rxex-bitfinex-raw", "bitfinex", 1.5, feeds=21),
    Case("rxex-bitfinex-typed", "bitfinex", 1.5, feeds=21),
    Case("rxex-bitfinex-updates", "bitfinex", 4, feeds=21),
    Case("rxex-bitfinex-book", "bitfinex", 4, feeds=21),
    Case("floor", "short", 0.4),
    Case("rxex-short", "short", 1),
    *(Case("rxex-raw", f"tickers-{feeds}", 2) for feeds in (1, 10, 100, 500)),
    *(Case("rxex-typed", f"tickers-{feeds}", 3, feeds=feeds) for feeds in (1, 10, 100, 500)),
    # Tickers alone: there one message is one item, so that sends and arrivals can be counted off against each other.
    *(Case(client, "tickers-20", **_DELAY) for client in ("app", "app-skip", "rxex-raw")),
    *(Case(client, "tickers-20", feeds=20, **_DELAY) for client in ("rxex-typed", "bittrade")),
    *(Case("rxex-raw", f"tickers-{feeds}", mode="memory", messages=40_000) for feeds in (100, 1100)),
    *(Case("rxex-typed", f"tickers-{feeds}", mode="memory", feeds=feeds, messages=40_000) for feeds in (100, 1100)),
    Case("rxex-typed", "kraken", mode="memory", feeds=20, messages=1_000_000),
)


@dataclass(frozen=True)
class Budget:
    """A limit of a figure of ``case``, divided by that of ``base`` (subtracted for memory) in the same repetition."""

    what: str
    limit: float
    case: str
    base: str
    figure: str = "cpu"
    at_least: bool = False
    unit: str = "x"


BUDGETS = (
    Budget("raw, 20 feeds, 250 B a message: x floor", 1.6, "rxex-raw kraken", "floor kraken"),
    Budget("raw, 30 B a message: x floor", 2.5, "rxex-short short", "floor short"),
    Budget("typed, 20 feeds, ticker and trade: x floor", 2.5, "rxex-typed kraken", "floor kraken"),
    Budget("… the aim", 1.5, "rxex-typed kraken", "floor kraken"),
    Budget("L2 books of depth 1000, every CRC32 verified: x floor", 4, "rxex-book books", "floor books"),
    Budget("raw, 500 subscriptions: x 1 subscription", 1.1, "rxex-raw tickers-500", "rxex-raw tickers-1"),
    Budget("typed, 500 subscriptions: x 1 subscription", 1.1, "rxex-typed tickers-500", "rxex-typed tickers-1"),
    *(
        Budget(
            f"delay, {kind}, {part}: x WebSocketApp", 1.0, f"delay rxex-{kind} tickers-20", "delay app tickers-20", part
        )
        for kind in ("raw", "typed")
        for part in ("p50", "p99")
    ),
    *(
        Budget(
            f"memory of a subscription, {kind}",
            3.0,
            f"memory rxex-{kind} tickers-1100",
            f"memory rxex-{kind} tickers-100",
            "kb",
            unit="KB",
        )
        for kind in ("raw", "typed")
    ),
    Budget("memory, growth from 10⁵ to 10⁶ messages", 0.5, "memory rxex-typed kraken", "", "growth", unit="MB"),
    Budget("bittrade, 20 feeds: x raw", 20, "bittrade kraken", "rxex-raw kraken", at_least=True),
    Budget("bittrade, 100 feeds: x raw", 30, "bittrade kraken-100", "rxex-raw kraken-100", at_least=True),
    Budget("cryptofeed, trades: x typed", 2, "cryptofeed trades", "rxex-typed trades", at_least=True),
    Budget("cryptofeed, books with checksums: x rxex", 4, "cryptofeed-book books", "rxex-book books", at_least=True),
    Budget("KuCoin, raw, 240 B a message: x floor", 1.6, "rxex-kucoin-raw kucoin", "floor kucoin"),
    Budget("KuCoin, typed: x floor", 2.5, "rxex-kucoin-typed kucoin", "floor kucoin"),
    Budget("kucoin-universal-sdk: x typed", 16, "kucoin-sdk kucoin", "rxex-kucoin-typed kucoin", at_least=True),
    Budget("python-kucoin: x typed", 6, "python-kucoin kucoin", "rxex-kucoin-typed kucoin", at_least=True),
    Budget("Bitfinex, raw, 40 B a message: x floor", 2.5, "rxex-bitfinex-raw bitfinex", "floor bitfinex"),
    Budget("Bitfinex, typed: x floor", 2.5, "rxex-bitfinex-typed bitfinex", "floor bitfinex"),
    Budget("bitfinex-api-py: x typed", 5, "bitfinex-api bitfinex", "rxex-bitfinex-typed bitfinex", at_least=True),
)
