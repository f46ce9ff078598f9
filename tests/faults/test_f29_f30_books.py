"""F29, F30: a book that is not the exchange's any more says so, is withheld and heals; the others miss nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from rxex.events import Gap, SubscriptionStatus
from rxex.exchanges import kraken
from rxex.exchanges.kraken.connection import V1, V2
from rxex.models import Book
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.testing import marble_connection
from tests.exchanges.kraken.plain_books import (
    SNAPSHOT_V1,
    SNAPSHOT_V2,
    UPDATES_V1,
    UPDATES_V2,
    Plain,
    texts,
)

PAIRS = {1: ("XBT/USD", "XBT/EUR"), 2: ("BTC/USD", "BTC/EUR")}
FRAMES = {1: [SNAPSHOT_V1, *UPDATES_V1], 2: [SNAPSHOT_V2, *UPDATES_V2]}
CORRUPTED = {
    1: [  # one digit of a frame of each kind
        (2, "27117.40000", "27117.50000"),
        (2, "0.14741986", "0.14741987"),
        (8, "0.13827025", "0.13827026"),
        (9, "27128.90000", "27128.30000"),
        (4, "2081445242", "2081445243"),
    ],
    2: [(1, "2.08665551", "2.08665552"), (2, "63005.9", "63005.8"), (1, "2532652056", "2532652055")],
}


class Exchange:
    """Two books that get the same frames; whoever subscribes gets its book whole, as it is then."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.truth = Plain()
        self.sent: list[tuple[str, list[str]]] = []

    def replies(self, message: Any) -> Iterable[Any]:
        symbols = message["params"]["symbol"] if self.version == 2 else message["pair"]
        verb = message.get("method") or message["event"]
        self.sent.append((verb, symbols))
        for symbol in symbols:
            if self.version == 2:
                result = {"channel": "book", "symbol": symbol, "depth": 10}
                yield {"method": verb, "req_id": message["req_id"], "result": result, "success": True}
            else:
                answer = {"channelName": "book-10", "event": "subscriptionStatus", "pair": symbol}
                yield answer | {"reqid": message["reqid"], "status": f"{verb}d"}
            if verb == "subscribe" and self.truth.bids:
                yield self.truth.snapshot_v2(symbol) if self.version == 2 else self.truth.snapshot_v1(symbol)


def _run(version: int, corrupt: tuple[int, str, str]) -> tuple[Exchange, list[Any], list[Any], list[str]]:
    """Send each frame for both books, the corrupted one wrong for the first, and read both."""
    exchange = Exchange(version)
    broken, well = PAIRS[version]
    frames: dict[str, str] = {}
    for number, frame in enumerate(FRAMES[version]):
        place, right, wrong = corrupt
        frames[f"a{number}"] = frame.replace(right, wrong) if number == place else frame
        frames[f"b{number}"] = frame.replace(broken, well)
    marbles = "o-" + "----".join(frames) + "-----|"
    live = marble_connection(marbles, frames, V1 if version == 1 else V2, replies=exchange.replies)
    messages = live.connection.pipe(keep_messages_only())
    got: dict[str, list[Any]] = {"BTC/USD": [], "BTC/EUR": []}
    states: list[str] = []
    for symbol, seen in got.items():
        books = kraken.subscribe_book(symbol, messages, notices=True)
        live.connection.pipe(filter_new_socket_only(), books).subscribe(
            lambda item, seen=seen: seen.append(texts(item) if isinstance(item, Book) else item)  # type: ignore[misc]
        )
    live.connection.link.subscribe(
        lambda event: states.append(f"{event.symbol} {event.state}") if isinstance(event, SubscriptionStatus) else None
    )
    # The truth goes on with what is sent; a snapshot is made of what was sent until then.
    for number, frame in enumerate(FRAMES[version]):
        live.advance_to(marbles.index(f"a{number}") - 0.5)
        exchange.truth.take(frame)
    live.run()
    return exchange, got["BTC/USD"], got["BTC/EUR"], states


def _states(version: int) -> list[Any]:
    plain = Plain()
    return [plain.levels for frame in FRAMES[version] if plain.take(frame) is None]


