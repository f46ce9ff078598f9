"""The way out, on a pair of connected sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import cast

import pytest
from reactivex.testing import TestScheduler

from rxex.clock import TimerQueue
from rxex.errors import LinkStale, NotSent
from rxex.socket import outbox as outbox_module
from rxex.socket.frames import CLOSE, PING
from rxex.socket.outbox import Outbox, TokenBucket
from tests.fakes.raw_server import Peer, RawServer


class _Pair:
    """An outbox and the other end of its socket."""

    def __init__(self, rate: tuple[float, int] | None = None) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.settimeout(0)
        self.theirs.settimeout(5)
        self.wakes = 0
        self.timers = TestScheduler()
        timers = cast("TimerQueue", self.timers)
        self.outbox = Outbox(self.ours, timeout=0.5, max_bytes=1_000_000, rate=rate, timers=timers, wake=self._count)
        with RawServer() as server:
            self.peer = Peer(server, self.theirs)

    def _count(self) -> None:
        self.wakes += 1

    def fill(self) -> int:
        """Send until the kernel takes nothing more; gives the number of frames."""
        count = 0
        while self.outbox.is_empty:
            self.outbox.send("x" * 10_000)
            count += 1
        return count

    def close(self) -> None:
        self.outbox.refuse()
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def pair() -> Iterator[_Pair]:
    made = _Pair()
    yield made
    made.close()


def test_a_message_is_one_masked_final_text_frame(pair: _Pair) -> None:
    pair.outbox.send('{"a":"\u00e9"}')
    assert pair.peer.read() == (1, '{"a":"\u00e9"}'.encode())
    assert pair.wakes == 0


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_messages_of_every_size_are_framed(pair: _Pair, size: int) -> None:
    text = "x" * size
    reader = threading.Thread(target=pair.peer.read)
    reader.start()
    pair.outbox.send(text)
    while not pair.outbox.is_empty:
        pair.outbox.flush()
    reader.join()
    assert pair.peer.server.frames == [(1, text.encode())]


def test_what_the_kernel_does_not_take_waits_and_is_flushed_in_order(pair: _Pair) -> None:
    count = pair.fill()
    assert pair.wakes == 1
    left = pair.outbox.seconds_left()
    assert left is not None
    assert 0 < left <= 0.5
    pair.outbox.send("last")
    got = [pair.peer.read() for _ in range(count - 1)]
    pair.outbox.flush()
    got += [pair.peer.read(), pair.peer.read()]
    assert got == [(1, b"x" * 10_000)] * count + [(1, b"last")]
    assert pair.outbox.seconds_left() is None


def test_what_waits_too_long_means_that_the_link_is_dead(pair: _Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(outbox_module, "monotonic", lambda: now)
    pair.fill()
    now += 0.4
    assert pair.outbox.seconds_left() == pytest.approx(0.1)
    now += 0.1
    with pytest.raises(LinkStale):
        pair.outbox.seconds_left()


def test_what_waits_is_bounded(pair: _Pair) -> None:
    pair.fill()
    with pytest.raises(NotSent, match="does not read"):
        pair.outbox.send("x" * 999_000)
    pair.outbox.send("short")


def test_a_message_larger_than_allowed_is_refused(pair: _Pair) -> None:
    with pytest.raises(NotSent, match="more than the 1000000 allowed"):
        pair.outbox.send("x" * 1_000_000)


def test_a_broken_link_refuses_what_has_not_begun_to_leave(pair: _Pair) -> None:
    pair.theirs.close()
    with pytest.raises(NotSent, match="the link broke"):
        pair.outbox.send("lost")
    assert pair.outbox.is_empty


def test_nothing_follows_a_close_frame(pair: _Pair) -> None:
    pair.outbox.close(1001, "bye")
    pair.outbox.close(1000)
    pair.outbox.control(PING, b"")
    with pytest.raises(NotSent, match="closed"):
        pair.outbox.send("late")
    assert pair.peer.read() == (CLOSE, (1001).to_bytes(2, "big") + b"bye")
    pair.ours.close()
    assert pair.peer.read() is None


def _paced(monkeypatch: pytest.MonkeyPatch, rate: tuple[float, int]) -> _Pair:
    scheduler: list[TestScheduler] = []
    monkeypatch.setattr(outbox_module, "monotonic", lambda: scheduler[0].clock if scheduler else 0.0)
    pair = _Pair(rate)
    scheduler.append(pair.timers)
    return pair


def test_a_rate_lets_a_burst_pass_and_then_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = _paced(monkeypatch, (2.0, 2))
    for number in range(5):
        pair.outbox.send(str(number))
    pair.outbox.control(PING, b"not paced")
    assert [pair.peer.read() for _ in range(3)] == [(1, b"0"), (1, b"1"), (PING, b"not paced")]
    for number in range(2, 5):
        pair.timers.advance_by(0.5)
        assert pair.peer.read() == (1, str(number).encode())
        pair.theirs.settimeout(0)
        with pytest.raises(BlockingIOError):
            pair.peer.read()
        pair.theirs.settimeout(5)
    pair.close()


def test_a_message_that_could_go_now_waits_behind_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = _paced(monkeypatch, (1.0, 1))
    pair.outbox.send("0")
    pair.timers.advance_by(0.5)
    pair.outbox.send("1")
    pair.outbox.send("2")
    pair.timers.advance_by(0.5)
    pair.outbox.send("3")
    pair.timers.advance_by(10)
    assert [pair.peer.read() for _ in range(4)] == [(1, b"0"), (1, b"1"), (1, b"2"), (1, b"3")]
    pair.close()


def test_messages_that_wait_when_the_link_ends_are_told_in_the_log_and_never_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pair = _paced(monkeypatch, (1.0, 1))
    for number in range(3):
        pair.outbox.send(f"secret {number}")
    pair.outbox.refuse()
    pair.timers.advance_by(10)
    assert pair.peer.read() == (1, b"secret 0")
    pair.ours.close()
    assert pair.peer.read() is None
    pair.close()
    assert "2 messages" in caplog.text
    assert "secret" not in caplog.text


def test_a_bucket_holds_a_burst_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 128.0
    monkeypatch.setattr(outbox_module, "monotonic", lambda: now)
    bucket = TokenBucket(8.0, 3)
    now += 1024
    assert [bucket.take() for _ in range(3)] == [0.0] * 3
    assert bucket.take() == 0.125
    now += 0.0625
    assert bucket.take() == 0.0625
    now += 0.0625
    assert bucket.take() == 0.0


def test_what_must_go_now_is_refused_where_it_would_wait_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = _paced(monkeypatch, (2.0, 1))
    pair.outbox.send("0", now=True)
    with pytest.raises(NotSent, match=r"wait 0\.5 s"):
        pair.outbox.send("1", now=True)
    pair.outbox.send("2")
    with pytest.raises(NotSent, match="still waiting"):
        pair.outbox.send("3", now=True)
    pair.timers.advance_by(1)
    pair.outbox.send("4", now=True)
    assert [pair.peer.read() for _ in range(3)] == [(1, b"0"), (1, b"2"), (1, b"4")]
    pair.close()


def test_what_must_go_now_is_refused_while_the_other_side_does_not_read(pair: _Pair) -> None:
    count = pair.fill()
    with pytest.raises(NotSent, match="still waiting"):
        pair.outbox.send("now", now=True)
    read = [pair.peer.read() for _ in range(count - 1)]
    pair.outbox.flush()
    read.append(pair.peer.read())
    assert {frame[1][:1] for frame in read if frame} == {b"x"}
    assert pair.outbox.is_empty
    pair.outbox.send("now", now=True)
    assert pair.peer.read() == (1, b"now")
