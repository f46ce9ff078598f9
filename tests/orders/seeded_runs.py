"""Many runs by seed; one that fails says which seed repeats it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from rxex.models import Stage

__all__ = ["IS_REPEATED", "ends_of"]

IS_REPEATED = "RXEX_SEED" in os.environ
"""Whether one seed alone is to be run."""


def ends_of(run: Callable[[int], Any], part: int, parts: int, *, runs: int) -> set[Stage]:
    """Run the seeds of one part; give the stages in which orders have ended, of which unknown is none."""
    seeds = range(part * runs // parts, (part + 1) * runs // parts)
    ends: set[Stage] = set()
    for seed in [int(os.environ["RXEX_SEED"])] if IS_REPEATED else seeds:
        try:
            world = run(seed)
            found = {placed.last.stage for placed in world.placed}
            assert Stage.UNKNOWN not in found
        except BaseException as error:
            error.add_note(f"RXEX_SEED={seed} repeats it")
            raise
        ends |= found
    return ends
