"""Messages with one part replaced or removed: what a parser may meet and must survive."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["mutate"]


def mutate(message: Any, data: st.DataObject) -> Any:
    """Replace or remove one part of a message."""
    path: list[Any] = []
    part = message
    while isinstance(part, dict | list) and part and (not path or data.draw(st.booleans())):
        path.append(data.draw(st.sampled_from(list(part) if isinstance(part, dict) else list(range(len(part))))))
        part = part[path[-1]]
    holder = message
    for step in path[:-1]:
        holder = holder[step]
    if data.draw(st.booleans()):
        del holder[path[-1]]
    else:
        holder[path[-1]] = data.draw(
            st.sampled_from([None, True, "NaN", "1e999", "", "1_0", -1, [], {}, [[]], {"a": 1}, "x" * 50, 10**30])
        )
    return message
