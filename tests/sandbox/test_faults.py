"""Faults by seed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.errors import InvalidArgument
from rxex.sandbox.faults import Faults, Injector

FRAMES = [json.dumps({"n": number}) for number in range(200)]


def injector(session: int = 1, **faults: Any) -> tuple[Injector, list[str]]:
    noted: list[str] = []
    return Injector(Faults(**faults), session, noted.append), noted


def pass_all(injector: Injector) -> list[str]:
    return [out for frame in FRAMES for out in injector.frames(frame)]


def test_without_faults_every_frame_passes() -> None:
    subject, noted = injector()
    assert pass_all(subject) == FRAMES
    assert noted == []
    assert subject.waits() == []
    assert subject.delay() == 0
    assert not subject.cuts_after_this()


def test_a_dropped_frame_is_noted_and_missing() -> None:
    subject, noted = injector(drop=0.3)
    passed = pass_all(subject)
    assert noted.count("drop") == len(FRAMES) - len(passed)
    assert 20 < len(noted) < 100
    assert [frame for frame in FRAMES if frame in passed] == passed


def test_a_duplicate_comes_right_after_its_frame() -> None:
    subject, noted = injector(duplicate=0.3)
    passed = pass_all(subject)
    assert len(passed) == len(FRAMES) + noted.count("duplicate")
    assert sorted(passed, key=FRAMES.index) == passed


def test_a_reordered_frame_comes_after_the_next_one() -> None:
    subject, noted = injector(reorder=0.3)
    passed = pass_all(subject)
    places = {frame: place for place, frame in enumerate(passed)}
    assert passed != FRAMES
    assert set(FRAMES) - set(passed) <= {FRAMES[-1]}
    assert all(abs(places[frame] - number) <= 1 for number, frame in enumerate(FRAMES) if frame in places)
    assert "reorder" in noted


def test_a_corrupt_frame_has_one_other_digit() -> None:
    subject, noted = injector(corrupt=1.0)
    for frame in FRAMES:
        (passed,) = subject.frames(frame)
        assert sum(a != b for a, b in zip(frame, passed, strict=True)) == 1
    assert len(noted) == len(FRAMES)


def test_a_truncated_frame_is_no_json() -> None:
    subject, _ = injector(truncate=1.0)
    for frame in FRAMES:
        (passed,) = subject.frames(frame)
        assert frame.startswith(passed)
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(passed)


def test_a_cut_comes_after_so_many_frames() -> None:
    subject, _ = injector(cut_after=(5, 5))
    assert [subject.cuts_after_this() for _ in range(5)] == [False] * 4 + [True]


def test_each_fault_of_the_link_waits_within_its_range() -> None:
    subject, _ = injector(cut_every=(1, 2), close_every=(3, 4), half_open_every=(5, 6), restart_every=(7, 8))
    waits = dict(subject.waits())
    assert list(waits) == ["cut", "close", "half_open", "restart"]
    assert 1 <= waits["cut"] <= 2
    assert 7 <= waits["restart"] <= 8


ALL: dict[str, Any] = {
    "drop": 0.1,
    "duplicate": 0.1,
    "reorder": 0.1,
    "corrupt": 0.1,
    "truncate": 0.1,
    "delay": (0.1, 0.5),
    "cut_every": (1, 9),
}


@given(seed=st.integers(), session=st.integers(1, 50))
def test_the_same_seed_and_session_give_the_same_faults(seed: int, session: int) -> None:
    first, second = (injector(session, seed=seed, **ALL)[0] for _ in range(2))
    assert first.waits() == second.waits()
    assert pass_all(first) == pass_all(second)
    assert first.delay() == second.delay()


def test_sessions_have_chances_of_their_own() -> None:
    assert pass_all(injector(1, **ALL)[0]) != pass_all(injector(2, **ALL)[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [("drop", -0.1), ("refuse", 1.5), ("cut_every", (2, 1)), ("delay", (-1, 0)), ("cut_after", (3, 2))],
)
def test_a_fault_that_cannot_be_is_refused_by_name(name: str, value: Any) -> None:
    faults: dict[str, Any] = {name: value}
    with pytest.raises(InvalidArgument, match=name):
        Faults(**faults)
