"""Fixtures of the fault tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.processes import Venue


@pytest.fixture
def venue() -> Iterator[Venue]:
    with Venue.running() as venue:
        yield venue
