"""A channel that needs something besides its messages, such as a snapshot over REST, in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops

from rxex.channel import Channel
from rxex.errors import AuthRefused, ConnectError, InvalidArgument, RateLimited, SequenceGap
from rxex.events import Gap
from rxex.testing import MarbleConnection, marble_connection
from rxex.typing import Json
from tests.plain import DIALECT, Tick, channel, tick, yes
from tests.subscribing import asked, feed_of, states_of

MESSAGES: dict[str, Json] = {"z": tick("B", 5), **{name: tick(seq=seq) for seq, name in enumerate("abcdefg", start=1)}}


class Joiner:
    """Keeps ticks back until it has the number from which they count; insists on numbers without a hole."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.last: int | None = None

    def __call__(self, wire: Tick, received: int, raw: bytes | Json, number: Any) -> Sequence[str]:
        assert wire.seq is not None
        if self.last is None:
            self.kept.append(wire.seq)
            return ()
        if wire.seq != self.last + 1:
            raise SequenceGap(self.last + 1, wire.seq)
        self.last = wire.seq
        return [str(wire.seq)]

    def join(self, fetched: Any, received: int) -> Sequence[str] | None:
        if fetched == "nonsense":
            raise ValueError(fetched)
        if self.kept and fetched + 1 < self.kept[0]:
            return None
        self.last = max([fetched, *self.kept])
        return [f"from {fetched}", *(str(seq) for seq in self.kept if seq > fetched)]


class Shop:
    """Gives one answer after the other, each after some seconds, and keeps the times at which it was asked."""

    def __init__(self, live: list[MarbleConnection], *answers: Any, delay: float) -> None:
        self.live = live
        self.delay = delay
        self.answers = list(answers)
        self.asked: list[float] = []

    def __call__(self) -> Observable[Any]:
        scheduler = self.live[0].scheduler
        self.asked.append(scheduler.to_seconds(scheduler.now))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            return rx.throw(answer)
        return rx.timer(self.delay, scheduler=scheduler).pipe(ops.map(lambda _: answer))


def shop(marbles: str, *answers: Any, delay: float = 1.0) -> tuple[MarbleConnection, Shop, Channel[str]]:
    live: list[MarbleConnection] = []
    sells = Shop(live, *answers, delay=delay)
    live.append(marble_connection(marbles, MESSAGES, DIALECT, replies=yes))
    return live[0], sells, channel(start=Joiner, fetch=sells, needs_all=True)


def test_what_is_fetched_is_joined_to_the_messages_that_came_meanwhile() -> None:
    live, sells, what = shop("o-a-b-c-|", 1, delay=5.0)
    ticks: list[str] = []
    states = states_of(live)
    feed_of(live, what).subscribe(ticks.append)
    live.run()
    assert ticks == ["from 1", "2", "3"]
    assert states == ["A requested", "A acked", "A live"]
    assert len(sells.asked) == 1


def test_what_is_too_old_is_fetched_again_after_a_second() -> None:
    live, sells, what = shop("o-(b,c)-------d-|", 0, 2, delay=3.0)
    ticks: list[str] = []
    feed_of(live, what).subscribe(ticks.append)
    live.run()
    assert ticks == ["from 2", "3", "4"]
    assert [later - first for first, later in zip(sells.asked, sells.asked[1:], strict=False)] == [4.0]


def test_a_gap_is_mended_without_a_new_subscription() -> None:
    live, sells, what = shop("o-a-b-d---e-|", 0, 4)
    items: list[Any] = []
    states = states_of(live)
    feed_of(live, what, notices=True).subscribe(items.append)
    live.run()
    assert [item if isinstance(item, str) else type(item) for item in items] == ["from 0", "1", "2", Gap, "from 4", "5"]
    assert len(asked(live.sockets[0])) == 1
    assert not asked(live.sockets[0], "unsub")
    assert states == ["A requested", "A acked", "A live", "A gap", "A live", "A restored"]
    assert len(sells.asked) == 2


