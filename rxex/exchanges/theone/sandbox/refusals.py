"""How the simulated exchange says no."""

from __future__ import annotations

__all__ = ["Declined"]


class Declined(Exception):
    """A request is refused with ``text``; over HTTP with ``code`` and ``status``, too."""

    def __init__(self, text: str, code: str = "INVALID_REQUEST", status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.status = status
