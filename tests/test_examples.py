"""Every example runs as its first lines say: offline, to its end, without a word on stderr."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRICE = r"\d+(\.\d+)?"
EXPECTED = {
    "public_feed": rf"(Ticker\(symbol='BTC/USD', .*bid=Decimal\('{PRICE}'\).*\)\n)+",
    "several_channels": rf"""(
        (BTC|ETH)/USD:\ {PRICE}\ to\ {PRICE},\ {PRICE}\ apart\n
        | BTC/USD:\ the\ highest\ bid\ so\ far\ is\ {PRICE}\n
        | BTC/USD:\ (buy|sell)\ {PRICE}\ at\ {PRICE}\n
        )+
        2\ requests\ were\ sent\n""",
    "reconnecting": rf"""opened\n
        (
        (BTC/USD\ at\ {PRICE}\n)+
        closed:\ the\ link\ was\ closed\ without\ a\ close\ frame:\ .*\n
        attempt\ \d\ to\ reconnect\ in\ \d\.\d\ s\n
        opened\n
        back\ after\ \d\.\d\ s\n
        gap\ in\ ticker\ BTC/USD\n
        ){{3}}
        BTC/USD\ at\ {PRICE}\n""",
    "order_book": rf"""(
        (\ +{PRICE}\ {PRICE}\n){{3}}
        BTC/USD:\ {PRICE}\ to\ {PRICE}\n
        (\ +{PRICE}\ {PRICE}\n){{3}}
        ){{4}}""",
    "private_feed": rf"""(?=(.*\n)*BTC:\ 0\.5\n)(?=(.*\n)*USD:\ 100000\n)(?=(.*\n)*0\ open\ orders\n)
        (?=(.*\n)*BTC:\ 0\.51000000\ after\ a\ trade\ of\ {PRICE}\n)
        (
        (BTC|USD):\ {PRICE}(\ after\ a\ trade\ of\ -?{PRICE})?\n
        | 0\ open\ orders\n
        | an\ order\ is\ (pending|open|partially_filled)\n
        )+
        an\ order\ is\ filled\n""",
    "rest": rf"""the\ exchange\ is\ online\n
        BTC/USD:\ {PRICE}\ to\ {PRICE}\n
        ETH/USD:\ between\ {PRICE}\ and\ {PRICE}\ in\ the\ hour\ of\ now\n
        XXBT:\ 0\.5\n
        ZUSD:\ 1000\n
        calls\ left\ for\ now:\ 14\ of\ 15\n
        buy\ 0\.01000000\ XBTUSD\ @\ limit\ 1000\.0\n
        the\ exchange\ refused\ AddOrder:\ EOrder:Insufficient\ funds\n""",
    "blocking": rf"((buy|sell)\ {PRICE}\ at\ {PRICE}\n){{5}}connected:\ False\n",
    "order": rf"""market\ order\ submitting:\ 0\ of\ 0\.01\n
        market\ order\ submitted:\ 0\ of\ 0\.01\n
        market\ order\ pending:\ 0\ of\ 0\.01\n
        market\ order\ open:\ 0\ of\ 0\.01\n
        (market\ order\ partially_filled:\ {PRICE}\ of\ 0\.01,\ {PRICE}\ each\n)*
        market\ order\ filled:\ 0\.01\ of\ 0\.01,\ {PRICE}\ each\n
        limit\ order\ submitting:\ 0\ of\ 0\.01\n
        limit\ order\ submitted:\ 0\ of\ 0\.01\n
        limit\ order\ pending:\ 0\ of\ 0\.01\n
        limit\ order\ open:\ 0\ of\ 0\.01\n
        Canceled\(order_id=None,\ client_id='[-0-9a-f]+'\)\n
        limit\ order\ canceled:\ 0\ of\ 0\.01\ \(User\ requested\)\n""",
    "back_pressure": r"""all\ of\ them,\ fast\ enough:\ 5000\ handled,\ 0\ dropped,\ 5000\ together\n
        (.+:\ \d+\ handled,\ [1-9]\d*\ dropped,\ 5000\ together\n){3}""",
    "theone_session": rf"""ETH:\ 2\n
        USDT:\ 100\n
        1\.5\ ETH\ would\ give\ {PRICE}\ USDT\n
        the\ swap\ is\ submitting\n
        the\ swap\ is\ submitted\n
        the\ swap\ is\ pending\n
        the\ swap\ is\ unknown\n
        (the\ swap\ is\ (pending|processing)\n)*
        the\ swap\ is\ filled\n
        the\ order\ is\ FILLED:\ {PRICE}\ USDT\n""",
    "theone_channels": rf"""the\ order\ is\ PENDING\n
        balances\ may\ have\ changed\ unseen\n
        the\ order\ is\ PROCESSING\n
        (?=(.*\n)*the\ order\ is\ FILLED\n)(?=(.*\n)*USDT:\ {PRICE}\n)(.*\n){{2}}""",
    "theone_monitor": r"""connected:\ False\n
        connected:\ True\n
        connected:\ False\n
        attempt\ 1:\ .*\n
        connected:\ True\n
        the\ exchange\ refused\ our\ authentication:\ Invalid\ API\ key\n""",
    "kucoin_rest": rf"""number\ \d+:\ {PRICE}\ to\ {PRICE}\n
        \d+\ of\ 2000\ left\ in\ this\ window\n
        USDT\ \(main\):\ 1000\n
        USDT\ \(trade\):\ 1000\n""",
    "kucoin_topics": rf"""(?=(.*\n)*ETH-USDT:\ {PRICE}\ to\ {PRICE}\n)(?=(.*\n)*KCS-BTC:\ {PRICE}\n)
        (?=(.*\n)*one\ of\ all:\ \S+\n)(?=(.*\n)*the\ book\ of\ KCS-BTC:\ {PRICE}\ to\ {PRICE}\n)
        (?=(.*\n)*\S+-\S+\ in\ its\ market:\ {PRICE}\n)(?=(.*\n)*BTC-USDT:\ (buy|sell)\ {PRICE}\ at\ {PRICE}\n)
        (?=(.*\n)*BTC\ in\ trade:\ 0\.5,\ 0\ of\ it\ held\n)(.*\n){{8}}""",
    "one_strategy": r"""(kraken\ BTC/USD:\ (buyers|sellers|wait)\n){3}
        (kucoin\ BTC-USDT:\ (buyers|sellers|wait)\n){3}
        (bitfinex\ tBTCUSD:\ (buyers|sellers|wait)\n){3}""",
    "bitfinex_account": r"""(?=(.*\n)*BTC:\ 0\.5\n)(?=(.*\n)*USD:\ 1000\n)
        (?=(.*\n)*the\ order\ is\ submitting\n(.*\n)*the\ order\ is\ submitted\n(.*\n)*the\ order\ is\ pending\n
            (.*\n)*the\ order\ is\ open\n(.*\n)*the\ order\ is\ canceled\n)
        (?=(.*\n)*event:\ a\ new\ order\n)
        (.*\n){8}""",
    "asyncio_feed": rf"(?=(.*\n)*BTC)(?=(.*\n)*ETH)((BTC|ETH)/USD\ at\ {PRICE}\n){{6}}",
}
"""The whole output of each example, as a verbose regular expression."""
NO_SCRIPTS = {"strategy_test"}
"""Examples that are tests, and run as such."""


class Examples:
    """The examples as processes: while one is waited for, the next ones run, as most of their time they wait."""

    AT_ONCE = 4

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def wait_for(self, name: str) -> tuple[int, str, str]:
        """Give the exit code of an example and what it wrote."""
        place = list(EXPECTED).index(name)
        for each in list(EXPECTED)[place : place + self.AT_ONCE]:
            self._start(each)
        code = self._started[name].wait(timeout=60)
        out, err = ((self._folder / f"{name}.{stream}").read_text() for stream in ("out", "err"))
        return code, out, err

    def _start(self, name: str) -> None:
        if name in self._started:
            return
        # Files, as pipes would be left open from one test to the next.
        with (self._folder / f"{name}.out").open("w") as out, (self._folder / f"{name}.err").open("w") as err:
            env = {**os.environ, "PYTHONPATH": str(ROOT)}
            command = [sys.executable, f"examples/{name}.py"]
            self._started[name] = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env=env)

    def end(self) -> None:
        """End those that still run."""
        for process in self._started.values():
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examples]:
    running = Examples(tmp_path_factory.mktemp("examples"))
    yield running
    running.end()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_example_prints_what_it_shall(examples: Examples, name: str) -> None:
    code, out, err = examples.wait_for(name)
    assert (code, err) == (0, "")
    assert re.fullmatch(EXPECTED[name], out, re.VERBOSE), out


def test_every_example_is_tested_and_says_how_it_is_run() -> None:
    examples = {path.stem: path.read_text() for path in (ROOT / "examples").glob("*.py")}
    assert set(examples) == EXPECTED.keys() | NO_SCRIPTS
    assert [name for name in EXPECTED if f"\n    python examples/{name}.py\n" not in examples[name]] == []
