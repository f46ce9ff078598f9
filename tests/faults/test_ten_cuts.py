"""The script of the first page while its connection is cut ten times, and then Ctrl-C."""

from __future__ import annotations

import json
import signal
from typing import Any

from rxex.exchanges.kraken.sandbox import KrakenSandbox, kraken_sandbox
from rxex.sandbox import Sent
from tests.faults.processes import Script

# Kraken's own delays would make this a test of a minute.
BODY = """
from itertools import repeat
from rxex.codec import encode
from rxex.events import Gap

connection = kraken.public_connection(url, delays=lambda: repeat(0.05))
messages = connection.pipe(keep_messages_only())
connection.pipe(
    filter_new_socket_only(),
    kraken.subscribe_ticker("BTC/USD", messages),
).subscribe(lambda ticker: print(encode(ticker.raw)))
connection.link.subscribe(lambda event: print("GAP") if isinstance(event, Gap) else None)
say_when()
rxex.run(connection)
print("END")
"""


def tickers(exchange: KrakenSandbox) -> list[tuple[int, Any]]:
    def of(sent: Sent) -> tuple[int, Any]:
        return sent.session, json.loads(sent.text, parse_float=str)

    return [(session, message) for session, message in map(of, exchange.sent) if message.get("channel") == "ticker"]


def test_every_ticker_is_delivered_or_lies_under_a_notice_and_each_socket_asks_once() -> None:
    with kraken_sandbox(speed=100) as exchange, Script(BODY, exchange.public_url) as script:
        script.wait_until_said()
        for cut in range(1, 11):
            assert exchange.wait_until(lambda it: sum(session == cut for session, _ in tickers(it)) >= 5)  # noqa: B023
            exchange.cut()
        assert exchange.wait_until(lambda it: sum(session == 11 for session, _ in tickers(it)) >= 5)
        script.send_signal(signal.SIGINT)
        code, out, err, seconds = script.end()
        sent, requests, connections = tickers(exchange), exchange.requests, exchange.connections
    assert (code, err) == (0, "")
    assert seconds < 2
    assert connections == 11
    subscribes = [request.session for request in requests if '"subscribe"' in request.text]
    assert subscribes == list(range(1, 12)), "one subscribe on each socket"

    *lines, last = out.splitlines()
    assert last == "END"
    gaps = lines.count("GAP")
    assert gaps == 10
    # What is missing was sent right before a cut, where a notice stands; or after Ctrl-C.
    rest = iter(sent)
    session, missing = 1, 0
    for line in lines:
        if line == "GAP":
            session += 1
            continue
        message = json.loads(line, parse_float=str)
        for its_session, sent_message in rest:
            if sent_message == message:
                assert its_session == session
                break
            assert its_session < session, "lost without a notice"
            missing += 1
        else:
            raise AssertionError(f"never sent: {line}")
    assert missing < len(sent) // 2
