"""kucoin-universal-sdk, as its README shows."""

from __future__ import annotations

from typing import Any

from benchmarks.clients.meter import Meter, arguments
from benchmarks.venues.kucoin import SYMBOLS

_QUEUE = 2_000_000
"""Messages; the usual 1024 would drop some: its reader puts into a queue that another thread empties."""


def main() -> None:
    """Take the stream."""
    options = arguments()
    from kucoin_universal_sdk.api import DefaultClient  # type: ignore[import-not-found]
    from kucoin_universal_sdk.model import (  # type: ignore[import-not-found]
        ClientOptionBuilder,
        WebSocketClientOptionBuilder,
    )

    meter = Meter(options)
    count = meter.count

    def take(_topic: str, _subject: str, data: Any) -> None:
        count(data)

    link = WebSocketClientOptionBuilder().with_read_message_buffer(_QUEUE).build()
    client_options = (
        ClientOptionBuilder()
        .set_key("")
        .set_secret("")
        .set_passphrase("")
        .set_spot_endpoint(options.http_url)
        .set_websocket_client_option(link)
        .build()
    )
    spot = DefaultClient(client_options).ws_service().new_spot_public_ws()
    spot.start()
    spot.ticker(list(SYMBOLS), take)
    spot.trade(list(SYMBOLS), take)
    spot.orderbook_increment(list(SYMBOLS), take)
    meter.wait()


if __name__ == "__main__":
    main()
