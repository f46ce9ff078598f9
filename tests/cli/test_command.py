from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from rxex.cli import main

ROOT = Path(__file__).parents[2]
WATCH = ["watch", "kraken", "ticker", "BTC/USD", "ETH/USD", "--sandbox", "--speed", "20"]
ENDS_WITHIN = 2.0


@contextmanager
def command(*arguments: str, stdout: int = subprocess.PIPE, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "rxex.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def end_of(process: subprocess.Popen[str]) -> tuple[int, str, float]:
    """The exit code, what stood on stderr, and the seconds that it took from now."""
    start = time.monotonic()
    process.wait(10)
    seconds = time.monotonic() - start
    assert process.stderr is not None
    return process.returncode, process.stderr.read(), seconds


class Terminal:
    """A pseudo-terminal; what is written to it is kept."""

    def __init__(self, width: int = 100, height: int = 30) -> None:
        self._master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.text = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")().decode
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # nobody has it open any more
                return
            with self._changed:
                self.text += decode(data)
                self._changed.notify()

    def wait_for(self, pattern: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: re.search(pattern, self.plain), 10), self.plain

    @property
    def plain(self) -> str:
        """What was written, without colours and movements of the cursor."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text)

    def close(self) -> None:
        os.close(self.slave)
        self._reader.join()
        os.close(self._master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_lines_with_code_0_and_nothing_on_stderr(number: int) -> None:
    with command(*WATCH) as process:
        assert process.stdout is not None
        assert process.stdout.readline() != ""  # each line comes at once, though stdout is a pipe
        process.send_signal(number)
        code, err, seconds = end_of(process)
    assert (code, err) == (0, "")
    assert seconds < ENDS_WITHIN


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_table_and_restores_the_terminal(terminal: Terminal, number: int) -> None:
    before = termios.tcgetattr(terminal.slave)
    with command(*WATCH, stdout=terminal.slave, TERM="xterm-256color") as process:
        terminal.wait_for(r"BTC/USD +\d+\.\d .*live")
        process.send_signal(number)
        code, err, seconds = end_of(process)
    assert (code, err) == (0, "")
    assert seconds < ENDS_WITHIN
    assert terminal.text.count("\x1b[?25l") == terminal.text.count("\x1b[?25h") == 1  # the cursor, off and on again
    assert termios.tcgetattr(terminal.slave) == before


def test_the_table_lives_and_shows_how_the_link_heals(terminal: Terminal) -> None:
    options = ("FOO/BAR", "--cut-every", "0.7", "--count", "90")
    with command(*WATCH, *options, stdout=terminal.slave, TERM="xterm-256color", COLUMNS="100") as process:
        code, err, _ = end_of(process)
    frames = terminal.plain.split("kraken ticker, simulated")
    assert len(frames) > 8
    assert re.search(r"symbol +price +change +bid +ask +spread +rate +age +state", frames[-1])
    assert re.search(
        r"ETH/USD +\d+\.\d\d +[+-]\d\.\d\d % +\d+\.\d\d +\d+\.\d\d +0\.\d\d +\d+\.\d/s +\d\.\d s", frames[-1]
    )
    assert re.search(r"FOO/BAR .*refused", frames[-1])
    assert re.search(r"messages [1-9]\d* \(\d+\.\d/s\)  reconnects [12]  gaps [24]", frames[-1])
    assert any("restored" in frame for frame in frames)
    assert err.startswith("rxex: the exchange refused the subscription to ticker FOO/BAR: ")
    assert code == 0


def test_the_table_shows_the_latest_trades(terminal: Terminal) -> None:
    arguments = ["watch", "kraken", "trade", "BTC/USD", "--sandbox", "--speed", "50", "--count", "5"]
    with command(*arguments, stdout=terminal.slave, TERM="xterm-256color") as process:
        code, err, _ = end_of(process)
    frame = terminal.plain.split("kraken trade, simulated")[-1]
    trades = re.findall(
        r"\d\d:\d\d:\d\d\.\d{6} +BTC/USD +\d+\.\d +\d\.\d{8} +(?:buy|sell) +\d+ +(?:limit|market)", frame
    )
    assert len(trades) == 5
    assert "messages 5 " in frame
    assert (code, err) == (0, "")


def test_the_ladder_lives_and_shows_how_the_book_heals(terminal: Terminal) -> None:
    options = ("--sandbox", "--speed", "20", "--cut-every", "0.7", "--count", "100")
    with command("book", "kraken", "BTC/USD", *options, stdout=terminal.slave, TERM="xterm-256color") as process:
        code, err, _ = end_of(process)
    frames = terminal.plain.split("kraken book BTC/USD, simulated")
    level = r"\d{5}\.\d  \d+\.\d{8}  +\d+\.\d{8}  [▏▎▍▌▋▊▉█]+\s+"
    spread = r"\d+\.\d  spread, 0\.\d{4} %\s+"
    assert re.search(rf"price +size +total\s+({level}){{9,}}{spread}({level}){{9,}}", frames[-1]), frames[-1]
    assert re.search(r"messages 100 \(\d+\.\d/s\)  reconnects [12]  gaps [12]", frames[-1])
    states = {state for frame in frames for state in re.findall(r"^  connected  (\w+)", frame)}
    assert {"live", "restored"} <= states
    assert (code, err) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_ladder_and_restores_the_terminal(terminal: Terminal, number: int) -> None:
    before = termios.tcgetattr(terminal.slave)
    arguments = ["book", "kraken", "BTC/USD", "--sandbox"]
    with command(*arguments, stdout=terminal.slave, TERM="xterm-256color") as process:
        terminal.wait_for(r"spread, 0\.\d{4} %")
        process.send_signal(number)
        code, err, seconds = end_of(process)
    assert (code, err) == (0, "")
    assert seconds < ENDS_WITHIN
    assert terminal.text.count("\x1b[?25l") == terminal.text.count("\x1b[?25h") == 1
    assert termios.tcgetattr(terminal.slave) == before


def test_a_terminal_that_can_do_nothing_gets_lines(terminal: Terminal) -> None:
    with command(*WATCH, "--count", "2", stdout=terminal.slave, TERM="dumb") as process:
        assert end_of(process)[:2] == (0, "")
    assert [line.split()[2] for line in terminal.text.splitlines()] == ["bid", "bid"]


def test_a_reader_that_has_seen_enough_ends_it_without_a_word() -> None:
    with command(*WATCH) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.stdout.close()
        code, err, _ = end_of(process)
        process.stdout = None
    assert all(lines)
    assert (code, err) == (0, "")


def test_a_signal_ends_it_even_where_nobody_reads_what_it_writes() -> None:
    options = ["--json", "--speed", "3000"]
    with command(*WATCH, *options) as process:
        assert process.stdout is not None
        pipe, size, pause = process.stdout.fileno(), -1, threading.Event()
        while (waiting := _waiting_in(pipe)) != size or size < 50_000:  # it grows until the pipe is full
            size = waiting
            pause.wait(0.1)
        process.send_signal(signal.SIGTERM)
        code, err, seconds = end_of(process)
    assert (code, err) == (0, "")
    assert seconds < ENDS_WITHIN


def _waiting_in(pipe: int) -> int:
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def test_a_full_disk_is_told_in_a_line() -> None:
    with Path("/dev/full").open("w") as full, command(*WATCH, stdout=full.fileno()) as process:
        code, err, _ = end_of(process)
    assert (code, err) == (1, "rxex: [Errno 28] No space left on device\n")


def test_the_simulated_exchange_is_served_until_a_signal_and_can_be_watched_by_its_url() -> None:
    with command("sandbox", "kraken", "--seed", "5", "--speed", "50") as server:
        assert server.stdout is not None
        endpoints = json.loads(server.stdout.readline())
        url = endpoints["public_url"]
        assert url.startswith("ws://127.0.0.1:")
        with command("watch", "kraken", "ticker", "BTC/USD", "--url", url, "--count", "2") as watcher:
            assert watcher.stdout is not None
            lines = watcher.stdout.read().splitlines()
            assert end_of(watcher)[:2] == (0, "")
        taken = url.split(":")[2].partition("/")[0]
        with command("sandbox", "kraken", "--port", taken) as second:
            code, err, _ = end_of(second)
        server.send_signal(signal.SIGTERM)
        assert end_of(server)[:2] == (0, "")
        assert server.stdout.read() == ""
    assert len(lines) == 2
    assert err.startswith(f"rxex: --port is {taken}: cannot listen there: Address already in use")
    assert code == 2


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "argv", ["rxex", *WATCH, "--count", "1"])
    # What is loaded anew for the test shall not stay.
    before = dict(sys.modules)
    for name in ("rxex.cli.app", "rxex.sandbox._loop"):
        sys.modules.pop(name, None)
    yield
    sys.modules.update(before)


@pytest.mark.parametrize(
    ("package", "extra", "code"), [("typer", "cli", 1), ("aiohttp", "sandbox", 2)], ids=["typer", "aiohttp"]
)
def test_a_missing_extra_is_named(
    called: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    package: str,
    extra: str,
    code: int,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (code, "")
    assert re.fullmatch(rf"rxex: .*{package}.*: pip install 'rxex\[{extra}\]'\n", err)


def test_the_version_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["rxex", "--version"])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, capsys.readouterr().out) == (0, f"rxex {version('rxex')}\n")
