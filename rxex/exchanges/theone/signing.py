"""Who we are, at TheOne: each request carries an HMAC-SHA256 of itself, over WebSocket and REST alike.

What is signed are five lines: method, path with query, milliseconds since the epoch, nonce, and the SHA-256 of the body
in hexadecimal digits. A login on the WebSocket has the method ``WS``, the stream's path and no body; an operation has
the path of its name, and its ``data``, exactly as sent, for a body.

Sources: TheOne's documents on authentication, and its public Python clients.
"""

from __future__ import annotations

import base64
import hashlib
import os
import random
from collections.abc import Callable
from typing import Literal, TypeAlias

from attrs import field, frozen

from rxex.auth import Credentials, NonceSource, Secret, ServerClock, sign
from rxex.errors import InvalidArgument, TokenError

__all__ = [
    "STREAM_PATH",
    "KeyDerivation",
    "Proof",
    "Signer",
    "canonical",
    "credentials_from_environment",
    "derive_key",
]

KeyDerivation: TypeAlias = Literal["sha256-base64url", "plain"]
"""How the key of the HMAC is made of the secret; see `derive_key`."""
STREAM_PATH = "/ws/v1/stream"
_DERIVATIONS = ("sha256-base64url", "plain")


def derive_key(secret: str | Secret, derivation: KeyDerivation = "sha256-base64url") -> bytes:
    """Make the key of the HMAC of the secret of an API key.

    TheOne's documents take the secret's own bytes (``plain``), its Python clients the base64url text (with padding) of
    its SHA-256; the clients were run against the service, so theirs is the default.

    >>> derive_key("test_secret_1")[:8], derive_key("test_secret_1", "plain")
    (b'ujdPNqnu', b'test_secret_1')
    """
    if derivation not in _DERIVATIONS:
        raise InvalidArgument("key_derivation", derivation, f"choose of {', '.join(_DERIVATIONS)}")
    text = (secret.reveal() if isinstance(secret, Secret) else secret).encode()
    return text if derivation == "plain" else base64.urlsafe_b64encode(hashlib.sha256(text).digest())


def canonical(method: str, path: str, timestamp: int, nonce: str, body: bytes = b"") -> str:
    r"""Give the text that is signed; ``timestamp`` is milliseconds since the epoch, ``body`` what is sent, to the byte.

    >>> canonical("WS", "/ws/v1/stream", 1732526400000, "n")[:37]
    'WS\n/ws/v1/stream\n1732526400000\nn\ne3b0'
    """
    return "\n".join((method.upper(), path, str(timestamp), nonce, hashlib.sha256(body).hexdigest()))


def credentials_from_environment() -> Credentials:
    """Take the API key from the variables ``BROKER_API_KEY`` and ``BROKER_SECRET_KEY``.

    Raises `InvalidArgument` where one of them is missing or empty.
    """
    parts = []
    for name in ("BROKER_API_KEY", "BROKER_SECRET_KEY"):
        part = os.environ.get(name)
        if not part:
            raise InvalidArgument(name, None, "set this environment variable, or give credentials")
        parts.append(part)
    return Credentials(*parts)


@frozen
class Proof:
    """What proves that a request is ours. The signature shows in no text."""

    timestamp: int
    nonce: str
    signature: Secret


def _hidden(key: str | Secret) -> Secret:
    return key if isinstance(key, Secret) else Secret(key)


@frozen(eq=False)
class Signer:
    """What signs requests, where the secret is to stay elsewhere: in another process, a vault, a device.

    Args:
        key: the public half of the API key.
        sign: gives the signature (hexadecimal digits) of a text that `canonical` made. Called from any thread, also
            that of the socket, which reads nothing meanwhile: it should be quick. What is not signed within the time
            that its request waits for its turn is not sent.
    """

    key: Secret = field(converter=_hidden)
    sign: Callable[[str], str] = field(repr=False)
    nonces: NonceSource = field(factory=NonceSource, repr=False, kw_only=True)

    @classmethod
    def of(cls, credentials: Credentials | Signer | None, key_derivation: KeyDerivation = "sha256-base64url") -> Signer:
        """Give the signer itself, or one for credentials; None: those of the environment."""
        if isinstance(credentials, Signer):
            return credentials
        given = credentials_from_environment() if credentials is None else credentials
        secret = Secret(derive_key(given.secret, key_derivation).decode())
        return cls(
            given.key,
            lambda text: sign(secret.reveal().encode(), text.encode(), digest="sha256", encoding="hex"),
            nonces=given.nonces,
        )

    def prove(self, method: str, path: str, body: bytes, clock: ServerClock) -> Proof:
        """Sign a request now. Raises `TokenError` where the user's function fails."""
        timestamp = clock.now() // 1_000_000
        # The random half keeps two programs with one key apart.
        nonce = f"{self.nonces.next()}_{random.randrange(1_000_000)}"  # noqa: S311 - has to be unique, not secret
        kind: str | None = None
        signature: object = None
        try:
            signature = self.sign(canonical(method, path, timestamp, nonce, body))
        except Exception as error:
            kind = type(error).__name__
        if kind is None and isinstance(signature, str) and signature:
            return Proof(timestamp, nonce, Secret(signature))
        # Raised out here, so that nothing of what the signer held is kept: neither a cause nor a traceback.
        raise TokenError(kind or "EmptySignature")
