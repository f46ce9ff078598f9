"""F51: fork with a live connection. The child gets an error, the exchange sees nothing, the parent goes on."""

from __future__ import annotations

from rxex.exchanges.kraken.sandbox import kraken_sandbox
from tests.faults.processes import Script

BODY = """
from rxex.errors import ForkedError

ticks, live = threading.Semaphore(0), []
sockets.subscribe(live.append)
sockets.pipe(kraken.subscribe_ticker("BTC/USD", messages)).subscribe(lambda _: ticks.release())
disposable = connection.connect()
assert ticks.acquire(timeout=5)
child = os.fork()
if not child:
    uses = {
        "send": lambda: live[0].send({"method": "ping"}),
        "close": lambda: live[0].close(),
        "drop": lambda: live[0].drop(ValueError()),
        "connect": connection.connect,
        "run": lambda: rxex.run(connection),
        "blocking": lambda: next(rxex.blocking(connection, connection=connection)),
        "dispose": disposable.dispose,
    }
    for name, use in uses.items():
        try:
            use()
        except ForkedError as error:
            print(name, "raises", error)
        else:
            print(name, "does nothing")
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
say_when()
while ticks.acquire(blocking=False):
    pass
for _ in range(3):
    assert ticks.acquire(timeout=5)
say_when()
sys.stdin.read()
"""
REFUSED = "raises this connection belongs to the parent process; make a new one after the fork"


def test_a_forked_child_gets_an_error_and_the_exchange_sees_nothing_of_it() -> None:
    with kraken_sandbox(speed=50) as exchange, Script(BODY, exchange.public_url) as script:
        script.wait_until_said()
        script.wait_until_said()  # the parent got further ticks after the child had ended
        assert exchange.connections == 1
        assert ['"subscribe"' in request.text for request in exchange.requests] == [True]
        code, out, err, _ = script.end()
    assert (code, err) == (0, "")
    uses = ["send", "close", "drop", "connect", "run", "blocking"]
    assert out.splitlines() == [f"{use} {REFUSED}" for use in uses] + ["dispose does nothing"]


NEW_IN_CHILD = """
child = os.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
feed = sockets.pipe(kraken.subscribe_ticker("BTC/USD", messages))
for number, tick in enumerate(rxex.blocking(feed, connection=connection, timeout=5), 1):
    if number == 3:
        sys.exit(7)
"""


def test_a_connection_that_was_only_prepared_before_the_fork_works_in_the_child() -> None:
    with kraken_sandbox(speed=50) as exchange, Script(NEW_IN_CHILD, exchange.public_url) as script:
        code, _, err, _ = script.end()
    assert (code, err) == (7, "")
