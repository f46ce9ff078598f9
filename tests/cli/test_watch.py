from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rxex.cli.app import app
from rxex.errors import InvalidArgument
from rxex.sandbox import Faults

PAIR = "SC/EUR"
SIDES = {"b": "buy", "s": "sell"}


def command(*arguments: str) -> Result:
    """The command, in this process; its output is no terminal."""
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def run(*arguments: str) -> Result:
    return command("watch", *arguments)


def book(*arguments: str) -> Result:
    return command("book", "kraken", "BTC/USD", "--sandbox", "--speed", "50", *arguments)


def simulated(*arguments: str) -> Result:
    return run("kraken", *arguments, "--sandbox", "--speed", "50")


def recorded_trades(path: Path) -> list[tuple[str, str, str]]:
    """Price, size and side of each trade of the pair, as Kraken wrote them."""
    messages = (json.loads(line.split(": ", 1)[1]) for line in path.read_text().splitlines() if "[[" in line)
    return [
        (price, size, SIDES[side]) for _, rows, _, pair in messages if pair == PAIR for price, size, _, side, *_ in rows
    ]


@pytest.fixture
def recording(recordings: Path) -> Iterator[Path]:
    path = recordings / "kraken_v1_trade.jsonl"
    assert len(recorded_trades(path)) > 5
    return path


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_recorded_session_is_shown_digit_for_digit(recording: Path, version: str) -> None:
    trades = recorded_trades(recording)
    options = ("--playback", str(recording), "--speed", "0", "--count", str(len(trades)), "--version", version)
    result = run("kraken", "trade", PAIR, "--sandbox", *options)
    words = [line.split() for line in result.stdout.splitlines()]
    assert [(word[3], word[5], word[7]) for word in words] == trades
    assert {word[1] for word in words} == {PAIR}
    assert words[0][0] == "2021-04-17T16:49:05.920708Z"
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_recorded_session_is_the_same_in_json(recording: Path) -> None:
    trades = recorded_trades(recording)
    options = ("--playback", str(recording), "--speed", "0", "--count", str(len(trades)), "--json")
    result = run("kraken", "trades", PAIR, "--sandbox", *options)
    items = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(item["price"], item["size"], item["side"]) for item in items] == trades
    assert {item["type"] for item in items} == {"trade"}


def test_it_ends_after_so_many_items_of_all_symbols_together() -> None:
    result = simulated("ticker", "BTC/USD", "ETH/USD", "--count", "7")
    lines = result.stdout.splitlines()
    assert len(lines) == 7
    assert {line.split()[1] for line in lines} == {"BTC/USD", "ETH/USD"}
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_symbol_named_twice_is_shown_once() -> None:
    result = simulated("ticker", "BTC/USD", "BTC/USD", "--count", "3")
    times = [line.split()[0] for line in result.stdout.splitlines()]
    assert len(set(times)) == 3


def test_it_ends_after_so_many_seconds() -> None:
    result = simulated("ticker", "BTC/USD", "--seconds", "0.6")
    assert result.stdout.count("BTC/USD") > 1
    assert (result.exit_code, result.stderr) == (0, "")


def test_options_of_the_simulated_exchange_are_handed_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def sandbox(*, seed: int, speed: float, playback: list[Path], faults: Faults) -> None:
        given.update(seed=seed, speed=speed, playback=playback, faults=faults)
        raise InvalidArgument("seed", seed, "this will do")

    monkeypatch.setattr("rxex.exchanges.kraken.sandbox.sandbox", sandbox)
    options = "--seed 0 --speed 0 --playback a --playback b --cut-every 5"
    result = run("kraken", "ticker", "BTC/USD", "--sandbox", *options.split())
    assert result.stderr == "rxex: seed is 0: this will do\n"
    faults = Faults(cut_every=(5, 5))
    assert given == {"seed": 0, "speed": 0, "playback": [Path("a"), Path("b")], "faults": faults}


def events_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_cuts_are_told_where_they_happen_and_the_feed_goes_on() -> None:
    result = simulated("ticker", "BTC/USD", "--cut-every", "0.4", "--count", "75", "--json")
    kinds = [event["type"] for event in events_of(result)]
    first = kinds.index("closed")
    assert set(kinds[:first]) == {"ticker"}
    assert kinds[first : first + 4] == ["closed", "reconnecting", "reconnected", "gap"]
    assert "ticker" in kinds[first:]
    assert (result.exit_code, result.stderr) == (0, "")


def test_without_notices_there_is_data_alone() -> None:
    result = simulated("ticker", "BTC/USD", "--cut-every", "0.4", "--count", "75", "--json", "--no-notices")
    assert [event["type"] for event in events_of(result)] == ["ticker"] * 75


def test_a_refused_symbol_is_told_and_the_others_go_on() -> None:
    result = simulated("ticker", "FOO/BAR", "BTC/USD", "--count", "3")
    lines = result.stdout.splitlines()
    refusal = "the exchange refused the subscription to ticker FOO/BAR: Currency pair not supported FOO/BAR"
    assert lines[0].startswith(f"# {refusal}")
    assert [line.split()[1] for line in lines[1:]] == ["BTC/USD"] * 3
    assert result.stderr.startswith(f"rxex: {refusal}")
    assert result.exit_code == 0


def test_it_ends_with_code_1_when_no_symbol_is_left() -> None:
    result = simulated("ticker", "FOO/BAR", "FOO/BAZ", "--no-notices")
    assert [line.split()[7] for line in result.stderr.splitlines()] == ["ticker", "ticker"]
    assert "FOO/BAR" in result.stderr
    assert "FOO/BAZ" in result.stderr
    assert (result.exit_code, result.stdout) == (1, "")


