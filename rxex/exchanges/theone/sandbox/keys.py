"""API keys of the simulated exchange: signatures under both derivations, the clock's window, nonces."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from uuid import UUID

from attrs import define, field

from rxex.exchanges.theone.sandbox.refusals import Declined
from rxex.exchanges.theone.signing import KeyDerivation
from rxex.sandbox.simulation import Simulation

__all__ = ["FIRST_KEYS", "ApiKey", "KeyRing"]

FIRST_KEYS = {"test_key_1": "test_secret_1", "test_key_2": "test_secret_2"}
"""The public test keys; each is an account of its own."""


@define(eq=False)
class ApiKey:
    """One key: whose it is, and which nonces it has used and when."""

    id: str
    key: str
    secret: str = field(repr=False)
    account: str
    name: str = ""
    nonces: dict[str, float] = field(factory=dict[str, float], repr=False)

    def shown(self) -> dict[str, Any]:
        """What is told of it when it is asked for."""
        return {"uuid": self.id, "apiKey": self.key, "name": self.name}


class KeyRing:
    """The keys that the exchange knows."""

    def __init__(self, simulation: Simulation, window: float, derivation: KeyDerivation | None) -> None:
        """Know `FIRST_KEYS`.

        Args:
            simulation: The exchange that this is a part of.
            window: Seconds by which a timestamp may be off.
            derivation: How keys of signatures are made; None: either way will do.
        """
        self._simulation = simulation
        self._window = window
        self._derivations: tuple[KeyDerivation, ...] = (
            ("sha256-base64url", "plain") if derivation is None else (derivation,)
        )
        self.keys: dict[str, ApiKey] = {}
        for key, secret in FIRST_KEYS.items():
            self.keys[key] = ApiKey(self._new_id(), key, secret, key)

    def create(self, name: str) -> ApiKey:
        """Make a key with an account of its own."""
        number = len(self.keys) + 1
        made = ApiKey(self._new_id(), f"made_key_{number}", f"made_secret_{self._new_id()}", f"made_key_{number}", name)
        self.keys[made.key] = made
        return made

    def find(self, key_id: str) -> ApiKey | None:
        """Give the key with this id."""
        return next((key for key in self.keys.values() if key.id == key_id), None)

    def check(
        self, name: Any, timestamp: Any, nonce: Any, signature: Any, *, method: str, path: str, body: bytes
    ) -> ApiKey:
        """Give the key that has signed a request; raises `Declined`."""
        key = self.keys.get(name) if isinstance(name, str) else None
        if key is None:
            raise Declined("Invalid API key", "UNAUTHORIZED", 401)
        now = self._simulation.timestamp // 10**6
        if not isinstance(timestamp, int) or abs(now - timestamp) > self._window * 1000:
            raise Declined("Request timestamp outside allowed window", "EXPIRED_REQUEST", 401)
        text = "\n".join((method, path, str(timestamp), str(nonce), hashlib.sha256(body).hexdigest())).encode()
        if not any(hmac.compare_digest(code, str(signature).encode()) for code in self._codes(key.secret, text)):
            raise Declined("Invalid signature", "INVALID_SIGNATURE", 401)
        self._use(key, nonce)
        return key

    def _codes(self, secret: str, text: bytes) -> list[bytes]:
        plain = secret.encode()
        ways = {"plain": plain, "sha256-base64url": base64.urlsafe_b64encode(hashlib.sha256(plain).digest())}
        return [hmac.new(ways[each], text, "sha256").hexdigest().encode() for each in self._derivations]

    def _use(self, key: ApiKey, nonce: Any) -> None:
        now = self._simulation.now
        for old in [each for each, time in key.nonces.items() if now - time > 2 * self._window]:
            del key.nonces[old]
        if not isinstance(nonce, str) or not nonce or nonce in key.nonces:
            raise Declined("Nonce has already been used or is expired", "INVALID_NONCE", 401)
        key.nonces[nonce] = now

    def _new_id(self) -> str:
        return str(UUID(int=self._simulation.random.getrandbits(128), version=4))
