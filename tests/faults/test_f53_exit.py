"""F53: the main thread returns while connections live: the process ends within 2 s, without a word."""

from __future__ import annotations

import os
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.processes import Script, Venue

REPEAT = int(os.environ.get("RXEX_REPEAT", "6"))
"""How often the usual case is tried; a night's run sets 100."""

USUAL = """
opened = threading.Event()
connection.subscribe(print)
connection.subscribe(lambda _: opened.set())
connection.connect()
opened.wait(5)
"""
CASES = {
    "several connections": """
        more = [kraken.public_connection(url) for _ in range(5)]
        for each in more:
            each.subscribe(print)
            each.connect()
        """,
    "while connecting": """
        connection.connect()
        """,
    "while waiting to reconnect": """
        import itertools, socket
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        waiting = threading.Event()
        connection = kraken.public_connection(f"ws://127.0.0.1:{port}", delays=lambda: itertools.repeat(30.0))
        connection.subscribe(lambda event: waiting.set())
        connection.connect()
        assert waiting.wait(5)
        """,
    "a subscriber hangs": USUAL
    + """
hanging = threading.Event()
connection.subscribe(lambda _: (hanging.set(), threading.Event().wait()))
hanging.wait(5)
""",
    "a for loop left open": USUAL
    + """
feed = rxex.blocking(connection, connection=connection)
next(feed)
""",
    "an asyncio loop left open": """
        import asyncio
        feed = rxex.aiter(connection, connection=connection)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(anext(feed))
        """,
    "asyncio.run left": """
        import asyncio
        async def main():
            global feed
            feed = rxex.aiter(connection, connection=connection)
            await anext(feed)
        asyncio.run(main())
        """,
    "run on another thread": """
        threading.Thread(target=rxex.run, args=(connection,), daemon=True).start()
        """,
    "slow subscribers behind a buffer": USUAL
    + """
from rxex.operators import on_backpressure_buffer
started = threading.Event()
connection.pipe(on_backpressure_buffer(10)).subscribe(lambda _: (started.set(), threading.Event().wait(0.01)))
started.wait(5)
""",
    "the connection in a cycle": USUAL
    + """
class Strategy:
    def __init__(self):
        self.feed = rxex.blocking(connection, connection=connection)
        self.me = self
        next(self.feed)
strategy = Strategy()
""",
}


def end_of(body: str, url: str) -> tuple[int, str]:
    with Script(body + "\nsay_when()\n", url) as script:
        script.wait_until_said()
        code, _, err, seconds = script.end()
    assert seconds < 2
    return code, err


@pytest.mark.timeout(60 + REPEAT)
def test_a_script_that_returns_amid_a_flood_ends_quietly_again_and_again(venue: Venue) -> None:
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda _: end_of(USUAL, venue.url), range(REPEAT)))
    assert ends == [(0, "")] * REPEAT
    assert venue.wait_for_codes(REPEAT) == [1001] * REPEAT


@pytest.mark.parametrize("case", CASES)
def test_a_script_that_leaves_everything_open_ends_quietly(venue: Venue, case: str) -> None:
    assert end_of(textwrap.dedent(CASES[case]), venue.url) == (0, "")


def test_the_exit_code_of_the_script_is_kept(venue: Venue) -> None:
    with Script(USUAL + "sys.exit(3)", venue.url) as script:
        code, _, err, seconds = script.end()
    assert (code, err) == (3, "")
    assert seconds < 5
