"""How the simulated KuCoin says no to a call over HTTP."""

from __future__ import annotations

__all__ = ["Declined"]


class Declined(Exception):
    """A call that is not carried out.

    Args:
        code: The venue's code, a text of digits.
        text: What it says.
        status: The status of HTTP; many refusals come with 200.
    """

    def __init__(self, code: str, text: str, status: int = 200) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.status = status
