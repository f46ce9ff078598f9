"""Test a strategy without a network and without waiting.

`marble_connection` makes a real `rxex.connection.Connection` of a marble diagram: when the link opens (``o``), is cut
(``#``), and which messages come in between. `ScriptedSocket` records what the strategy sends, and answers it. `record`
keeps what a stream gives; `assert_marbles` and `assert_sent` compare, and show both sides where they differ. All of it
happens in virtual time: an hour passes at once, and the same test gives the same result each time.

A strategy, here one that buys on every price below 10 and asks for the prices anew on each socket:

>>> from reactivex import operators as ops
>>> from rxex.operators import filter_new_socket_only, keep_messages_only
>>> def strategy(connection):
...     def buy(message):
...         return {"buy": message["price"]}
...     connection.pipe(filter_new_socket_only()).subscribe(lambda socket: socket.send({"subscribe": "prices"}))
...     prices = connection.pipe(keep_messages_only(), ops.filter(lambda message: "price" in message))
...     return prices.pipe(ops.filter(lambda message: message["price"] < 10), ops.map(buy))

Its test:

>>> from rxex.testing import assert_marbles, assert_sent, marble_connection, record
>>> world = marble_connection("o-l-h-#--o-l-|", {"l": {"price": 9}, "h": {"price": 11}})
>>> orders = record(strategy(world.connection), world.scheduler)
>>> world.run()
>>> assert_marbles(orders, "--b--------b-|", {"b": {"buy": 9}})
>>> for socket, time in zip(world.sockets, (0, 9)):
...     assert_sent(socket, [(time, {"subscribe": "prices"})])

Diagrams are written as in reactivex: one character is one step (a second, unless ``step`` says otherwise), ``-`` lets
it pass, ``(a,b)`` is two things at the time of its bracket (and takes as many steps as it has characters), blanks are
for the eye. A test that fails shows both diagrams:

>>> assert_marbles(orders, "--b----b---b-|", {"b": {"buy": 9}})
Traceback (most recent call last):
AssertionError: the stream is not the expected one
  expected  --b----b---b-|
  received  --b--------b-|
  (one character is 1 s)
first difference: expected b at 7 s, received b at 11 s
  b = {'buy': 9}

Answers: ``replies`` is called with each message that is sent and gives what the other side answers, so that a
``subscribe_…`` of a venue gets its acknowledgement:

>>> world = marble_connection("o-----|", replies=lambda message: [{"ok": message["id"]}], delay=2)
>>> answers = record(world.connection.pipe(keep_messages_only()), world.scheduler)
>>> _ = world.connection.pipe(filter_new_socket_only()).subscribe(lambda socket: socket.send({"id": 7}))
>>> world.run()
>>> assert_marbles(answers, "--a---|", {"a": {"ok": 7}})

A `NotSent` that it raises is what the strategy gets from its ``send``; any other error ends the test, and so does what
a subscriber raises: an assertion in a callback works.

Where the whole exchange matters (its answers, its prices, its faults), let the strategy run against the venue's
simulated one in virtual time instead: the ``source`` of a `rxex.sandbox.VirtualExchange` is what a
`rxex.connection.Connection` is made of, on a ``TestScheduler`` of your own; `record` and `assert_marbles` work there.
"""

from rxex.testing.assertions import Recording, assert_marbles, assert_sent, record
from rxex.testing.marble_connection import MarbleConnection, marble_connection
from rxex.testing.scripted_socket import Replies, ScriptedSocket

__all__ = [
    "MarbleConnection",
    "Recording",
    "Replies",
    "ScriptedSocket",
    "assert_marbles",
    "assert_sent",
    "marble_connection",
    "record",
]
