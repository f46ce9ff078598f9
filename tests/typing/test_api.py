"""The type checker infers every step of a user's pipeline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_every_step_of_a_pipeline_is_inferred() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "tests/typing/api.py", "tests/typing/venues.py"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert run.stdout.startswith("Success"), run.stdout + run.stderr
