"""Kraken's futures tickers, trades, heartbeats and raw feeds: samples of the protocol, and every recorded frame."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.errors import InvalidArgument, SubscriptionRefused, SubscriptionTimeout
from rxex.events import Closed, Gap, Heartbeat
from rxex.exchanges.kraken import futures
from rxex.models import Book, Side, Ticker, Trade
from rxex.operators import filter_new_socket_only, keep_messages_only
from tests.exchanges.kraken.futures.samples import (
    BOOK_SNAPSHOT,
    TICKER,
    TICKER_LITE,
    TRADE,
    acks,
    events_of,
    items_of,
    live,
    plain,
    recorded,
    replay,
    trade,
    trade_snapshot,
)
from tests.mutations import mutate

XBT = "PI_XBTUSD"


def ticker(messages: Any) -> Any:
    return futures.subscribe_ticker(XBT, messages)


def trades(messages: Any) -> Any:
    return futures.subscribe_trades(XBT, messages, notices=True)


def test_a_ticker_keeps_every_digit_of_numbers_with_exponents_too() -> None:
    (made,) = items_of(live({"a": TICKER}), ticker)
    assert isinstance(made, futures.FuturesTicker)
    assert isinstance(made, Ticker)
    assert [str(value) for value in (made.bid, made.bid_size, made.ask, made.ask_size, made.last)] == [
        "21978.5",
        "2536.0",
        "21987.0",
        "13948.0",
        "21983.5",
    ]
    contract = made.contract
    assert contract.funding_rate == Decimal("-6.2604214e-11")
    assert contract.relative_funding_rate_prediction == Decimal("-0.000008047629166667")
    assert str(contract.mark_price) == "21979.68641534714"
    assert str(contract.premium) == "-0.0"
    assert (made.time, contract.next_funding_time) == (1676393235406000000, 1676394000000000000)
    assert (contract.maturity_time, contract.days_to_maturity, contract.leverage) == (None, 0, "50x")
    assert (contract.suspended, contract.post_only, contract.greeks) == (False, False, None)
    assert (str(made.day.open), str(made.day.volume), made.day.vwap) == ("21968.5", "31403908.0", None)
    assert str(made.day.change_percent) == "1.9974017538161748"
    assert str(made.raw).count(str(contract.funding_rate)) == 1


def test_an_option_tells_its_greeks_and_a_dated_future_has_no_funding() -> None:
    message = json.loads(TICKER)
    for name in [name for name in message if "funding" in name]:
        del message[name]
    message["greeks"] = {"iv": 0.5, "delta": 0.1, "gamma": 1e-7, "vega": 2, "theta": -3.5, "rho": 0}
    (made,) = items_of(live({"a": message}), ticker)
    assert made.contract.funding_rate is None
    assert made.contract.greeks.gamma == Decimal("1e-7")


def test_a_ticker_lite() -> None:
    (made,) = items_of(live({"a": TICKER_LITE}), lambda messages: futures.subscribe_ticker_lite(XBT, messages))
    assert (str(made.bid), str(made.ask), str(made.change_percent)) == ("34932", "34949.5", "3.3705205220015966")
    assert (made.symbol, made.tag, made.pair, made.time) == (XBT, "perpetual", "XBT:USD", None)
    assert (made.maturity_time, str(made.volume_quote)) == (None, "264126741")


def test_a_trade() -> None:
    (made,) = items_of(live({"a": TRADE}), trades)
    assert isinstance(made, futures.FuturesTrade)
    assert (made.symbol, made.side, made.kind, made.order_type) == (XBT, Side.SELL, "fill", None)
    assert (str(made.price), str(made.size), made.time) == ("34969.5", "15000", 1612266317519000000)
    assert made.id == "05af78ac-a774-478c-a50c-8b9c234e071e"


def test_products_are_named_in_either_case_and_asked_for_in_one_request() -> None:
    world = live({"a": TRADE, "b": TICKER}, "o-a-b-|", replies=acks)
    made = items_of(world, lambda messages: futures.subscribe_trades(["pi_xbtusd", "Fi_XbtUsd_210730"], messages))
    assert [each.symbol for each in made] == [XBT]
    assert [message for _, message in world.sockets[0].sent] == [
        {"event": "subscribe", "feed": "trade", "product_ids": [XBT, "FI_XBTUSD_210730"]}
    ]


def test_many_products_go_in_batches() -> None:
    world = live({"a": TRADE}, replies=acks)
    items_of(world, lambda messages: futures.subscribe_ticker([f"OF_ETHUSD_{n}_C" for n in range(250)], messages))
    assert [len(message["product_ids"]) for _, message in world.sockets[0].sent] == [100, 100, 50]  # type: ignore[call-overload]


@pytest.mark.parametrize("product", ["XBTUSD", "", "PI XBTUSD", "PI_", "BTC/USD", []])
def test_what_cannot_be_a_product_is_refused_before_anything_is_sent(product: Any) -> None:
    with pytest.raises(InvalidArgument, match="PF_XBTUSD"):
        futures.subscribe_ticker(product, live({"a": TRADE}).connection.messages)


# Answers


def error(text: str, event: str = "error") -> dict[str, Any]:
    return {"event": event, "message": text}


def test_a_refused_product_gets_the_exchanges_text_and_a_remedy() -> None:
    (refused,) = items_of(live({"a": TRADE}, replies=lambda _: [error("Invalid product id")]), ticker)
    assert isinstance(refused, SubscriptionRefused)
    assert "Invalid product id" in str(refused)
    assert "PF_XBTUSD" in str(refused)


def test_of_several_products_the_one_that_is_wrong_is_found_and_the_others_go_on() -> None:
    def exchange(message: Any) -> list[Any]:
        if message["event"] != "subscribe":
            return []
        return [error("Invalid product id")] if "PI_NOUSD" in message["product_ids"] else list(acks(message))

    world = live({"a": TRADE}, "o-----a-|", replies=exchange)
    messages = world.connection.pipe(keep_messages_only())
    sockets = world.connection.pipe(filter_new_socket_only())
    good: list[Any] = []
    bad: list[Exception] = []
    sockets.pipe(futures.subscribe_trades([XBT, "PI_ETHUSD"], messages)).subscribe(good.append)
    sockets.pipe(futures.subscribe_trades("PI_NOUSD", messages)).subscribe(on_error=bad.append)
    world.run()
    assert [message["product_ids"] for _, message in world.sockets[0].sent] == [  # type: ignore[call-overload]
        [XBT, "PI_ETHUSD", "PI_NOUSD"],
        [XBT],
        ["PI_ETHUSD"],
        ["PI_NOUSD"],
    ]
    assert [each.symbol for each in good] == [XBT]
    assert [getattr(refused, "symbol", None) for refused in bad] == ["PI_NOUSD"]


def test_an_error_is_about_the_oldest_request_without_an_answer_and_the_second_one_refuses() -> None:
    asked: list[str] = []

    def exchange(message: Any) -> list[Any]:
        feed = message["feed"]
        asked.append(feed)
        acked = {"event": "subscribed ", "product_ids": message["product_ids"]}
        if feed == "ticker":
            return [] if asked.count("ticker") == 1 else [error("Invalid feed")]
        if feed == "ticker_lite":  # the answers to three requests, in their order
            return [acked | {"feed": "trade"}, error("Invalid feed"), acked | {"feed": "ticker_lite"}]
        return []

    world = live({"a": TRADE}, "o-a----------------|", replies=exchange)
    messages = world.connection.pipe(keep_messages_only())
    sockets = world.connection.pipe(filter_new_socket_only())
    ends: dict[str, Exception] = {}
    for name in ("trades", "ticker", "ticker_lite"):
        subscribe = getattr(futures, f"subscribe_{name}")
        sockets.pipe(subscribe(XBT, messages)).subscribe(on_error=lambda end, name=name: ends.update({name: end}))
    world.run()
    assert asked[:4] == ["trade", "ticker", "ticker_lite", "ticker"]
    assert list(ends) == ["ticker"]
    assert isinstance(ends["ticker"], SubscriptionRefused)
    assert "Invalid feed" in str(ends["ticker"])


def test_an_error_that_overtakes_the_acknowledgement_of_another_request_does_not_refuse_that() -> None:
    asked: list[str] = []

    def exchange(message: Any) -> list[Any]:
        feed = message["feed"]
        asked.append(feed)
        if feed == "ticker":  # refused at once, while the trades asked for before are acknowledged later
            return [error("Invalid feed")]
        return list(acks(message)) if asked.count("trade") == 2 else []

    world = live({"a": TRADE}, "o-----a-|", replies=exchange)
    messages = world.connection.pipe(keep_messages_only())
    sockets = world.connection.pipe(filter_new_socket_only())
    made: list[Any] = []
    sockets.pipe(futures.subscribe_trades(XBT, messages)).subscribe(made.append, made.append)
    sockets.pipe(futures.subscribe_ticker(XBT, messages)).subscribe(made.append, made.append)
    world.run()
    assert [type(each).__name__ for each in made] == ["FuturesTrade"]


def test_what_is_subscribed_already_counts_as_acknowledged() -> None:
    again = error("Already subscribed to feed, re-requesting", "alert")
    made = items_of(live({"a": TRADE}, "o" + "-" * 12 + "a|", replies=lambda _: [again]), trades)
    assert [type(each).__name__ for each in made] == ["FuturesTrade"]


def test_an_alert_about_the_rate_makes_it_ask_again() -> None:
    answers = [[error("rate_limited", "alert")]]
    world = live({"a": TRADE}, "o----a-|", replies=lambda message: answers.pop() if answers else acks(message))
    assert len(items_of(world, trades)) == 1
    assert [time for time, _ in world.sockets[0].sent] == [0, 1]


def test_after_an_alert_about_the_rate_an_error_finds_its_request() -> None:
    answers = [[error("rate_limited", "alert")]]

    def exchange(message: Any) -> list[Any]:
        if answers:
            return answers.pop()
        return [error("Invalid product id")] if "PI_NOUSD" in message["product_ids"] else list(acks(message))

    world = live({"a": TRADE}, "o-----a-|", replies=exchange)
    made = items_of(world, lambda messages: futures.subscribe_trades([XBT, "PI_NOUSD"], messages))
    assert [type(each).__name__ for each in made] == ["SubscriptionRefused"]
    assert max(time for time, _ in world.sockets[0].sent) <= 3


def test_a_request_that_vanished_is_a_time_out() -> None:
    (timeout,) = items_of(live({"a": TRADE}, "o" + "-" * 12 + "|"), ticker)
    assert isinstance(timeout, SubscriptionTimeout)


def test_an_error_that_answers_nothing_harms_nothing_and_is_told_as_an_alert() -> None:
    world = live({"e": error("Json Error"), "n": error("Not subscribed to feed", "alert"), "t": TRADE}, "o-e-n-t-|")
    alerts: list[futures.Alert] = []
    world.connection.pipe(keep_messages_only(), futures.keep_alerts()).subscribe(alerts.append)
    assert len(items_of(world, lambda messages: futures.subscribe_trades([XBT, "PI_ETHUSD"], messages))) == 1
    assert [(alert.text, alert.is_error) for alert in alerts] == [
        ("Json Error", True),
        ("Not subscribed to feed", False),
    ]


def test_a_failed_subscription_is_refused_by_name() -> None:
    def exchange(message: Any) -> list[Any]:
        if message["event"] != "subscribe":
            return []
        first, second = message["product_ids"]
        return [
            {"event": "subscribed_failed", "feed": "trade", "product_ids": [second]},
            {"event": "subscribed", "feed": "trade", "product_ids": [first]},
        ]

    world = live({"a": TRADE}, replies=exchange)
    made = items_of(world, lambda messages: futures.subscribe_trades([XBT, "PI_ETHUSD"], messages))
    assert isinstance(made[-1], SubscriptionRefused)
    assert made[-1].symbol == "PI_ETHUSD"


# Trades that were missed


def test_trades_that_were_missed_come_out_of_the_next_snapshot_once_and_in_order() -> None:
    frames = {"s": trade_snapshot(1, 2, 3), "4": trade(4), "7": trade(7), "8": trade(8), "t": trade_snapshot(*range(8))}
    made = items_of(live(frames, "o-s-4-7-8-t-8-|", replies=acks), trades)
    assert [each.id for each in made if isinstance(each, Trade)] == ["uid 4", "uid 5", "uid 6", "uid 7", "uid 8"]
    (gap,) = [each for each in made if isinstance(each, Gap)]
    assert (gap.expected, gap.received, gap.missed) == (5, 7, 2)
    assert made.index(gap) == 1


def test_trades_that_were_missed_in_a_reconnect_come_after_its_gap() -> None:
    frames = {"s": trade_snapshot(1, 2, 3), "4": trade(4), "t": trade_snapshot(3, 4, 5, 6), "7": trade(7)}
    made = items_of(live(frames, "o-s-4-#--o-t-7-|", replies=acks), trades)
    assert [type(each).__name__ for each in made] == ["FuturesTrade", "Gap", *["FuturesTrade"] * 3]
    assert [each.id for each in made if isinstance(each, Trade)] == ["uid 4", "uid 5", "uid 6", "uid 7"]


def test_a_trade_that_comes_twice_is_passed_over() -> None:
    made = items_of(live({"4": trade(4), "5": trade(5)}, "o-4-4-5-4-|"), trades)
    assert [each.id for each in made] == ["uid 4", "uid 5"]


def test_trades_whose_numbers_start_over_are_a_gap_and_go_on() -> None:
    frames = {"s": trade_snapshot(500), "1": trade(1), "t": trade_snapshot(1, 2), "3": trade(3)}
    made = items_of(live(frames, "o-s-1-t-3-|", replies=acks), trades)
    assert [type(each).__name__ for each in made] == ["Gap", "FuturesTrade"]


def test_the_trades_before_the_subscription_come_where_they_are_asked_for() -> None:
    frames = {"s": trade_snapshot(1, 2, 3)}
    made = items_of(live(frames, "o-s-|"), lambda messages: futures.subscribe_trades(XBT, messages, snapshot=True))
    assert [each.id for each in made] == ["uid 1", "uid 2", "uid 3"]


def test_without_the_snapshot_after_a_hole_it_is_asked_for_again() -> None:
    frames = {"s": trade_snapshot(3), "4": trade(4)} | {f"n{seq}": trade(seq) for seq in range(9, 40)}
    marbles = "o-s-4-" + "-".join(list(frames)[2:]) + "-|"
    world = live(frames, marbles, replies=acks)
    made = items_of(world, trades)
    assert [type(each).__name__ for each in made] == ["FuturesTrade", "Gap", "Gap"]
    assert [message["event"] for _, message in world.sockets[0].sent].count("subscribe") == 3  # type: ignore[call-overload]


def test_each_subscription_remembers_its_own_trades() -> None:
    frames = {"4": trade(4), "5": trade(5)}
    world = live(frames, "o-4-5-|")
    feed = world.connection.pipe(filter_new_socket_only(), futures.subscribe_trades(XBT, world.connection.messages))
    first: list[Any] = []
    second: list[Any] = []
    feed.subscribe(first.append).dispose()
    feed.subscribe(second.append)
    world.run()
    assert (first, [each.id for each in second]) == ([], ["uid 4", "uid 5"])


# Heartbeats, and any other feed


def test_heartbeats_come_to_who_asked_and_are_no_messages() -> None:
    frames = {"h": {"feed": "heartbeat", "time": 1534262350627}, "p": {"event": "pong"}}
    world = live(frames, "o-h-p-h-|", replies=acks)
    messages: list[Any] = []
    beats: list[Any] = []
    world.connection.pipe(keep_messages_only()).subscribe(messages.append)
    world.connection.pipe(filter_new_socket_only(), futures.subscribe_heartbeat(world.connection)).subscribe(
        beats.append
    )
    world.run()
    assert [type(beat) for beat in beats] == [Heartbeat, Heartbeat]
    assert beats[0].raw["time"] == 1534262350627
    assert [message for _, message in world.sockets[0].sent] == [{"event": "subscribe", "feed": "heartbeat"}]
    assert messages == [{"event": "subscribed", "feed": "heartbeat"}]


def test_a_heartbeat_that_is_refused_ends_its_stream() -> None:
    world = live({"a": TRADE}, replies=lambda _: [error("Invalid feed")])
    ends: list[Exception] = []
    world.connection.pipe(filter_new_socket_only(), futures.subscribe_heartbeat(world.connection)).subscribe(
        on_error=ends.append
    )
    world.run()
    assert isinstance(ends[0], SubscriptionRefused)


def test_a_raw_feed_gives_messages_as_they_come() -> None:
    world = live({"s": BOOK_SNAPSHOT, "h": {"feed": "ticker", "product_id": XBT}}, "o-s-h-|", replies=acks)
    (message,) = items_of(world, lambda messages: futures.subscribe_raw("book", messages, symbol="pi_xbtusd", zoom=1))
    assert str(message["bids"][0]["price"]) == "34892.5"
    assert world.sockets[0].sent[0][1] == {"event": "subscribe", "feed": "book", "product_ids": [XBT], "zoom": 1}


def test_the_heartbeat_cannot_be_had_raw() -> None:
    with pytest.raises(InvalidArgument, match="subscribe_heartbeat"):
        futures.subscribe_raw("heartbeat", live({"a": TRADE}).connection.messages)


# Hostile messages


@pytest.mark.parametrize(
    ("frame", "subscribe"),
    [
        (TICKER, futures.subscribe_ticker),
        (TICKER_LITE, futures.subscribe_ticker_lite),
        (TRADE, futures.subscribe_trades),
        (BOOK_SNAPSHOT, futures.subscribe_book),
    ],
    ids=["ticker", "ticker_lite", "trade", "book"],
)
@given(data=st.data())
def test_a_mutated_message_is_malformed_or_right_but_never_a_crash(
    frame: bytes, subscribe: Any, data: st.DataObject
) -> None:
    mutated = mutate(json.loads(frame), data)
    last = frame.replace(b'"seq":653355', b'"seq":653356')
    world = live({"a": frame, "x": json.dumps(mutated).encode(), "z": last}, "o-a-x-z-|")
    closed = events_of(world, Closed)
    made = items_of(world, lambda messages: subscribe(XBT, messages))
    assert len(made) >= 1
    assert [end.error for end in closed] == [None]
    for item in made:
        assert not isinstance(item, Exception)
        numbers = [each for name in ("price", "size", "bid", "ask", "last") if (each := getattr(item, name, 0)) != 0]
        if isinstance(item, Book):
            numbers = [each for level in (*item.bids, *item.asks) for each in (level.price, level.size)]
        assert all(isinstance(number, Decimal) and number.is_finite() for number in numbers)


# Recordings


def _products(frames: list[bytes], feed: str) -> list[str]:
    messages = [message for message in map(plain, frames) if message.get("feed") == feed]
    return sorted({message["product_id"] for message in messages if "event" not in message})


def test_every_recorded_ticker_lite_comes_out_digit_for_digit(recordings: Path) -> None:
    frames = recorded(recordings)
    expected = [message for message in map(plain, frames) if message.get("feed") == "ticker_lite" and "bid" in message]
    made, _ = replay(frames, lambda messages: futures.subscribe_ticker_lite(_products(frames, "ticker_lite"), messages))
    assert len(made) == len(expected) == 50
    for item, message in zip(made, expected, strict=True):
        told = {"bid": item.bid, "ask": item.ask, "change": item.change_percent, "premium": item.premium}
        assert {name: str(value) for name, value in told.items()} == {name: message[name] for name in told}
        assert (item.symbol, item.tag, item.pair) == (message["product_id"], message["tag"], message["pair"])
        assert (str(item.volume), str(item.days_to_maturity)) == (message["volume"], message["dtm"])
        assert (item.maturity_time or 0) == int(message["maturityTime"]) * 1_000_000


def test_every_recorded_trade_comes_out_once_digit_for_digit_and_in_order(recordings: Path) -> None:
    frames = recorded(recordings)
    products = _products(frames, "trade_snapshot")
    rows = {
        row["uid"]: row
        for message in map(plain, frames)
        if "event" not in message
        for row in ([message] if message["feed"] == "trade" else message.get("trades", ()))
    }
    made, _ = replay(frames, lambda messages: futures.subscribe_trades(products, messages, snapshot=True, notices=True))
    assert len(made) == len(rows) == 1003
    for item in made:
        row = rows[item.id]
        assert [str(item.price), str(item.size), item.side, item.kind] == [
            row[name] for name in ("price", "qty", "side", "type")
        ]
        assert (item.symbol, item.time) == (row["product_id"], int(row["time"]) * 1_000_000)
    for product in products:
        numbers = [int(rows[item.id]["seq"]) for item in made if item.symbol == product]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
