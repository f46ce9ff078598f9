"""F52: Ctrl-C (and SIGTERM) while the main thread blocks: everything is closed with 1001 within 2 s."""

from __future__ import annotations

import signal

import pytest

from tests.faults.processes import Script, Venue

LIVE = """
import logging
logging.basicConfig(level=logging.WARNING)
opened = threading.Event()
connection.subscribe(print)
connection.subscribe(lambda _: opened.set())
def say_when_open():
    opened.wait(5)
    say_when()
threading.Thread(target=say_when_open).start()
"""
ASYNCIO = """
import asyncio
async def main():
    async for _ in rxex.aiter(connection, connection=connection):
        pass
"""
ENDS_NORMALLY = {"run": "rxex.run(connection)\nos.write(mark, b'!')"}
INTERRUPTED = {
    "blocking": "for _ in rxex.blocking(connection, connection=connection): pass",
    "an event": "connection.connect()\nthreading.Event().wait()",
    "a thread": "connection.connect()\nthreading.Thread(target=threading.Event().wait, daemon=True).run()",
    "asyncio": ASYNCIO + "asyncio.run(main())",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_returns_and_the_script_goes_on_and_ends_with_code_0(venue: Venue, number: int) -> None:
    with Script(LIVE + ENDS_NORMALLY["run"], venue.url) as script:
        script.wait_until_said()
        script.send_signal(number)
        script.wait_until_said()
        code, out, err, seconds = script.end()
    assert (code, err) == (0, "")
    assert "Opened" in out
    assert seconds < 2
    assert venue.wait_for_codes() == [1001]


@pytest.mark.parametrize("blocked_by", INTERRUPTED)
def test_elsewhere_ctrl_c_is_a_keyboard_interrupt_and_everything_is_closed(venue: Venue, blocked_by: str) -> None:
    with Script(LIVE + INTERRUPTED[blocked_by], venue.url) as script:
        script.wait_until_said()
        script.send_signal(signal.SIGINT)
        code, _, err, seconds = script.end()
    assert code == -signal.SIGINT
    assert err.splitlines()[-1] == "KeyboardInterrupt"
    assert err.count("Traceback") == (2 if blocked_by == "asyncio" else 1)
    assert seconds < 2
    assert venue.wait_for_codes() == [1001]


def test_a_subscriber_that_hangs_does_not_hold_up_the_end(venue: Venue) -> None:
    body = LIVE + "connection.subscribe(lambda _: threading.Event().wait())\nrxex.run(connection)"
    with Script(body, venue.url) as script:
        script.wait_until_said()
        script.send_signal(signal.SIGINT)
        code, _, err, seconds = script.end()
    assert code == 0
    assert err == "WARNING:rxex.worlds._closing:1 of 1 connections did not close within 1 s\n"
    assert seconds < 2
