"""Marble diagrams as text: read them strictly, draw them from what happened.

The notation is reactivex's: `-` lets one step pass, `|` ends, `#` fails, ``(a,b)`` is two elements at the time of the
bracket, anything else is an element; each character takes one step, blanks none. What reactivex passes over in
silence (an open bracket, an element after the end) is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from rxex.errors import InvalidArgument

__all__ = ["Diagram", "Mark", "draw", "is_element", "parse", "refused"]

_TOKEN = re.compile(r"(?P<group>\([^()]*\))|(?P<steps>-+)|(?P<mark>[#|]|[^-,()#|]+)")
_ELEMENT = re.compile(r"[^-,()#|\s]+")
_NOTATION = "'-' lets a step pass, '(a,b)' is two at once"
_PARTS = (1, 2, 4, 5, 10)  # columns of a drawing for one step of the diagram it is compared with
_WIDEST = 160  # columns of a drawing


@frozen
class Mark:
    """What stands in a diagram at ``time`` (seconds): an element's name, `#` or `|`."""

    time: float
    name: str


@frozen
class Diagram:
    """The marks of a diagram, in order, and how many seconds it lasts."""

    marks: tuple[Mark, ...]
    duration: float


def parse(text: str, *, step: float, legend: str, ends: str) -> Diagram:
    """Read a diagram whose characters take ``step`` seconds each; after one of ``ends`` only steps may come.

    Raises `InvalidArgument` that names the character, its time and the ``legend``.

    >>> parse("-a-(b,|)", step=0.5, legend="a, b", ends="|").marks
    (Mark(time=0.5, name='a'), Mark(time=1.5, name='b'), Mark(time=1.5, name='|'))
    """
    if not step > 0:
        raise InvalidArgument("step", step, "one character has to take more than 0 seconds")
    diagram = "".join(text.split())
    marks: list[Mark] = []
    column = 0
    while column < len(diagram):
        token = _TOKEN.match(diagram, column)
        time = round(column * step, 6)
        if token is None:
            raise refused(text, diagram[column], time, "belongs to no group", legend)
        for name in token["group"][1:-1].split(",") if token["group"] else [token["mark"]] if token["mark"] else []:
            if name not in {"#", "|"} and not is_element(name):
                raise refused(text, token[0], time, "is no group of elements", legend)
            if marks and marks[-1].name in ends:
                raise refused(text, name, time, f"comes after the end {marks[-1].name!r}", legend)
            marks.append(Mark(time, name))
        column = token.end()
    return Diagram(tuple(marks), round(column * step, 6))


def is_element(text: str) -> bool:
    """Whether ``text`` can stand in a diagram as an element."""
    return _ELEMENT.fullmatch(text) is not None


def refused(text: str, name: str, time: float, why: str, legend: str) -> InvalidArgument:
    """Make the error that says what is wrong in a diagram, where, and what could stand there."""
    return InvalidArgument("marbles", text, f"{name!r} at {time:.10g} s {why}; {_NOTATION}, {legend}")


def draw(streams: Sequence[Sequence[Mark]], step: float) -> tuple[float, list[str]] | None:
    """Draw streams one above the other, with the coarsest step (``step`` or a part of it) that shows all marks.

    Gives that step and a diagram for each, which `parse` reads back. None: not even the finest step shows them, or
    the diagrams would be too wide to read.

    >>> draw([[Mark(2, "a"), Mark(4, "|")], [Mark(2, "a"), Mark(2, "b"), Mark(4, "|")]], 1)
    (0.25, ['--------a-------|', '--------(a,b)---|'])
    """
    for parts in _PARTS:
        drawings = [_draw(marks, step / parts) for marks in streams]
        if all(drawing is not None for drawing in drawings):
            return step / parts, [drawing for drawing in drawings if drawing is not None]
    return None


def _draw(marks: Sequence[Mark], step: float) -> str | None:
    groups: dict[float, list[str]] = {}
    for mark in marks:
        groups.setdefault(mark.time, []).append(mark.name)
    drawing = ""
    for time, names in groups.items():
        column = round(time / step)
        if abs(column * step - time) > 1e-6 or column < len(drawing) or column > _WIDEST:
            return None
        part = names[0] if len(names) == 1 else f"({','.join(names)})"
        drawing = drawing.ljust(column, "-")
        if _ELEMENT.match(part) and drawing and _ELEMENT.match(drawing[-1]):
            return None
        drawing += part
    return drawing
