"""websocket-client's own loops with `orjson.loads`, as most programs have them."""

from __future__ import annotations

from typing import Any

import orjson
import websocket

from benchmarks.clients.meter import Meter, arguments


def main() -> None:
    """Take the stream. Variants: ``app``, ``app-skip-utf8``, ``recv``, ``recv-skip-utf8``."""
    options = arguments()
    meter = Meter(options)
    count, loads = meter.count, orjson.loads
    skip = options.variant.endswith("-skip-utf8")
    if options.variant.startswith("app"):

        def on_message(app: Any, message: str) -> None:
            count(loads(message))
            if meter.finished.is_set():
                app.keep_running = False

        websocket.WebSocketApp(options.url, on_message=on_message).run_forever(skip_utf8_validation=skip)
    else:
        link = websocket.create_connection(options.url, skip_utf8_validation=skip)
        while not meter.finished.is_set():
            count(loads(link.recv()))
    meter.wait()


if __name__ == "__main__":
    main()