@pytest.mark.parametrize(
    ("version", "corrupt"), [(version, corrupt) for version in (1, 2) for corrupt in CORRUPTED[version]]
)
def test_f29_one_wrong_digit_of_one_book_is_a_gap_of_that_book_alone_and_heals(
    version: int, corrupt: tuple[int, str, str]
) -> None:
    exchange, broken, well, states = _run(version, corrupt)
    right = _states(version)
    place = corrupt[0]
    assert well == right
    assert broken[:place] == right[:place]
    gap = broken[place]
    assert isinstance(gap, Gap)
    assert gap.channel == "book BTC/USD"
    assert "checksum" in gap.reason
    # The snapshot that answers is the truth of that moment; from there on nothing is missing.
    assert broken[place + 1 :] == right[place:]
    asked, other = PAIRS[version]
    assert exchange.sent == [("subscribe", [asked, other]), ("unsubscribe", [asked]), ("subscribe", [asked])]
    mine = [state for state in states if state.startswith("BTC/USD")]
    assert mine[mine.index("BTC/USD gap") :] == [
        f"BTC/USD {state}" for state in ("gap", "requested", "acked", "restored", "live")
    ]


def test_f30_what_still_comes_of_the_old_subscription_before_the_new_snapshot_is_left_out() -> None:
    right = _states(1)
    plain = Plain()
    for frame in FRAMES[1][:6]:
        plain.take(frame)
    frames: dict[str, Any] = {f"m{number}": frame for number, frame in enumerate(FRAMES[1])}
    frames |= {"w": FRAMES[1][2].replace("0.14741986", "0.14741987"), "s": plain.snapshot_v1("XBT/USD")}
    exchange = Exchange(1)  # it acknowledges, and has no snapshot to give
    live = marble_connection("o-m0-m1-w-m3-m4-m5-s-m6-m7-|", frames, V1, replies=exchange.replies, step=0.1)
    messages = live.connection.pipe(keep_messages_only())
    items: list[Any] = []
    live.connection.pipe(filter_new_socket_only(), kraken.subscribe_book("BTC/USD", messages, notices=True)).subscribe(
        lambda item: items.append(texts(item) if isinstance(item, Book) else type(item))
    )
    live.run()
    assert items == [right[0], right[1], Gap, right[5], right[6], right[7]]
    assert [verb for verb, _ in exchange.sent] == ["subscribe", "unsubscribe", "subscribe"]


@pytest.mark.parametrize("version", [1, 2])
def test_f30_updates_before_the_first_snapshot_are_left_out_and_a_second_snapshot_takes_the_place_of_the_first(
    version: int,
) -> None:
    snapshot, *updates = FRAMES[version]
    frames = {"u": updates[0], "s": snapshot}
    live = marble_connection("o-u-u-s-u-s-u-|", frames, V1 if version == 1 else V2, replies=lambda _: ())
    messages = live.connection.pipe(keep_messages_only())
    items: list[Any] = []
    live.connection.pipe(filter_new_socket_only(), kraken.subscribe_book("BTC/USD", messages, notices=True)).subscribe(
        lambda item: items.append(texts(item) if isinstance(item, Book) else item)
    )
    live.advance_to(13)
    right = _states(version)
    assert items == [right[0], right[1], right[0], right[1]]


def test_f29_any_level_changed_behind_our_back_is_noticed_by_the_next_checksum_that_covers_it() -> None:
    chance = random.Random(29)
    for _ in range(50):
        place = chance.randrange(1, len(FRAMES[1]))
        frames = list(FRAMES[1])
        # A frame that is lost altogether, as if it had been left out on the way.
        del frames[place]
        names = {f"m{number}": frame for number, frame in enumerate(frames)}
        live = marble_connection("o-" + "-".join(names) + "-|", names, V1, replies=lambda _: (), step=0.001)
        messages = live.connection.pipe(keep_messages_only())
        items: list[Any] = []
        live.connection.pipe(
            filter_new_socket_only(), kraken.subscribe_book("BTC/USD", messages, notices=True)
        ).subscribe(lambda item, items=items: items.append(texts(item) if isinstance(item, Book) else item))  # type: ignore[misc]
        live.run()
        right = _states(1)
        assert items[:place] == right[:place]
        if place < len(FRAMES[1]) - 1:
            assert isinstance(items[place], Gap)
            assert len(items) == place + 1