@pytest.mark.parametrize("trouble", [ConnectError("there", "no"), "nonsense"])
def test_after_a_passing_error_it_is_fetched_again(trouble: Any) -> None:
    live, _, what = shop("o-a-------b-|", trouble, 1)
    ticks: list[str] = []
    feed_of(live, what).subscribe(ticks.append)
    live.run()
    assert ticks[0] == "from 1"
    assert ticks[-1] == "2"


def test_it_is_fetched_again_no_sooner_than_the_exchange_said() -> None:
    live, sells, what = shop("o-a----------b-|", RateLimited("slow down", 7.0), 1)
    feed_of(live, what).subscribe()
    live.run()
    assert sells.asked[1] - sells.asked[0] == 7.0


def test_what_is_not_answered_is_fetched_again_however_often() -> None:
    live = marble_connection("o-a" + "-" * 300 + "|", MESSAGES, DIALECT, replies=yes)
    asked_at: list[float] = []

    def hang() -> Observable[Any]:
        asked_at.append(live.scheduler.to_seconds(live.scheduler.now))
        return rx.never()

    feed_of(live, channel(start=Joiner, fetch=hang, needs_all=True, first_timeout=10.0)).subscribe()
    live.run()
    assert len(asked_at) >= 4
    assert all(later - earlier <= 90 for earlier, later in pairwise(asked_at))


def test_an_answer_in_time_leaves_no_deadline_behind() -> None:
    live, sells, what = shop("o-a" + "-" * 200 + "b-|", 0)
    ticks: list[str] = []
    feed_of(live, what).subscribe(ticks.append)
    live.run()
    assert ticks == ["from 0", "1", "2"]
    assert len(sells.asked) == 1


def test_a_lasting_error_ends_that_stream_alone_and_tells_the_exchange() -> None:
    live, _, what = shop("o-a-z-|", AuthRefused("no such key"))
    errors: list[Exception] = []
    others: list[str] = []
    feed_of(live, what).subscribe(on_error=errors.append)
    feed_of(live, channel("B")).subscribe(others.append)
    live.run()
    assert isinstance(errors[0], AuthRefused)
    assert others == ["B=5"]
    assert len(asked(live.sockets[0], "unsub")) == 1


def test_a_source_that_raises_ends_the_stream() -> None:
    live = marble_connection("o-a-|", MESSAGES, DIALECT, replies=yes)

    def source() -> Observable[Any]:
        raise InvalidArgument("symbol", "A", "there is none")

    errors: list[Exception] = []
    feed_of(live, channel(start=Joiner, fetch=source)).subscribe(on_error=errors.append)
    live.run()
    assert isinstance(errors[0], InvalidArgument)


def test_what_was_fetched_for_a_socket_that_has_gone_counts_no_more() -> None:
    live, sells, what = shop("o#-o-b-c-|", 0, 1)
    ticks: list[str] = []
    feed_of(live, what).subscribe(ticks.append)
    live.run()
    assert ticks[0] == "from 1"
    assert ticks[-1] == "3"
    assert 1 <= len(sells.asked) <= 2


def test_nobody_is_told_after_a_dispose() -> None:
    live, _, what = shop("o-a-b-|", 0)
    ticks: list[str] = []
    subscription = feed_of(live, what).subscribe(ticks.append)
    live.advance_to(0.5)
    subscription.dispose()
    live.run()
    assert ticks == []


def test_trouble_while_a_gap_is_being_mended_fetches_once_more() -> None:
    live, sells, what = shop("o-a-c-d-e-f-g-|", 0, "nonsense", 3)
    items: list[Any] = []
    feed_of(live, what, notices=True).subscribe(items.append)
    live.run()
    assert [type(item) for item in items].count(Gap) == 1
    assert len(sells.asked) == 3
    assert "from 3" in items
    assert items[-1] == "7"