def test_an_exchange_that_cannot_be_reached_is_told_until_the_time_is_over() -> None:
    result = run("kraken", "ticker", "BTC/USD", "--url", "ws://127.0.0.1:1/v2?token=canary", "--seconds", "0.2")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("# reconnecting in 0.0 s, attempt 1: cannot connect to ws://127.0.0.1:1/v2: ")
    assert "canary" not in result.output
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("krakn ticker BTC/USD", "venue is 'krakn': choose one of: "),
        ("kraken tickr BTC/USD", "channel is 'tickr': choose one of: "),
        ("kraken ticker BTCUSD --sandbox", "symbol is 'BTCUSD': write base and quote with a slash"),
        ("kraken ticker BTC/USD --seconds -1", "--seconds is -1.0: give a number of seconds above 0"),
        ("kraken ticker BTC/USD --seconds nan", "--seconds is nan: give a number of seconds above 0"),
        ("kraken ticker BTC/USD --count 0", "--count is 0: give a number of items, 1 or more"),
        ("kraken ticker BTC/USD --version 3", "version is 3: "),
        ("kraken ticker BTC/USD --url ftp://x", "url is 'ftp://x': it has to begin with ws:// or wss://"),
        ("kraken ticker BTC/USD --url ws://x --sandbox", "--url is 'ws://x': the simulated exchange has its own"),
        ("kraken ticker BTC/USD --seed 0", "--seed is 0: it is for the simulated exchange: add --sandbox"),
        ("kraken ticker BTC/USD --playback /no/file", "--playback is '/no/file': it is for the simulated exchange"),
        ("kraken ticker BTC/USD --sandbox --playback /no/file", "playback is '/no/file': it cannot be read"),
        ("kraken ticker BTC/USD --sandbox --speed -2", "speed is -2.0: a positive number"),
        ("kraken ticker BTC/USD --sandbox --cut-every 0", "--cut-every is 0.0: give a number of seconds above 0"),
    ],
)
def test_what_cannot_be_right_is_refused_in_a_line_that_names_it_and_the_remedy(arguments: str, complaint: str) -> None:
    result = run(*arguments.split())
    assert result.stderr.startswith(f"rxex: {complaint}")
    assert len(result.stderr.splitlines()) == 1
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_missing_argument_is_told_with_the_usage() -> None:
    result = run("kraken", "ticker")
    assert "Missing argument 'SYMBOL..." in result.stderr
    assert result.exit_code == 2


def test_numbers_are_never_rounded_on_their_way_to_json() -> None:
    (event,) = events_of(simulated("ticker", "DOGE/USD", "--count", "1", "--json"))
    assert len(event["last"].partition(".")[2]) == 7
    assert Decimal(event["ask"]) > Decimal(event["bid"])


def test_a_book_is_a_line_of_its_best_prices_for_each_change() -> None:
    result = book("--count", "5")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert len(lines) == 5
    for words in lines:
        assert words[1::2][:1] == ["BTC/USD"]
        values = dict(zip(words[2::2], map(Decimal, words[3::2]), strict=True))
        assert list(values) == ["bid", "bid_size", "ask", "ask_size", "spread"]
        assert values["spread"] == values["ask"] - values["bid"] > 0
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_book_in_json_has_every_level_of_the_depth_best_first(version: str) -> None:
    for item in events_of(book("--count", "2", "--json", "--depth", "25", "--version", version)):
        assert (item["type"], item["symbol"], len(item["bids"]), len(item["asks"])) == ("book", "BTC/USD", 25, 25)
        bids, asks = ([Decimal(price) for price, _ in item[side]] for side in ("bids", "asks"))
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert all(len(size.partition(".")[2]) == 8 for _, size in item["bids"])


def test_a_book_tells_cuts_and_goes_on() -> None:
    kinds = [event["type"] for event in events_of(book("--cut-every", "0.4", "--count", "150", "--json"))]
    first = kinds.index("closed")
    assert kinds[first : first + 4] == ["closed", "reconnecting", "reconnected", "gap"]
    assert "book" in kinds[first:]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("krakn BTC/USD", "venue is 'krakn': choose one of: "),
        ("kraken BTC/USD --sandbox --depth 7", "depth is 7: choose one of 10, 25, 100, 500, 1000"),
        ("kraken BTCUSD --sandbox", "symbol is 'BTCUSD': "),
        ("kraken BTC/USD --seed 0", "--seed is 0: it is for the simulated exchange: add --sandbox"),
    ],
)
def test_what_cannot_be_right_of_a_book_is_refused_in_a_line(arguments: str, complaint: str) -> None:
    result = command("book", *arguments.split())
    assert result.stderr.startswith(f"rxex: {complaint}")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


def test_a_refused_book_ends_with_code_1() -> None:
    result = command("book", "kraken", "FOO/BAR", "--sandbox")
    assert "the exchange refused the subscription to book FOO/BAR: " in result.stderr
    assert result.exit_code == 1


def test_books_can_be_watched_beside_each_other() -> None:
    result = run("kraken", "book", "BTC/USD", "ETH/USD", "--sandbox", "--speed", "50", "--count", "6")
    assert {line.split()[1] for line in result.stdout.splitlines()} == {"BTC/USD", "ETH/USD"}
    assert (result.exit_code, result.stderr) == (0, "")
