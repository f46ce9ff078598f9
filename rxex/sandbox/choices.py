"""What can be chosen of any simulated exchange, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from rxex.errors import InvalidArgument
from rxex.sandbox.market import Instrument

__all__ = ["Recordings", "check_pace", "chosen_instruments", "exact_balances", "paths_of"]

Recordings: TypeAlias = Path | str | Sequence[Path | str]
"""One file or several."""


def check_pace(speed: float, *, plays: bool, flood: int = 0) -> None:
    """Raise `InvalidArgument` for a speed or a number of frames that cannot be; speed 0 is for recordings alone.

    >>> check_pace(0, plays=True)
    """
    if speed < 0 or (speed == 0 and not plays):
        raise InvalidArgument("speed", speed, "a positive number; 0 only to play a recording as fast as possible")
    if flood < 0:
        raise InvalidArgument("flood", flood, "a number of frames, 0 for none")


def chosen_instruments(symbols: Iterable[str] | None, known: Mapping[str, Instrument]) -> list[Instrument]:
    """Give the instruments of these names, or all (None); raises `InvalidArgument` for an unknown one."""
    names = list(known if symbols is None else symbols)
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise InvalidArgument("symbols", unknown, f"choose of {', '.join(known)}")
    return [known[name] for name in names]


def exact_balances(balances: Mapping[str, Decimal | int | str] | None) -> dict[str, Decimal] | None:
    """Give amounts by asset as decimals; None stays None.

    >>> exact_balances({"BTC": "0.10"})
    {'BTC': Decimal('0.10')}
    """
    return None if balances is None else {asset: Decimal(amount) for asset, amount in balances.items()}


def paths_of(recordings: Recordings) -> list[Path]:
    """Give the files.

    >>> [path.name for path in paths_of(["a.jsonl", Path("b.jsonl")])]
    ['a.jsonl', 'b.jsonl']
    """
    return [Path(path) for path in ([recordings] if isinstance(recordings, str | Path) else recordings)]
