"""The options of KuCoin's SDKs, as the recipe sets them: its Python is run, and the link is cut."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rxex.events import Gap, Opened, Reconnected
from rxex.exchanges.kucoin.sandbox import kucoin_sandbox
from rxex.models import Ticker
from tests.fakes.watch import Watch

PAGE = Path(__file__).parents[3] / "examples" / "recipes" / "kucoin_options.md"


def test_the_options_work_and_the_feed_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    with kucoin_sandbox(seed=1, speed=10) as exchange:
        monkeypatch.setenv("KUCOIN_REST_URL", exchange.rest_url)
        exec(code, names)
        connection = names["connection"]
        with Watch(names["tickers"]) as items, connection.connect():
            items.wait_for(lambda: items.of(Ticker))  # type: ignore[type-var]
            exchange.cut()
            items.wait_for(lambda: items.of(Gap))
            seen = len(items.events)
            items.wait_for(lambda: len(items.events) > seen)
        kinds = {type(event) for event in names["events"]}
    assert {Opened, Reconnected, Gap} <= kinds
