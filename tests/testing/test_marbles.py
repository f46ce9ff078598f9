from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex.observable.marbles import parse as reactivex_parse

from rxex.errors import InvalidArgument
from rxex.testing.marbles import Diagram, Mark, draw, parse


def read(text: str, step: float = 1.0, ends: str = "#|") -> Diagram:
    return parse(text, step=step, legend="'a' is a message", ends=ends)


def test_each_character_takes_one_step_and_blanks_take_none() -> None:
    diagram = read("-a - -b|")
    assert diagram.marks == (Mark(1, "a"), Mark(4, "b"), Mark(5, "|"))
    assert diagram.duration == 6


def test_a_group_happens_at_its_bracket_and_takes_the_steps_of_its_characters() -> None:
    assert read("-(a,b)-c").marks == (Mark(1, "a"), Mark(1, "b"), Mark(7, "c"))


def test_steps_are_exact_to_the_microsecond() -> None:
    assert [mark.time for mark in read("-a-b", step=0.1).marks] == [0.1, 0.3]


@given(
    st.lists(st.sampled_from(["-", "--", "a-", "bc-", "(a,b)", "(a)", " ", "1-"])).map("".join),
    st.sampled_from(["", "#", "|"]),
)
def test_what_is_accepted_means_what_it_means_to_reactivex(body: str, end: str) -> None:
    text = body + end
    theirs = [(time, str(getattr(item, "value", item.kind))) for time, item in reactivex_parse(text)]
    names = {"|": "C", "#": "E"}
    assert [(mark.time, names.get(mark.name, mark.name)) for mark in read(text).marks] == theirs


@pytest.mark.parametrize(
    ("text", "character", "time"),
    [
        ("-(a,b", "(", 1),
        ("-a)", ")", 2),
        ("a,b", ",", 1),
        ("-(a-b)", "(a-b)", 1),
        ("--()", "()", 2),
        ("-|-a", "a", 3),
        ("(|,a)", "a", 0),
    ],
)
def test_what_reactivex_passes_over_in_silence_is_refused_by_name_and_time(
    text: str, character: str, time: int
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read(text)
    assert f"{character!r} at {time} s" in str(caught.value)
    assert "'-' lets a step pass" in str(caught.value)
    assert "'a' is a message" in str(caught.value)
    assert caught.value.value == text


@pytest.mark.parametrize("step", [0, -1, float("nan")])
def test_a_step_that_takes_no_time_is_refused(step: float) -> None:
    with pytest.raises(InvalidArgument, match="step"):
        read("-a", step=step)


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), max_size=6))
def test_a_drawing_reads_back_as_what_was_drawn(items: list[tuple[int, str]]) -> None:
    marks = [Mark(float(time), name) for time, name in sorted(items, key=lambda item: item[0])]
    drawn = draw([marks], 1)
    assert drawn is None or read(drawn[1][0], step=drawn[0], ends="").marks == tuple(marks)


def test_a_drawing_is_as_coarse_as_all_its_streams_allow() -> None:
    a, b, late = Mark(2, "a"), Mark(3, "b"), Mark(3.5, "b")
    assert draw([[a], [a]], 1) == (1, ["--a", "--a"])
    assert draw([[a], [a, late]], 1) == (0.5, ["----a", "----a--b"])
    assert draw([[a, b]], 1) == (0.5, ["----a-b"]), "side by side they would read as one element"


def test_what_no_drawing_can_show_is_not_drawn() -> None:
    assert draw([[Mark(1 / 3, "a")]], 1) is None
    assert draw([[Mark(10_000, "a")]], 1) is None
