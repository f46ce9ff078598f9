"""Every error that rxex raises or emits, by what its user can do about it.

- `RxexError`
    - `TransientError`: trying again may help; `backoff_reconnect` does so by itself
        - `ConnectError`: no link was made (name look-up, refused, handshake)
        - `ConnectionClosed`: the link ended, by either side
        - `LinkStale`: the link is open but nothing comes
        - `RequestTimeout`: no answer in time
            - `SubscriptionTimeout`: the exchange did not acknowledge a subscription in time
        - `AnswerLost`: a request went out, and no answer came that tells what became of it
        - `ClockSkew`: our timestamp or nonce was refused
        - `SequenceGap`: a number is missing
        - `TokenError`: the user's token source failed
        - `RateLimited`: the exchange asks to slow down
        - `NotSent`: a message was refused before its first byte left
    - `FatalError`: the same call will fail again
        - `InvalidArgument`: a value that cannot be right (also a `ValueError`)
        - `RequestRefused`: the exchange answered no
            - `SubscriptionRefused`: … to a subscription
        - `AuthRefused`: the credentials are not accepted
        - `CertificateError`: the other side cannot prove who it is
        - `RedirectRefused`: the exchange's address points elsewhere
        - `LinkRefused`: the exchange closes the link for what we are or do
        - `BufferOverflow`: a bounded buffer ran full and was told to fail
        - `ForkedError`: a connection was used in a forked child
    - `MalformedMessage`: one message cannot be understood; the stream goes on

Errors carry data as attributes; the text is made of them. No error shows a secret.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

__all__ = [
    "AnswerLost",
    "AuthRefused",
    "BufferOverflow",
    "CertificateError",
    "ClockSkew",
    "ConnectError",
    "ConnectionClosed",
    "FatalError",
    "ForkedError",
    "InvalidArgument",
    "LinkRefused",
    "LinkStale",
    "MalformedMessage",
    "NotSent",
    "RateLimited",
    "RedirectRefused",
    "RequestRefused",
    "RequestTimeout",
    "RxexError",
    "SequenceGap",
    "SubscriptionRefused",
    "SubscriptionTimeout",
    "TokenError",
    "TransientError",
]


class RxexError(Exception):
    """The base of all errors of rxex."""

    rate_limit: Any = None
    """The `rxex.rest.RateLimit` that came with the answer that the error was made of; None: none came."""

    def __init__(self, *args: Any) -> None:
        # attrs' __init__ does not call Exception.__init__; the fields alone make the text.
        super().__init__(*args)


class TransientError(RxexError):
    """Trying again may help."""


class FatalError(RxexError):
    """The same call with the same values will fail again."""


@define(eq=False)
class ConnectError(TransientError):
    """No link could be made to ``address`` (host and path, no query).

    ``status`` is the HTTP status of a refused handshake; ``retry_after`` (seconds) what the exchange asks us to wait.
    """

    address: str
    reason: str
    status: int | None = None
    retry_after: float | None = None

    def __str__(self) -> str:
        after = f"; it asks to wait {self.retry_after:g} s" if self.retry_after is not None else ""
        return f"cannot connect to {self.address}: {self.reason}{after}"


@define(eq=False)
class ConnectionClosed(TransientError):
    """The link ended with ``code`` (None: without a close frame) and ``reason``."""

    code: int | None = None
    reason: str = ""

    def __str__(self) -> str:
        code = "without a close frame" if self.code is None else f"with code {self.code}"
        return f"the link was closed {code}{': ' if self.reason else ''}{self.reason}"


@define(eq=False)
class LinkStale(TransientError):
    """The link is open, but nothing came for ``silence`` seconds (``what`` says what was awaited)."""

    what: str
    silence: float

    def __str__(self) -> str:
        return f"no {self.what} for {self.silence:g} s"


@define(eq=False)
class RequestTimeout(TransientError):
    """No answer to ``request`` within ``timeout`` seconds. It may have taken effect all the same."""

    request: str
    timeout: float

    def __str__(self) -> str:
        return f"no answer to {self.request} within {self.timeout:g} s; it may have taken effect all the same"


@define(eq=False)
class AnswerLost(TransientError):
    """A request went out, and no answer came that tells what became of it. It may have taken effect all the same.

    ``status`` is the HTTP status, if one came; ``retry_after`` (seconds) what the exchange asks us to wait.
    """

    request: str
    reason: str
    status: int | None = None
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"the answer to {self.request} is lost: {self.reason}; it may have taken effect all the same"


@define(eq=False)
class ClockSkew(TransientError):
    """The exchange refused the timestamp or the nonce of ``request`` with ``reason``, its own text.

    ``offset`` is how many seconds its clock is ahead of ours, None where it could not be measured.
    """

    request: str
    reason: str
    offset: float | None = None

    def __str__(self) -> str:
        offset = "" if self.offset is None else f"; its clock is {self.offset:+.3f} s from ours"
        return f"the exchange refused the time or the nonce of {self.request}: {self.reason}{offset}"


@define(eq=False)
class SubscriptionTimeout(RequestTimeout):
    """The exchange did not acknowledge a subscription within ``timeout`` seconds."""

    def __str__(self) -> str:
        return f"the exchange did not acknowledge the subscription to {self.request} within {self.timeout:g} s"


@define(eq=False)
class SequenceGap(TransientError):
    """Number ``expected`` did not come; ``received`` did."""

    expected: int | None
    received: int | None
    channel: str = ""
    reason: str = ""

    def __str__(self) -> str:
        where = f" in {self.channel}" if self.channel else ""
        why = f": {self.reason}" if self.reason else ""
        if self.expected is None and self.received is None:
            return f"something is missing{where}{why}"
        return f"expected number {self.expected}{where}, received {self.received}{why}"


@define(eq=False)
class TokenError(TransientError):
    """The token source failed, or the exchange refused the token; of an error only its type (``kind``) is told.

    ``retry_after`` (seconds) is what the token source was asked to wait.
    """

    kind: str
    retry_after: float | None = None

    def __str__(self) -> str:
        return f"no valid token ({self.kind}); the connection will be made anew and the token asked for again"


@define(eq=False)
class RateLimited(TransientError):
    """The exchange says that we send too much; ``retry_after`` seconds are asked for, if it says."""

    reason: str
    retry_after: float | None = None

    def __str__(self) -> str:
        after = f"; wait {self.retry_after:g} s" if self.retry_after is not None else ""
        return f"the exchange limits the rate: {self.reason}{after}"


@define(eq=False)
class NotSent(TransientError):
    """Nothing of the message left this machine, for ``reason``."""

    reason: str

    def __str__(self) -> str:
        return f"not sent: {self.reason}"


@define(eq=False)
class InvalidArgument(FatalError, ValueError):
    """``name`` was given as ``value``; ``remedy`` says what it has to be."""

    name: str
    value: object
    remedy: str

    def __str__(self) -> str:
        return f"{self.name} is {self.value!r}: {self.remedy}"


@define(eq=False)
class RequestRefused(FatalError):
    """The exchange answered ``request`` with ``reason``, its own text."""

    request: str
    reason: str
    raw: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"the exchange refused {self.request}: {self.reason}"


@define(eq=False)
class SubscriptionRefused(RequestRefused):
    """The exchange refused a subscription; ``channel`` and ``symbol`` name it, ``remedy`` says what to try."""

    channel: str = ""
    symbol: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"the exchange refused the subscription to {self.request}: {self.reason}{remedy}"


@define(eq=False)
class AuthRefused(FatalError):
    """The exchange does not accept who we say we are; ``status`` is the HTTP status, if it came by one."""

    reason: str
    status: int | None = None

    def __str__(self) -> str:
        return f"the exchange refused our authentication: {self.reason}"


@define(eq=False)
class CertificateError(FatalError):
    """The certificate of ``host`` is not valid for it. There is no way to switch this check off."""

    host: str
    reason: str

    def __str__(self) -> str:
        return f"the certificate of {self.host} was refused: {self.reason}"


@define(eq=False)
class RedirectRefused(FatalError):
    """``host`` answered with a redirect; following it could hand credentials to a stranger."""

    host: str
    status: int

    def __str__(self) -> str:
        return f"{self.host} answered with a redirect ({self.status}), which is never followed; check the url"


@define(eq=False)
class LinkRefused(FatalError):
    """The exchange ended the link with ``code`` and ``reason`` again and again, or refused it for good."""

    code: int | None
    reason: str

    def __str__(self) -> str:
        return f"the exchange refuses the link (code {self.code}): {self.reason}"


@define(eq=False)
class BufferOverflow(FatalError):
    """A buffer of ``capacity`` items ran full and its overflow policy is to fail."""

    capacity: int

    def __str__(self) -> str:
        return f"a buffer of {self.capacity} items ran full; read faster, raise the capacity or choose to drop"


@define(eq=False)
class ForkedError(FatalError):
    """A connection made before a fork was used in the child; make a new one there."""

    def __str__(self) -> str:
        return "this connection belongs to the parent process; make a new one after the fork"


@define(eq=False)
class MalformedMessage(RxexError):
    """A message cannot be understood, for ``reason``; ``excerpt`` is its start, at most 200 bytes."""

    reason: str
    excerpt: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        return f"malformed message: {self.reason}"
