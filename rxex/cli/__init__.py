"""The ``rxex`` command. `main` is its entry point; the rest is loaded when it is called."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command with the process's arguments, and exit.

    The exit code is 0 at the end that was asked for (also by Ctrl-C and SIGTERM), 1 where the exchange or the network
    would not, 2 for arguments that cannot be right.
    """
    try:
        from rxex.cli.app import app  # noqa: PLC0415 - what it needs may be missing
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "rxex":
            raise
        print(f"rxex: the command line needs {package}: pip install 'rxex[cli]'", file=sys.stderr)
        sys.exit(1)
    app(prog_name="rxex")
