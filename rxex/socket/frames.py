"""The unusual half of the WebSocket protocol (RFC 6455), without I/O: everything but whole unfragmented text.

The usual half, a final unmasked text frame of up to 64 KiB, is cut out by the read loop itself.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["BINARY", "CLOSE", "CONTINUATION", "PING", "PONG", "TEXT", "Fragments", "Header", "Violation"]
__all__ += ["close_payload", "parse_close", "parse_header"]

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG = 1002, 1007, 1009

_FINAL, _RESERVED, _OPCODE, _MASKED, _CONTROL = 0x80, 0x70, 0x0F, 0x80, 0x8
_OPCODES = {CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG}
_LONGEST_CONTROL = 125
_MOST_FRAGMENTS = 16_384
# RFC 6455 7.4.1 and the IANA registry: what an endpoint may send; 1004, 1005, 1006 and 1015 never stand in a frame.
_CLOSE_CODES = {1000, 1001, 1002, 1003, *range(1007, 1015)}


class Violation(Exception):
    """The other side broke the protocol; the link is to be closed with ``code``."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Header(NamedTuple):
    """The first bytes of a frame, understood."""

    opcode: int
    final: bool
    start: int
    """Where the payload starts, from the frame's first byte."""
    size: int
    """How long the payload is."""


def parse_header(data: bytes, pos: int, max_message: int) -> Header | None:
    """Understand the header of the frame at ``pos``; None where bytes of it are missing.

    Raises `Violation` as soon as the bytes at hand suffice to tell, so that no body is ever waited for in vain.
    """
    first, second = data[pos], data[pos + 1]
    opcode, final, size = first & _OPCODE, bool(first & _FINAL), second & 0x7F
    if first & _RESERVED:
        raise Violation(PROTOCOL_ERROR, "a reserved bit is set (compression was not agreed on)")
    if opcode not in _OPCODES:
        raise Violation(PROTOCOL_ERROR, f"there is no opcode {opcode}")
    if second & _MASKED:
        raise Violation(PROTOCOL_ERROR, "a server must not mask its frames")
    if opcode & _CONTROL:
        if not final:
            raise Violation(PROTOCOL_ERROR, "a control frame must not be fragmented")
        if size > _LONGEST_CONTROL:
            raise Violation(PROTOCOL_ERROR, f"a control frame has at most {_LONGEST_CONTROL} bytes")
    start = 2 if size < 126 else 4 if size == 126 else 10
    if start > 2:
        if len(data) - pos < start:
            return None
        size = int.from_bytes(data[pos + 2 : pos + start], "big")
        if size >> 63:
            raise Violation(PROTOCOL_ERROR, "the length of a frame has its first bit set")
    if size > max_message:
        raise Violation(TOO_BIG, f"a frame claims {size} bytes, more than the {max_message} allowed")
    return Header(opcode, final, start, size)


def parse_close(payload: bytes) -> tuple[int | None, str]:
    """Understand the payload of a close frame: its code, None where it has none, and its reason."""
    if not payload:
        return None, ""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 or not (code in _CLOSE_CODES or 3000 <= code < 5000):
        raise Violation(PROTOCOL_ERROR, "the close frame has no valid code")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise Violation(INVALID_TEXT, "the reason of the close frame is not UTF-8") from None


def close_payload(code: int, reason: str = "") -> bytes:
    """Make the payload of a close frame; a reason that is too long is cut between two characters."""
    return (
        code.to_bytes(2, "big")
        + reason.encode(errors="replace")[: _LONGEST_CONTROL - 2].decode(errors="ignore").encode()
    )


class Fragments:
    """Puts a fragmented message together, bounded in bytes and in number of fragments."""

    def __init__(self, max_message: int) -> None:
        self._max_message = max_message
        self._parts: list[bytes] = []
        self._size = 0
        self._opcode: int | None = None

    def __bool__(self) -> bool:
        """Whether a message is in the middle of its fragments."""
        return self._opcode is not None

    def check(self, header: Header) -> None:
        """Raise `Violation` if a data frame with this header must not come now, before its body is read."""
        if header.opcode == CONTINUATION:
            if self._opcode is None:
                raise Violation(PROTOCOL_ERROR, "a continuation without a message to continue")
        elif self._opcode is not None:
            raise Violation(PROTOCOL_ERROR, "a new message before the fragmented one was over")
        if self._size + header.size > self._max_message or len(self._parts) >= _MOST_FRAGMENTS:
            raise Violation(TOO_BIG, f"a fragmented message has more than the {self._max_message} bytes allowed")

    def add(self, header: Header, payload: bytes) -> tuple[int, bytes] | None:
        """Take one data frame; give opcode and payload of the whole message if this was its last one."""
        if self._opcode is None:
            if header.final:
                return header.opcode, payload
            self._opcode = header.opcode
        self._parts.append(payload)
        self._size += len(payload)
        if not header.final:
            return None
        opcode, message = self._opcode, b"".join(self._parts)
        self._parts, self._size, self._opcode = [], 0, None
        if opcode == TEXT:
            _require_utf8(message)
        return opcode, message


def _require_utf8(message: bytes) -> None:
    try:
        message.decode()
    except UnicodeDecodeError:
        raise Violation(INVALID_TEXT, "a text message is not UTF-8") from None
