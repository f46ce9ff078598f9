"""The library's log in a file or on stderr, by one helper."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from rxex.errors import InvalidArgument
from rxex.logs import log_to

LOG = logging.getLogger("rxex.of_this_test")


def test_what_is_logged_from_a_level_on_is_in_the_file(tmp_path: Path) -> None:
    before = logging.getLogger("rxex").level
    path = tmp_path / "rxex.log"
    log = log_to(str(path), level="INFO")
    LOG.debug("not this")
    LOG.info("this")
    log.dispose()
    log.dispose()
    LOG.error("nor this")
    (line,) = path.read_text().splitlines()
    assert line.endswith("rxex.of_this_test INFO this")
    assert logging.getLogger("rxex").level == before
    assert logging.getLogger("rxex").handlers == []


def test_without_a_file_it_is_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    log = log_to(level="WARNING")
    LOG.info("not this")
    LOG.warning("this")
    log.dispose()
    assert capsys.readouterr().err.endswith("WARNING this\n")


def test_another_level_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        log_to(level="LOUD")
