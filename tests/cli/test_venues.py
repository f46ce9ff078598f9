from __future__ import annotations

import re
from pathlib import Path

import pytest

import rxex.cli
from rxex.cli.venues import find_venue, public_url, venue_names
from rxex.errors import InvalidArgument
from rxex.exchanges import kraken
from rxex.sandbox import Faults


def test_venues_are_the_folders_of_the_package() -> None:
    folder = Path(kraken.__file__).parents[1]
    assert venue_names() == sorted(path.parent.name for path in folder.glob("*/__init__.py"))


def test_no_file_of_the_command_names_a_venue() -> None:
    names = re.compile("|".join(venue_names()), re.IGNORECASE)
    sources = sorted(Path(rxex.cli.__file__).parent.glob("*.py"))
    assert sources
    assert [path.name for path in sources if names.search(path.read_text())] == []


@pytest.mark.parametrize("name", ["krakn", "", "KRAKEN", "../kraken", "kraken.sandbox"])
def test_an_unknown_venue_is_refused_with_the_choices(name: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        find_venue(name)
    assert str(refusal.value).startswith(f"venue is {name!r}: choose one of: ")
    assert "kraken" in refusal.value.remedy


@pytest.mark.parametrize("name", ["trade", "trades"])
def test_a_channel_may_be_written_in_singular_and_plural(name: str) -> None:
    assert find_venue("kraken").subscribe(name) is kraken.subscribe_trades


def test_channels_are_the_functions_that_subscribe_to_symbols() -> None:
    channels = find_venue("kraken").channels
    assert channels["ticker"] is kraken.subscribe_ticker
    assert channels.keys() >= {"book", "book_updates", "candles", "spread", "ticker", "trades"}
    assert not channels.keys() & {"level3", "raw", "balances", "executions"}  # tokens, or no symbol


def test_an_unknown_channel_is_refused_with_the_choices() -> None:
    with pytest.raises(InvalidArgument, match=r"^channel is 'tape': choose one of: .*ticker, trades$"):
        find_venue("kraken").subscribe("tape")


def test_an_option_that_the_venue_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"^--weather is 'fine': kraken has no such option$"):
        find_venue("kraken").sandbox(weather="fine")


def test_an_option_of_a_channel_is_handed_to_it_unless_it_is_none() -> None:
    venue = find_venue("kraken")
    assert venue.subscribe("book", depth=None) is kraken.subscribe_book
    subscribe = venue.subscribe("book", depth=25)
    assert (subscribe.func, subscribe.keywords) == (kraken.subscribe_book, {"depth": 25})  # type: ignore[attr-defined]


def test_an_option_that_the_channel_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"^--depth is 25: kraken has no such option$"):
        find_venue("kraken").subscribe("ticker", depth=25)


@pytest.mark.parametrize(("version", "path"), [(None, "/v2"), (2, "/v2"), (1, "/")])
def test_the_simulated_exchange_is_reached_by_the_version(version: int | None, path: str) -> None:
    with find_venue("kraken").sandbox(seed=1, faults=Faults()) as sandbox:
        assert public_url(sandbox, version).endswith(path)


def test_a_connection_takes_the_version_and_the_url() -> None:
    connection = find_venue("kraken").connection("ws://127.0.0.1:1", 1)
    assert connection.messages.dialect is kraken.connection.V1


def test_a_venue_without_market_data_is_told_as_such() -> None:
    venue = find_venue("theone")
    for ask in (lambda: venue.subscribe("ticker"), lambda: venue.connection(None, None)):
        with pytest.raises(InvalidArgument, match="it has no public market data to watch"):
            ask()
