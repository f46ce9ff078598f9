"""KuCoin's public channels: each one's sample, what is wrong with it, and every recorded line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.codec import decode, encode, text_of
from rxex.errors import InvalidArgument
from rxex.events import Gap
from rxex.exchanges.kucoin import auctions, candles, channels, depth, futures, indicators, snapshots, spreads
from rxex.models import Book, Side
from tests.exchanges.kucoin.plain_kucoin import live
from tests.exchanges.kucoin.samples import FUTURES_SAMPLES, SPOT_SAMPLES, Sample, read
from tests.feeding import events_of, feed, items, malformed, requests_of
from tests.mutations import mutate

SAMPLES = [
    *(pytest.param(sample, id=name) for name, sample in SPOT_SAMPLES.items()),
    *(pytest.param(sample, id=f"futures {name}") for name, sample in FUTURES_SAMPLES.items()),
]


def _told(sample: Sample, frames: list[Any], **options: Any) -> list[Any]:
    return items(
        live(frames, futures=sample.is_of_futures), sample.subscribe, *sample.arguments, **sample.options, **options
    )


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_is_read_digit_for_digit(sample: Sample) -> None:
    # Twice: the second one of the same shape goes another way.
    for item in (told := _told(sample, [sample.frame] * 2)):
        assert {name: read(item, name) for name in sample.told} == sample.told
        assert item.raw == decode(sample.frame.encode())
    assert len(told) == 2


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_topic_is_asked_for_with_an_answer_wanted_and_ended_when_nobody_listens(sample: Sample) -> None:
    connection = live([sample.frame] * 3, futures=sample.is_of_futures)
    subscription = feed(connection, sample.subscribe, *sample.arguments, **sample.options).subscribe()
    connection.advance_to(0.004)
    subscription.dispose()
    asked, ended = requests_of(connection)
    # An announcement of old has no symbol in its topic.
    topic = json.loads(sample.frame)["topic"].replace("/announcement", "/announcement:XBTUSDTM")
    wanted = {"topic": topic, "privateChannel": False, "response": True}
    assert asked == {"id": "s1-1", "type": "subscribe", **wanted}
    assert ended == {"id": "s2-1", "type": "unsubscribe", **wanted}


def _changed(frame: str, path: str, wrong: Any) -> str:
    message: Any = decode(frame.encode())
    *steps, name = path.split(".")
    holder = message["data"]
    for step in steps:
        holder = holder[step]
    if wrong is LACKS:
        del holder[name]
    else:
        holder[name] = wrong
    return encode(message)


LACKS = object()
NAMES = {"data.symbol", "data.baseCurrency", "data.quoteCurrency", "data.market", "tradeId"}
WRONG = [LACKS, None, 7.5, {"a": 1}, [[]]]
NO_NUMBERS = ["NaN", "", "1_0", "\uff11", "1" * 50, True]


@pytest.mark.parametrize("sample", SAMPLES)
def test_without_a_field_that_is_needed_or_with_a_wrong_one_nothing_is_made_up(sample: Sample) -> None:
    for path in sample.required:
        value = _value(sample, path)
        wrongs = [wrong for wrong in WRONG if wrong != 7.5 or not _is_price(value)]
        if path not in NAMES and path != "data.trading" and path != "side":
            wrongs += NO_NUMBERS
        frames = [_changed(sample.frame, path, wrong) for wrong in wrongs]
        connection = live([*frames, sample.frame], futures=sample.is_of_futures)
        events = events_of(connection)
        assert len(items(connection, sample.subscribe, *sample.arguments, **sample.options)) == 1, path
        assert len(malformed(events)) == len(frames), path


def _value(sample: Sample, path: str) -> Any:
    value: Any = decode(sample.frame.encode())
    for step in ("data", *path.split(".")):
        value = value[step]
    return value


def _is_price(value: Any) -> bool:
    return isinstance(value, Decimal) or (isinstance(value, str) and value.replace(".", "").isdigit())


@pytest.mark.parametrize("sample", SAMPLES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_mutated_message_is_malformed_or_right_but_never_a_crash(sample: Sample, data: st.DataObject) -> None:
    mutated = mutate(json.loads(sample.frame), data)
    frames = [sample.frame, json.dumps(mutated), sample.frame]
    told = _told(sample, frames)
    assert len(told) >= 2
    for item in told:
        for name in sample.told:
            value = item
            for part in name.split("."):
                value = getattr(value, part)
            assert not isinstance(value, float)
            assert not isinstance(value, Decimal) or value.is_finite()
    for item in (told[0], told[-1]):
        assert {name: read(item, name) for name in sample.told if name != "closed"} == {
            name: value for name, value in sample.told.items() if name != "closed"
        }


@pytest.mark.parametrize(
    ("sample", "number"),
    [
        (SPOT_SAMPLES["ticker"], "0.036"),
        (SPOT_SAMPLES["trades"], "0.0030"),
        (SPOT_SAMPLES["spread"], "68145.70"),
        (SPOT_SAMPLES["depth 5"], "67995.3"),
        (SPOT_SAMPLES["depth 5"], "0.20779740"),
        (SPOT_SAMPLES["candles"], "67724.8"),
        (SPOT_SAMPLES["call auction book"], "67995.3"),
        (FUTURES_SAMPLES["depth 5"], "89720.8"),
        (FUTURES_SAMPLES["depth 5"], "203"),
        (FUTURES_SAMPLES["ticker"], "2186"),
        (FUTURES_SAMPLES["mark price"], "90445.10"),
    ],
)
def test_what_loses_digits_is_refused_where_the_shape_is_known_too(sample: Sample, number: str) -> None:
    _, _, fraction = number.partition(".")
    long = "9" * 45 + (f".{fraction}" if fraction else "")
    frames = [sample.frame, sample.frame, sample.frame.replace(number, long), sample.frame]
    connection = live(frames, futures=sample.is_of_futures)
    events = events_of(connection)
    told = items(connection, sample.subscribe, *sample.arguments, **sample.options)
    assert len(told) == 3
    assert len(malformed(events)) == 1


def test_the_ticker_of_all_is_one_channel_and_does_not_reach_those_of_single_symbols() -> None:
    connection = live([SPOT_SAMPLES["all tickers"].frame, SPOT_SAMPLES["ticker"].frame])
    one: list[Any] = []
    feed(connection, channels.subscribe_ticker, "BTC-USDT").subscribe(one.append)
    all_ = items(connection, channels.subscribe_all_tickers)
    assert [text_of(ticker.last) for ticker in one] == ["0.08"]
    assert [text_of(ticker.last) for ticker in all_] == ["67220"]
    assert [message["topic"] for message in requests_of(connection)] == [
        "/market/ticker:BTC-USDT",
        "/market/ticker:all",
    ]


def test_the_subject_of_a_ticker_of_all_names_its_symbol() -> None:
    frame = SPOT_SAMPLES["all tickers"].frame
    frames = [frame, frame.replace('"BTC-USDT"', '"BTC3L-USDT"'), frame.replace('"BTC-USDT"', '"BTC3S-USDT"'), frame]
    told = items(live(frames), channels.subscribe_all_tickers)
    assert [ticker.symbol for ticker in told] == ["BTC-USDT", "BTC3L-USDT", "BTC3S-USDT", "BTC-USDT"]


@pytest.mark.parametrize(("side", "expected"), [("buy", Side.BUY), ("sell", Side.SELL)])
def test_a_trade_tells_the_takers_side(side: str, expected: Side) -> None:
    (trade,) = items(
        live([SPOT_SAMPLES["trades"].frame.replace('"buy"', f'"{side}"')]), channels.subscribe_trades, "BTC-USDT"
    )
    assert trade.side is expected


def test_a_side_without_orders_has_no_best_price() -> None:
    frame = SPOT_SAMPLES["spread"].frame
    empty = frame.replace('["68145.8","0.51987471"]', "[]")
    (spread,) = items(live([empty]), spreads.subscribe_spread, "BTC-USDT")
    assert (spread.ask, spread.ask_size, text_of(spread.bid)) == (None, None, "68145.70")


@pytest.mark.parametrize(
    "asks", ['["68145.8"]', '["68145.8",null]', '[null,"1"]', '[["68145.8","1"]]', '["1","2","3"]']
)
def test_half_a_best_price_is_none(asks: str) -> None:
    connection = live([SPOT_SAMPLES["spread"].frame.replace('["68145.8","0.51987471"]', asks)])
    events = events_of(connection)
    assert items(connection, spreads.subscribe_spread, "BTC-USDT") == []
    assert len(malformed(events)) == 1


def test_depths_of_5_and_50_are_two_channels() -> None:
    connection = live([SPOT_SAMPLES["depth 5"].frame, SPOT_SAMPLES["depth 50"].frame])
    five: list[Book] = []
    feed(connection, depth.subscribe_depth, "BTC-USDT").subscribe(five.append)
    fifty = items(connection, depth.subscribe_depth, "BTC-USDT", depth=50)
    assert ([book.depth for book in five], [book.depth for book in fifty]) == ([5], [50])


def test_a_depth_replaces_the_one_before_which_stays_as_it_was() -> None:
    first = SPOT_SAMPLES["depth 5"].frame
    second = first.replace('["67996.7","1.14213262"],', "").replace('["67995.3","0.20779740"]', '["67995.2","1"]')
    before, after = items(live([first, second]), depth.subscribe_depth, "BTC-USDT")
    assert [text_of(level.price) for level in before.asks] == ["67996.7", "67996.80"]
    assert [text_of(level.price) for level in after.asks] == ["67996.80"]
    assert [text_of(level.price) for level in after.bids] == ["67996.6", "67995.2"]


def test_an_empty_side_of_a_depth_is_empty() -> None:
    frame = (
        '{"topic":"/spotMarket/level2Depth5:BTC-USDT","type":"message","subject":"level2","data":{"asks":[],"bids":[],'
    )
    (book,) = items(live([frame + '"timestamp":1729822226746}}']), depth.subscribe_depth, "BTC-USDT")
    assert (len(book.bids), len(book.asks), book.bid, book.ask) == (0, 0, None, None)


@pytest.mark.parametrize(
    ("sample", "price"), [(SPOT_SAMPLES["depth 5"], "67996.6"), (FUTURES_SAMPLES["depth 5"], "89720.9")]
)
def test_a_crossed_depth_is_withheld_and_told(sample: Sample, price: str) -> None:
    crossed = sample.frame.replace(f'"{price}"', '"99999"')
    told = _told(sample, [crossed, sample.frame], notices=True)
    assert [type(item) for item in told] == [Gap, Book]
    assert "crossed book" in told[0].reason


@pytest.mark.parametrize("level", ['["1","NaN"]', '["1"]', '[1,"1"]', '["1_0","1"]', "7", "null"])
@pytest.mark.parametrize("sample", [SPOT_SAMPLES["depth 5"], SPOT_SAMPLES["call auction book"]])
def test_what_is_no_level_is_malformed(sample: Sample, level: str) -> None:
    connection = live([sample.frame.replace('["67996.6","0.37969491"]', level), sample.frame])
    events = events_of(connection)
    assert len(items(connection, sample.subscribe, "BTC-USDT")) == 1
    assert len(malformed(events)) == 1


def test_the_book_of_an_auction_may_be_crossed() -> None:
    frame = SPOT_SAMPLES["call auction book"].frame.replace('"67996.6"', '"99999"')
    (book,) = items(live([frame]), auctions.subscribe_call_auction_book, "BTC-USDT")
    assert book.bids[0].price > book.asks[0].price


def test_figures_that_there_are_not_are_none() -> None:
    message = json.loads(SPOT_SAMPLES["snapshot"].frame)
    row = message["data"]["data"]
    kept = {"symbol", "baseCurrency", "quoteCurrency", "market", "datetime", "trading"}
    frames = [json.dumps(message)]
    message["data"]["data"] = {name: value if name in kept else None for name, value in row.items()}
    message["data"]["data"]["marginTrade"] = True
    frames.append(json.dumps(message))
    message["data"]["data"] = {name: value for name, value in row.items() if name in kept}
    frames.append(json.dumps(message))
    _, nulls, missing = items(live(frames), snapshots.subscribe_snapshot, "CHR-BTC")
    for snapshot in (nulls, missing):
        assert (snapshot.symbol, snapshot.is_trading, snapshot.markets, snapshot.sites) == ("CHR-BTC", True, (), ())
        assert (snapshot.bid, snapshot.volume, snapshot.board, snapshot.day.high, snapshot.hour.open) == (None,) * 5


def test_a_market_of_several_symbols_in_one_message_as_pages_of_old_have_it() -> None:
    message = json.loads(SPOT_SAMPLES["market snapshot"].frame)
    row = message["data"]["data"]
    message["data"]["data"] = [row, row | {"symbol": "ETH-BTC"}]
    told = items(live([json.dumps(message)]), snapshots.subscribe_market_snapshot, "BTC")
    assert [snapshot.symbol for snapshot in told] == ["CHR-BTC", "ETH-BTC"]


SYMBOLS = ["BTC/USDT", "BTCUSDT", "", "BTC-", "-USDT", "BTC-USDT,ETH-USDT", "BTC USDT", "BTC-USDT_1min", "all", []]
CONTRACTS = ["XBT-USDTM", "", "XBTUSDTM,ETHUSDTM", "XBTUSDTM:", "XBT USDTM", [], [None]]


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_cannot_be_a_name_is_refused_before_anything_is_sent(sample: Sample) -> None:
    if sample.argument is None:
        return
    connection = live([], futures=sample.is_of_futures)
    names: list[Any] = CONTRACTS if sample.is_of_futures or "-" not in sample.argument else SYMBOLS
    for name in names:
        with pytest.raises(InvalidArgument, match="as in '"):
            sample.subscribe(name, connection.connection.messages, **sample.options)


def test_a_depth_that_there_is_not_is_refused() -> None:
    messages = live([]).connection.messages
    for subscribe in (depth.subscribe_depth, futures.subscribe_depth):
        with pytest.raises(InvalidArgument, match="choose one of 5, 50"):
            subscribe("XBT" if subscribe is futures.subscribe_depth else "BTC-USDT", messages, depth=20)


RECORDED = {"/market/ticker": channels.subscribe_ticker, "/market/match": channels.subscribe_trades}


def _recorded(path: Path) -> Iterator[str]:
    for line in path.read_text().splitlines():
        time, separator, text = line.partition(": ")
        if separator and time.replace(".", "").isdigit():
            yield text


def _of(frames: list[str], topic: str) -> list[Any]:
    return [message for message in map(json.loads, frames) if message.get("topic", "").startswith(f"{topic}:")]


def _replay(recordings: Path, topic: str, subscribe: Any, **options: Any) -> tuple[list[Any], list[Any]]:
    frames = list(_recorded(recordings / "kucoin.jsonl"))
    messages = _of(frames, topic)
    symbols = sorted({message["topic"].partition(":")[2].partition("_")[0] for message in messages})
    connection = live(frames)
    events = events_of(connection)
    got = items(connection, subscribe, symbols, **options)
    assert malformed(events) == []
    return got, messages


def test_every_recorded_ticker_comes_out_digit_for_digit(recordings: Path) -> None:
    got, messages = _replay(recordings, "/market/ticker", channels.subscribe_ticker)
    assert len(got) == len(messages) > 400
    for ticker, message in zip(got, messages, strict=True):
        row = message["data"]
        assert [text_of(value) for value in (ticker.bid, ticker.bid_size, ticker.ask, ticker.ask_size)] == [
            *(row["bestBid"], row["bestBidSize"], row["bestAsk"], row["bestAskSize"])
        ]
        assert [text_of(value) for value in (ticker.last, ticker.last_size)] == [row["price"], row["size"]]
        assert (f"/market/ticker:{ticker.symbol}", ticker.time) == (message["topic"], row["time"] * 10**6)
        assert ticker.raw == message


def test_every_recorded_trade_comes_out_digit_for_digit(recordings: Path) -> None:
    got, messages = _replay(recordings, "/market/match", channels.subscribe_trades)
    assert len(got) == len(messages) > 10
    for trade, message in zip(got, messages, strict=True):
        row = message["data"]
        assert (text_of(trade.price), text_of(trade.size), trade.side) == (row["price"], row["size"], row["side"])
        assert (trade.symbol, trade.id, str(trade.time)) == (row["symbol"], row["tradeId"], row["time"])
        assert trade.raw == message


def test_every_recorded_candle_comes_out_digit_for_digit(recordings: Path) -> None:
    got, messages = _replay(recordings, "/market/candles", candles.subscribe_candles)
    told = [candle for candle in got if not candle.closed]
    assert len(got) > len(told) == len(messages) > 3
    for candle, message in zip(told, messages, strict=True):
        row = message["data"]["candles"]
        values = (candle.open, candle.close, candle.high, candle.low, candle.volume)
        assert [text_of(value) for value in values] == row[1:6]
        assert (str(candle.begin // 10**9), candle.time) == (row[0], message["data"]["time"])


def test_index_and_mark_prices_are_two_channels() -> None:
    connection = live([SPOT_SAMPLES["index price"].frame, SPOT_SAMPLES["mark price"].frame])
    index: list[Any] = []
    feed(connection, indicators.subscribe_index_price, "USDT-BTC").subscribe(index.append)
    marks = items(connection, indicators.subscribe_mark_price, "USDT-BTC")
    assert [type(item).__name__ for item in index + marks] == ["IndexPrice", "MarkPrice"]
