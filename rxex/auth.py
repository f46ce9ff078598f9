"""What proves who we are, kept out of sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from rxex.errors import InvalidArgument

__all__ = ["Secret"]


class Secret:
    """A text that shows nowhere: not in ``str``, ``repr``, a format, a log or a traceback, and that is not pickled.

    Only `reveal` gives it. Raises `InvalidArgument` for an empty text, and for what is no text.

    >>> token = Secret("b1946ac9")
    >>> print(f"token: {token}")
    token: ***
    >>> token.reveal()
    'b1946ac9'
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        given: object = text
        if not (isinstance(given, str) and given):
            raise InvalidArgument("text", type(given), "a secret has to be a text that is not empty")
        # In a closure, so that tools that list the attributes of objects do not show it either.
        self._text: Callable[[], str] = lambda: text

    def reveal(self) -> str:
        """Give the text, to be sent to the exchange and nowhere else."""
        return self._text()

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")
