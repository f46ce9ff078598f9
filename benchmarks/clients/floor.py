"""The floor: what any client has to do. Chunked reads, frames cut out in one loop, `orjson.loads` of each."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import orjson

from benchmarks.clients.meter import Meter, arguments

_CHUNK = 64 * 1024


def main() -> None:
    """Take the stream."""
    options = arguments()
    meter = Meter(options)
    parts = urlsplit(options.url)
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as link:
        link.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode()
        )
        rest = b""
        while b"\r\n\r\n" not in rest:
            rest += link.recv(_CHUNK)
        _scan(link, rest.partition(b"\r\n\r\n")[2], meter)
    meter.wait()


def _scan(link: socket.socket, rest: bytes, meter: Meter) -> None:
    loads = orjson.loads
    left, started = meter.warm, False
    while left > 0:
        data = rest + link.recv(_CHUNK) if rest else link.recv(_CHUNK)
        if not data:
            raise SystemExit("the server closed")
        place, end = 0, len(data)
        while end - place >= 2:
            size = data[place + 1]
            start = place + 2
            if size == 126:
                start += 2
                if start > end:
                    break
                size = data[place + 2] << 8 | data[place + 3]
            elif size == 127:
                start += 8
                if start > end:
                    break
                size = int.from_bytes(data[place + 2 : start], "big")
            if start + size > end:
                break
            loads(data[start : start + size])
            place = start + size
            left -= 1
        rest = data[place:]
        if left <= 0 and not started:
            left, started = left + meter.items, True
            meter.start()
    meter.stop()


if __name__ == "__main__":
    main()
