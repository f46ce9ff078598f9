"""How KuCoin's topics are asked for: together where that is possible, once for all, and each refused alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable, Subject
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.codec import decode
from rxex.errors import InvalidArgument, SubscriptionRefused, SubscriptionTimeout
from rxex.events import Gap, Stale, SubscriptionStatus
from rxex.exchanges.kucoin import candles, channels, futures, snapshots
from rxex.exchanges.kucoin.dialect import SPOT, ServerNotice
from rxex.models import Ticker
from rxex.operators import keep_channel
from rxex.testing import ScriptedSocket, marble_connection
from tests.exchanges.kucoin.plain_kucoin import acks, error, live
from tests.exchanges.kucoin.samples import FUTURES_SAMPLES, SPOT_SAMPLES
from tests.feeding import events_of, feed, items, requests_of

TICKER = SPOT_SAMPLES["ticker"].frame


def _ticker(symbol: str, price: str = "0.08") -> str:
    return TICKER.replace("BTC-USDT", symbol).replace('"price":"0.08"', f'"price":"{price}"')


def _topics(connection: Any, verb: str = "subscribe", socket: int = 0) -> list[str]:
    return [message["topic"] for message in requests_of(connection, socket) if message["type"] == verb]


def _refusing(code: int, text: str, *topics: str) -> Any:
    """Answer requests that have one of ``topics`` with an error, others with an ack."""

    def answer(message: Any) -> Iterable[Any]:
        if message["type"] == "subscribe" and any(topic in message["topic"] for topic in topics):
            return [error(code, text, message["id"])]
        return acks(message)

    return answer


def test_many_symbols_go_in_one_request() -> None:
    connection = live([_ticker("ETH-USDT"), _ticker("BTC-USDT")])
    told = items(connection, channels.subscribe_ticker, ["BTC-USDT", "ETH-USDT", "KCS-USDT"])
    assert [ticker.symbol for ticker in told] == ["ETH-USDT", "BTC-USDT"]
    assert _topics(connection) == ["/market/ticker:BTC-USDT,ETH-USDT,KCS-USDT"]


def test_a_request_has_a_hundred_topics_at_most_and_a_socket_four_hundred() -> None:
    symbols = [f"A{number}-USDT" for number in range(950)]
    connection = live([])
    feed(connection, channels.subscribe_ticker, symbols).subscribe()
    connection.run()
    asked = [topic.partition(":")[2].split(",") for topic in _topics(connection)]
    assert [len(names) for names in asked] == [100] * 4
    assert [name for names in asked for name in names] == symbols[:400]
    # The further sockets are those of the source, which is one of marbles here: it opens its own for each.
    assert len(connection.sockets) == 3
    rest = [
        name
        for socket in (1, 2)
        for topic in _topics(connection, socket=socket)
        for name in topic.partition(":")[2].split(",")
    ]
    assert rest == symbols[400:]


def test_candles_and_futures_are_asked_for_one_by_one() -> None:
    connection = live([])
    feed(connection, candles.subscribe_candles, ["BTC-USDT", "ETH-USDT"], interval=300).subscribe()
    connection.run()
    assert _topics(connection) == ["/market/candles:BTC-USDT_5min", "/market/candles:ETH-USDT_5min"]
    connection = live([], futures=True)
    feed(connection, futures.subscribe_ticker, ["XBTUSDTM", "ETHUSDTM"]).subscribe()
    connection.run()
    assert _topics(connection) == ["/contractMarket/ticker:XBTUSDTM", "/contractMarket/ticker:ETHUSDTM"]


def test_an_identical_subscription_is_shared_and_an_overlapping_one_by_symbol() -> None:
    connection = live([TICKER] * 9)
    ones: list[Any] = []
    both: list[Any] = []
    first = feed(connection, channels.subscribe_ticker, "BTC-USDT").subscribe(ones.append)
    feed(connection, channels.subscribe_ticker, ["BTC-USDT", "ETH-USDT"]).subscribe(both.append)
    twin = feed(connection, channels.subscribe_ticker, ["BTC-USDT"]).subscribe()
    connection.advance_to(0.006)
    first.dispose()
    twin.dispose()
    connection.run()
    assert len(ones) < len(both) == 9
    assert _topics(connection) == ["/market/ticker:BTC-USDT,ETH-USDT"]
    assert _topics(connection, "unsubscribe") == []


def test_the_ack_of_a_request_is_for_all_its_topics() -> None:
    connection = live([])
    events = events_of(connection)
    feed(connection, channels.subscribe_ticker, ["BTC-USDT", "ETH-USDT"]).subscribe()
    connection.run()
    assert [(event.symbol, event.state.value) for event in events if isinstance(event, SubscriptionStatus)] == [
        ("BTC-USDT", "requested"),
        ("ETH-USDT", "requested"),
        ("BTC-USDT", "acked"),
        ("ETH-USDT", "acked"),
    ]


@pytest.mark.parametrize(
    ("code", "text", "remedy"),
    [
        (404, "topic /market/tickerr:BTC-USDT is not found", "spot and futures have their own servers"),
        (403, "login is required", "private connection"),
        (400, "topic is invalid", "list of symbols"),
        (406, "topic is required", ""),
    ],
)
def test_a_refusal_ends_that_stream_with_the_exchanges_text_and_a_remedy(code: int, text: str, remedy: str) -> None:
    connection = live([TICKER], replies=_refusing(code, text, "/market/match"))
    errors: list[Exception] = []
    feed(connection, channels.subscribe_trades, "BTC-USDT").subscribe(on_error=errors.append)
    assert len(items(connection, channels.subscribe_ticker, "BTC-USDT")) == 1
    (refusal,) = errors
    assert isinstance(refusal, SubscriptionRefused)
    assert (refusal.reason, refusal.channel, refusal.symbol) == (text, "/market/match", "BTC-USDT")
    assert remedy in refusal.remedy


def _long(marbles: str, replies: Any, **frames: Any) -> Any:
    return marble_connection(marbles, frames, SPOT, replies=replies)


def test_one_topic_that_is_refused_does_not_take_the_others_of_its_request_with_it() -> None:
    connection = _long("o--a-b--|", _refusing(400, "topic is invalid", "ETH"), a=TICKER, b=_ticker("KCS-USDT"))
    errors: list[Any] = []
    told: list[Any] = []
    feed(connection, channels.subscribe_ticker, "ETH-USDT").subscribe(on_error=errors.append)
    feed(connection, channels.subscribe_ticker, ["BTC-USDT", "KCS-USDT"]).subscribe(told.append)
    errors_of_both: list[Any] = []
    feed(connection, channels.subscribe_ticker, ["ETH-USDT", "BTC-USDT"]).subscribe(on_error=errors_of_both.append)
    connection.run()
    assert [ticker.symbol for ticker in told] == ["BTC-USDT", "KCS-USDT"]
    assert [error.symbol for error in errors + errors_of_both] == ["ETH-USDT", "ETH-USDT"]


def test_all_of_a_request_that_is_refused_are_asked_for_alone_a_second_later() -> None:
    connection = _long("o-----|", _refusing(400, "topic is invalid", "ETH"))
    errors: list[Any] = []
    feed(connection, channels.subscribe_ticker, ["BTC-USDT", "ETH-USDT"]).subscribe(on_error=errors.append)
    connection.run()
    sent = [(time, message["topic"]) for time, message in connection.sockets[0].sent if message["type"] == "subscribe"]
    assert sent == [
        (0.0, "/market/ticker:BTC-USDT,ETH-USDT"),
        (1.0, "/market/ticker:BTC-USDT"),
        (1.0, "/market/ticker:ETH-USDT"),
    ]
    assert [error.symbol for error in errors] == ["ETH-USDT"]


def test_too_much_at_once_is_asked_for_again_in_a_second() -> None:
    times: list[Any] = []

    def busy_once(message: Any) -> Iterable[Any]:
        times.append(message["id"])
        return [error(509, "exceed max permits per second", message["id"])] if len(times) == 1 else acks(message)

    connection = _long("o-a-|", busy_once, a=TICKER)
    told: list[Any] = []
    feed(connection, channels.subscribe_ticker, "BTC-USDT").subscribe(told.append)
    connection.run()
    assert [time for time, _ in connection.sockets[0].sent] == [0.0, 1.0]
    assert len(told) == 1


def test_an_error_with_an_id_that_nobody_sent_is_of_the_link_and_the_request_runs_into_its_deadline() -> None:
    def foreign(message: Any) -> Iterable[Any]:
        return [error(509, "more than 100 topics per request")] if message["type"] == "subscribe" else []

    connection = _long("o" + "-" * 14 + "|", foreign)
    events = events_of(connection)
    errors: list[Exception] = []
    feed(connection, channels.subscribe_ticker, "BTC-USDT").subscribe(on_error=errors.append)
    connection.run()
    assert [event.code for event in events if isinstance(event, ServerNotice)] == [509]
    assert [type(error) for error in errors] == [SubscriptionTimeout]
    assert _topics(connection, "unsubscribe") == ["/market/ticker:BTC-USDT"]


def test_a_symbol_that_is_acknowledged_and_silent_is_noticed() -> None:
    connection = _long("o" + "-" * 44 + "a|", acks, a=TICKER)
    told: list[Any] = []
    feed(connection, channels.subscribe_ticker, ["BTC-USDT", "NO-SUCH"], notices=True).subscribe(told.append)
    connection.run()
    assert [type(item) for item in told] == [Stale, Stale, Ticker]
    assert sorted(item.channel for item in told[:2]) == ["/market/ticker BTC-USDT", "/market/ticker NO-SUCH"]


@pytest.mark.parametrize(
    ("subscribe", "symbol"),
    [
        (channels.subscribe_trades, "NO-SUCH"),
        (candles.subscribe_candles, "NO-SUCH"),
        (futures.subscribe_trades, "NOSUCHM"),
        (futures.subscribe_candles, "NOSUCHM"),
    ],
)
def test_silence_where_trades_may_be_rare_is_told_once_after_a_minute(subscribe: Any, symbol: str) -> None:
    connection = _long("o" + "-" * 200 + "|", acks)
    told: list[Any] = []
    feed(connection, subscribe, symbol, notices=True).subscribe(told.append)
    connection.advance_to(59)
    assert told == []
    connection.run()
    assert [type(item) for item in told] == [Stale]


def test_what_comes_every_two_seconds_is_stale_after_half_a_minute_without() -> None:
    connection = _long("o-a" + "-" * 70 + "a-|", acks, a=SPOT_SAMPLES["snapshot"].frame)
    told: list[Any] = []
    feed(connection, snapshots.subscribe_snapshot, "CHR-BTC", notices=True).subscribe(told.append)
    connection.run()
    assert [type(item).__name__ for item in told] == ["MarketSnapshot", "Stale", "MarketSnapshot"]


def test_after_a_reconnect_everything_is_asked_for_once_and_the_gap_is_told() -> None:
    connection = _long("o-a-#--o-a-|", acks, a=TICKER)
    told: list[Any] = []
    feed(connection, channels.subscribe_ticker, ["BTC-USDT", "ETH-USDT"], notices=True).subscribe(told.append)
    connection.run()
    assert [type(item) for item in told] == [Ticker, Gap, Gap, Ticker]
    assert _topics(connection, socket=1) == ["/market/ticker:BTC-USDT,ETH-USDT"]


def test_one_who_comes_late_gets_the_last_ticker_at_once() -> None:
    connection = live([_ticker("BTC-USDT", "1"), _ticker("BTC-USDT", "2"), {}, {}, {}])
    feed(connection, channels.subscribe_ticker, "BTC-USDT").subscribe()
    connection.advance_to(0.007)
    late: list[Any] = []
    feed(connection, channels.subscribe_ticker, "BTC-USDT").subscribe(late.append)
    connection.run()
    assert [str(ticker.last) for ticker in late] == ["2"]


RAW = [
    ("/market/ticker:BTC-USDT", TICKER, False),
    ("/market/ticker:all", SPOT_SAMPLES["all tickers"].frame, False),
    ("/market/candles:BTC-USDT_1hour", SPOT_SAMPLES["candles"].frame, False),
    ("/contract/announcement:XBTUSDTM", FUTURES_SAMPLES["announcement"].frame, True),
    ("/contractMarket/ticker:XBTUSDTM", FUTURES_SAMPLES["ticker"].frame, True),
]


@pytest.mark.parametrize(("topic", "frame", "is_futures"), RAW)
def test_any_topic_as_it_comes(topic: str, frame: str, is_futures: Any) -> None:
    connection = live([frame], futures=is_futures)
    subscribe = futures.subscribe_raw if is_futures else channels.subscribe_raw
    (message,) = items(connection, subscribe, topic)
    assert message["topic"] in {topic, topic.partition(":")[0]}
    assert _topics(connection) == [topic]


def test_a_topic_of_several_symbols_is_sent_as_it_is_written_and_shared_by_symbol() -> None:
    connection = live([TICKER, _ticker("ETH-USDT"), _ticker("KCS-USDT")])
    both: list[Any] = []
    feed(connection, channels.subscribe_raw, "/market/ticker:BTC-USDT,ETH-USDT").subscribe(both.append)
    told = items(connection, channels.subscribe_raw, ["/market/ticker:ETH-USDT", "/market/ticker:KCS-USDT"])
    assert [message["topic"] for message in both] == ["/market/ticker:BTC-USDT", "/market/ticker:ETH-USDT"]
    assert [message["topic"] for message in told] == ["/market/ticker:ETH-USDT", "/market/ticker:KCS-USDT"]
    assert sorted(_topics(connection)) == ["/market/ticker:BTC-USDT,ETH-USDT", "/market/ticker:KCS-USDT"]


def test_a_private_topic_is_asked_for_as_such() -> None:
    frame = {"type": "message", "topic": "/account/balance", "subject": "account.balance", "data": {"total": "1.10"}}
    connection = live([frame])
    (message,) = items(connection, channels.subscribe_raw, "/account/balance", private=True)
    assert message == frame
    (request,) = requests_of(connection)
    assert (request["topic"], request["privateChannel"]) == ("/account/balance", True)


@pytest.mark.parametrize("topic", ["/contractMarket/tradeOrders", "/contractMarket/tradeOrders:XBTUSDTM"])
def test_orders_of_one_contract_and_of_all_are_one_channel(topic: str) -> None:
    frames = [
        {"type": "message", "topic": f"/contractMarket/tradeOrders{symbol}", "data": {}} for symbol in ("", ":XBTUSDTM")
    ]
    connection = live(frames, futures=True)
    errors: list[Exception] = []
    told: list[Any] = []
    feed(connection, futures.subscribe_raw, topic, private=True).subscribe(told.append)
    feed(connection, futures.subscribe_raw, "/contractMarket/tradeOrders:A", private=True).subscribe(
        on_error=errors.append
    )
    connection.run()
    assert told == frames
    assert [type(error) for error in errors] == [InvalidArgument]


def test_two_contracts_of_one_channel_cannot_be_asked_for_together() -> None:
    with pytest.raises(InvalidArgument, match="another topic"):
        futures.subscribe_raw("/contract/position:A,B", live([], futures=True).connection.messages)


def test_a_topic_that_the_connection_has_as_models_is_not_given_raw() -> None:
    connection = live([TICKER])
    errors: list[Exception] = []
    feed(connection, channels.subscribe_ticker, "BTC-USDT").subscribe()
    feed(connection, channels.subscribe_raw, "/market/ticker:BTC-USDT").subscribe(on_error=errors.append)
    raw: list[Any] = []
    connection.connection.messages.pipe(keep_channel(("/market/ticker:BTC-USDT",))).subscribe(raw.append)
    connection.run()
    assert [type(error) for error in errors] == [InvalidArgument]
    assert len(raw) == 1


@pytest.mark.parametrize(
    "topic",
    ["", "market/ticker", "/market/ticker:", "/market/ticker:A-B,", "/market/ticker:A B", '/a:"', "/a:\\", [], [7]],
)
def test_what_cannot_be_a_topic_is_refused(topic: Any) -> None:
    with pytest.raises(InvalidArgument, match="/market/ticker:BTC-USDT"):
        channels.subscribe_raw(topic, live([]).connection.messages)


def test_announcements_need_a_contract() -> None:
    with pytest.raises(InvalidArgument, match="/contract/announcement:XBTUSDTM"):
        futures.subscribe_raw("/contract/announcement", live([], futures=True).connection.messages)


def test_channels_are_found_on_any_stream_of_messages() -> None:
    clock = TestScheduler()
    socket = ScriptedSocket(clock, acks)
    pushes: Subject[Any] = Subject()
    messages: Observable[Any] = rx.merge(socket.messages, pushes)
    told: list[Any] = []
    sockets: Observable[Any] = rx.of(socket).pipe(ops.concat(rx.never()))
    sockets.pipe(channels.subscribe_ticker(["BTC-USDT", "ETH-USDT"], messages)).subscribe(told.append)
    clock.advance_to(1)
    for frame in (_ticker("ETH-USDT"), _ticker("KCS-USDT"), SPOT_SAMPLES["all tickers"].frame, TICKER):
        pushes.on_next(decode(frame.encode()))
    assert [ticker.symbol for ticker in told] == ["ETH-USDT", "BTC-USDT"]
