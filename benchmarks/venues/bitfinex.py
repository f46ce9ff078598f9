"""Bitfinex: what the server answers; tickers, trades and books of seven pairs, with numbers as of ``SEQ_ALL``."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from benchmarks.recorded import Numbered, Stream, folder, received

__all__ = ["BOOK", "CHANNELS", "SYMBOLS", "answer", "greet", "round_trip", "stream"]

CHANNELS = ("ticker", "trades", "book")
BOOK = {"prec": "P0", "freq": "F0", "len": "100"}
"""What is asked for of a book, beside its symbol."""
SYMBOLS = ("tBFTUSD", "tIOTETH", "tDOGUSD", "tMNABTC", "tODEUSD", "tTESTBTC:TESTUSD", "tSNGUSD")
_MADE_UP = 900

Row: TypeAlias = list[str]


def greet(_query: Mapping[str, str]) -> dict[str, Any]:
    """Make the first word of a connection."""
    return {"event": "info", "version": 2, "serverId": "benchmark", "platform": {"status": 1}}


def answer(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Give the answers to a request, each with how many feeds it acknowledges."""
    match request.get("event"):
        case "conf":
            yield {"event": "conf", "status": "OK", "flags": request["flags"]}, 0
        case "ping":
            yield {"event": "pong", "cid": request.get("cid"), "ts": 0}, 0
        case "subscribe":
            channel, symbol = request["channel"], request["symbol"]
            number = int(_numbers()[channel, symbol])
            yield {**request, "event": "subscribed", "chanId": number, "pair": symbol[1:]}, 1


@cache
def stream() -> Stream:
    """Make the stream: first the books, then what was received, and back again."""
    return round_trip(_received(), {number: channel for (channel, _), number in _numbers().items()})


def round_trip(texts: Iterable[str], channels: Mapping[str, str]) -> Stream:
    """Give messages, numbered anew, and then the same backwards, each change of a book undone.

    ``channels`` has the channel of each number. Snapshots of books come once, before. Those of trades (the recording
    has no other) are sent as if they were made just then; heartbeats are left out.
    """
    books: dict[str, dict[tuple[bool, str], Row]] = {}
    first, forth, back, trades = [], [], [], []
    for text in texts:
        number, payload, *_ = json.loads(text, parse_float=str, parse_int=str)
        channel = channels.get(number)
        if channel is None or isinstance(payload, str):
            continue
        if channel == "trades":
            trades += [f'[{number},"te",{_text(row)}' for row in reversed(payload)]
        elif isinstance(payload[0], list):
            books[number] = {_place(row): row for row in payload}
            first.append(f"[{number},[{','.join(map(_text, payload))}]")
        elif channel == "ticker":
            forth.append(f"[{number},{_text(payload)}")
            back.append(forth[-1])
        else:
            forth.append(f"[{number},{_text(payload)}")
            back.append(f"[{number},{_text(_change(books[number], payload))}")
    messages = [*forth, *trades, *back[::-1]]
    numbered = [
        Numbered(f"{text},%d]", (place,), len(messages)) for place, text in enumerate(messages, start=len(first) + 1)
    ]
    return Stream.counted(numbered, [f"{text},{place}]" for place, text in enumerate(first, start=1)])


def _text(row: Row) -> str:
    return f"[{','.join(row)}]"


def _place(row: Row) -> tuple[bool, str]:
    return float(row[2]) > 0, row[0]


def _change(book: dict[tuple[bool, str], Row], row: Row) -> Row:
    """Apply a change to a book; give the one that undoes it."""
    place = _place(row)
    undo = book.get(place, [row[0], "0", "1" if place[0] else "-1"])
    if int(row[1]):
        book[place] = row
    else:
        book.pop(place, None)
    return undo


@cache
def _numbers() -> dict[tuple[str, str], str]:
    """Give the number of each channel, as recorded."""
    path = folder()
    if path is None:
        names = [(channel, symbol) for channel in CHANNELS for symbol in SYMBOLS]
        return {name: str(number) for number, name in enumerate(names, start=232940)}
    events = [json.loads(text) for _, text in received(path / "bitfinex.jsonl") if text.startswith('{"event":"subs')]
    return {(event["channel"], event["symbol"]): str(event["chanId"]) for event in events}


def _received() -> list[str]:
    path = folder()
    if path is not None:
        return [text for _, text in received(path / "bitfinex.jsonl") if text.startswith("[")]
    return list(_made_up())


def _made_up() -> Iterator[str]:
    chance = random.Random("bitfinex")
    numbers = _numbers()
    sizes = ("0.1", "1064.82501782", "3.99")
    for symbol in SYMBOLS:
        rows = ",".join(f"[{price},2,{0.5 if price < 200 else -0.5}]" for price in range(100, 300))
        yield f"[{numbers['book', symbol]},[{rows}]]"
        yield f"[{numbers['trades', symbol]},[[669899159,1618665870435,166.5,200],[669899158,1618665870435,-1,199]]]"
    for _ in range(_MADE_UP):
        symbol, price, size = chance.choice(SYMBOLS), chance.randrange(100, 300), chance.choice(sizes)
        if chance.random() < 0.05:
            yield f"[{numbers['ticker', symbol]},[199,60157.36,200,{size},1.5,0.0262,199,101459.39453471,250,120]]"
        else:
            yield f"[{numbers['book', symbol]},[{price},{chance.randrange(3)},{'' if price < 200 else '-'}{size}]]"
