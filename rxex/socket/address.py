"""Urls of exchanges and proxies: checked before anything is sent, and shown without their secrets."""

from __future__ import annotations

import base64
import re
from urllib.parse import SplitResult, unquote, urlsplit

from attrs import field, frozen

from rxex.errors import InvalidArgument

__all__ = ["LOOPBACK", "Address", "Proxy", "parse_address", "parse_proxy", "require_secure"]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names of this machine, to which nobody on the way can listen."""

_PORTS = {"ws": 80, "wss": 443, "http": 80}
_PRINTABLE = re.compile(r"[!-~]+")


@frozen
class Address:
    """Where a socket goes. Its text has neither user, password nor query."""

    url: str = field(repr=False)
    host: str
    port: int
    path: str
    secure: bool
    authorization: str | None = field(repr=False)
    """The header's value, where the url has a user."""

    def __str__(self) -> str:
        return f"{'wss' if self.secure else 'ws'}://{_bracketed(self.host)}:{self.port}{self.path}"


@frozen
class Proxy:
    """An HTTP proxy that is asked to CONNECT. Its text has no user and no password."""

    host: str
    port: int
    authorization: str | None = field(repr=False)

    def __str__(self) -> str:
        return f"{_bracketed(self.host)}:{self.port}"

    def request(self, address: Address) -> bytes:
        """Give the bytes that ask for a tunnel to ``address``."""
        target = f"{_bracketed(address.host)}:{address.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if self.authorization:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        return "\r\n".join([*lines, "", ""]).encode()


def parse_address(url: str) -> Address:
    """Check the url of an exchange.

    Raises `InvalidArgument` unless it is ``ws://`` or ``wss://`` with a host and, if any, a port in range.

    >>> str(parse_address("wss://me:secret@ws.example.com/v2?token=secret"))
    'wss://ws.example.com:443/v2'
    """
    parts, port = _split("url", url, ("ws", "wss"), "wss://ws.example.com/v2")
    # Without user and password: they go into a header and nowhere else.
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
    return Address(bare, parts.hostname or "", port, parts.path or "/", parts.scheme == "wss", _basic(parts))


def require_secure(url: str) -> Address:
    """Check the url of an exchange that is to hear who we are: ``wss://``, but on this machine.

    Raises `InvalidArgument` for any other, and as `parse_address` does.

    >>> str(require_secure("ws://127.0.0.1:8080/"))
    'ws://127.0.0.1:8080/'
    """
    address = parse_address(url)
    if not address.secure and address.host not in LOOPBACK:
        raise InvalidArgument("url", str(address), "what proves who we are is sent over wss:// only")
    return address


def parse_proxy(url: str) -> Proxy:
    """Check the url of a proxy; raises `InvalidArgument` unless it is ``http://`` with a host.

    >>> str(parse_proxy("http://me:secret@proxy.example.com:3128"))
    'proxy.example.com:3128'
    """
    parts, port = _split("proxy", url, ("http",), "http://user:password@proxy.example.com:3128")
    return Proxy(parts.hostname or "", port, _basic(parts))


def _split(name: str, url: str, schemes: tuple[str, ...], example: str) -> tuple[SplitResult, int]:
    def refuse(remedy: str) -> InvalidArgument:
        return InvalidArgument(name, _shown(url), f"{remedy}, as in {example}")

    if type(url) is not str or not url.strip():
        raise refuse("give an address")
    if not _PRINTABLE.fullmatch(url):
        raise refuse("an address has no blanks, control or non-ASCII characters (write them percent-encoded)")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refuse("the host or the port cannot be read; a port is a number from 1 to 65535") from None
    if parts.scheme not in schemes:
        raise refuse(f"it has to begin with {' or '.join(scheme + '://' for scheme in schemes)}")
    if not parts.hostname:
        raise refuse("it names no host")
    if port == 0:
        raise refuse("a port is a number from 1 to 65535")
    return parts, port or _PORTS[parts.scheme]


def _shown(url: object) -> object:
    if not isinstance(url, str):
        return url
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, separator, rest = bare.partition("//") if "//" in bare else ("", "", bare)
    return scheme + separator + rest.rpartition("@")[2]


def _basic(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
