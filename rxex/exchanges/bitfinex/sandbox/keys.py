"""Keys of the simulated Bitfinex: their secrets, and their nonces, which WebSocket and REST share.

Source: Bitfinex's pages "Authenticated channels" and "Authenticated endpoints".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from random import Random

from rxex.auth import sign
from rxex.exchanges.bitfinex.sandbox.refusals import Declined

__all__ = ["KEY_PREFIX", "Keys", "secret_of"]

KEY_PREFIX = "sandbox-"
"""What API keys begin with; the name of the account follows."""
_LARGEST_NONCE = 9_007_199_254_740_991


def secret_of(key: str) -> str:
    """The secret that belongs to an API key of the sandbox."""
    return hashlib.sha256(key.encode()).hexdigest()


class Keys:
    """All keys of an exchange. Each account has one, made when it is first used, and tokens instead of it."""

    def __init__(self, random: Random, now: Callable[[], float]) -> None:
        """Make tokens of ``random``; ``now`` tells the time in seconds."""
        self._random = random
        self._now = now
        self._nonces: dict[str, int] = {}
        self._tokens: dict[str, tuple[str, float]] = {}

    def account_of(self, key: object, signature: object, payload: str, nonce: object) -> str:
        """Whose key this is. Raises `Declined` where key, signature or nonce are not good."""
        if not isinstance(key, str) or not key.startswith(KEY_PREFIX) or key == KEY_PREFIX:
            raise Declined("apikey: invalid", 10100)
        if not isinstance(signature, str) or len(signature) != 96:
            raise Declined("apikey: signature invalid", 10112)
        right = sign(secret_of(key).encode(), payload.encode(), digest="sha384", encoding="hex")
        if not hmac.compare_digest(right, signature.lower()):
            raise Declined("apikey: digest invalid", 10113)
        text = str(nonce)
        if isinstance(nonce, bool) or not text.isascii() or not text.isdigit() or int(text) > _LARGEST_NONCE:
            raise Declined("nonce: invalid", 10114)
        if int(text) <= self._nonces.get(key, 0):
            raise Declined("nonce: small", 10114)
        self._nonces[key] = int(text)
        return key.removeprefix(KEY_PREFIX)

    def mint_token(self, account: str, life: float) -> str:
        """Make a token that stands for the key of ``account`` for so many seconds."""
        token = f"pub:api:{self._random.getrandbits(128):032x}-caps:o:w:f:p-write"
        self._tokens[token] = (account, self._now() + life)
        return token

    def account_of_token(self, token: object) -> str:
        """Whose token this is. Raises `Declined` where it is not good, or not any more."""
        account, ends = self._tokens.get(token, ("", 0.0)) if isinstance(token, str) else ("", 0.0)
        if not account or self._now() > ends:
            raise Declined("token: invalid", 10100)
        return account
