"""An environment of its own for each peer, as their pinned requirements contradict each other."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

__all__ = ["EnvironmentFailed", "python_of"]

_HERE = Path(__file__).parent
_TIME_OUT = 600.0


class EnvironmentFailed(Exception):
    """A peer cannot be installed here; the text says why."""


def python_of(peer: str) -> Path:
    """Give the Python of a peer's environment, made at the first call (it is made anew when its pins have changed)."""
    folder, pins = _HERE / ".env-peers" / peer, (_HERE / "requirements" / f"{peer}.txt").read_text()
    python, done = folder / "bin" / "python", folder / "installed.txt"
    if done.is_file() and done.read_text() == pins:
        return python
    print(f"making an environment for {peer} …", file=sys.stderr)
    try:
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "-r", "/dev/stdin"]
        subprocess.run(pip, input=pins, text=True, capture_output=True, check=True, timeout=_TIME_OUT)
    except subprocess.CalledProcessError as error:
        lines = [line for line in str(error.stderr).splitlines() if line.startswith("ERROR")] or ["pip failed"]
        raise EnvironmentFailed(f"cannot be installed on Python {sys.version.split()[0]}: {lines[0]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFailed(f"cannot be installed: {type(error).__name__}") from error
    done.write_text(pins)
    return python
