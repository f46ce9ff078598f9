"""The unusual half of the protocol, without a socket."""

from __future__ import annotations

import pytest

from rxex.socket.frames import (
    BINARY,
    CONTINUATION,
    PING,
    TEXT,
    Fragments,
    Header,
    Violation,
    close_payload,
    parse_close,
    parse_header,
)

MIB = 2**20


def _header(opcode: int, start: int, size: int, *, final: bool = True) -> Header:
    return Header(opcode, final, start, size)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x81\x05", _header(TEXT, 2, 5)),
        (b"\x01\x05", _header(TEXT, 2, 5, final=False)),
        (b"\x80\x00", _header(CONTINUATION, 2, 0)),
        (b"\x82\x7e\x01\x00", _header(BINARY, 4, 256)),
        (b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", _header(TEXT, 10, 65_536)),
        (b"\x89\x7d", _header(PING, 2, 125)),
        (b"\x81\x7e\x01", None),
        (b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00", None),
    ],
)
def test_headers_are_understood(data: bytes, expected: Header | None) -> None:
    assert parse_header(b"..." + data, 3, MIB) == expected


def test_every_first_byte_is_allowed_or_refused_as_the_protocol_says() -> None:
    allowed = {0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A}
    for first in range(256):
        data = bytes([first, 0])
        if first in allowed:
            assert parse_header(data, 0, MIB) == Header(first & 0x0F, bool(first & 0x80), 2, 0)
        else:
            with pytest.raises(Violation) as caught:
                parse_header(data, 0, MIB)
            assert caught.value.code == 1002


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x80", 1002),  # masked
        (b"\x09\x00", 1002),  # a fragmented ping
        (b"\x08\x00", 1002),
        (b"\x89\x7e\x00\x7e", 1002),  # a ping of 126 bytes
        (b"\x88\x7f", 1002),
        (b"\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 1002),
        (b"\x81\x7f\x00\x00\x01\x00\x00\x00\x00\x00", 1009),  # 1 TiB
        (b"\x81\x7f\x00\x00\x00\x00\x00\x10\x00\x01", 1009),
        (b"\x82\x7f\x00\x00\x00\x00\x00\x10\x00\x01", 1009),
    ],
)
def test_what_must_not_come_is_refused_before_its_body(data: bytes, code: int) -> None:
    with pytest.raises(Violation) as caught:
        parse_header(data, 0, MIB)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", (None, "")),
        (b"\x03\xe8", (1000, "")),
        (b"\x03\xf4bye \xc3\xa9", (1012, "bye \u00e9")),
        (b"\x0b\xb8", (3000, "")),
        (b"\x13\x87x", (4999, "x")),
    ],
)
def test_close_frames_are_understood(payload: bytes, expected: tuple[int | None, str]) -> None:
    assert parse_close(payload) == expected


def test_close_codes_that_no_one_may_send_are_refused() -> None:
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535):
        with pytest.raises(Violation) as caught:
            parse_close(code.to_bytes(2, "big"))
        assert caught.value.code == 1002


@pytest.mark.parametrize(("payload", "code"), [(b"\x03", 1002), (b"\x03\xe8\xff", 1007), (b"\x03\xe8ab\xc3", 1007)])
def test_broken_close_frames_are_refused(payload: bytes, code: int) -> None:
    with pytest.raises(Violation) as caught:
        parse_close(payload)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "reason", ["", "short", "x" * 200, "\u00e9" * 100, "a" + "\u00e9" * 100, "\U0001f600" * 40, "\ud800"]
)
def test_a_close_frame_of_ours_fits_and_can_be_read(reason: str) -> None:
    payload = close_payload(1001, reason)
    assert len(payload) <= 125
    code, read = parse_close(payload)
    assert code == 1001
    assert reason.encode(errors="replace").decode().startswith(read)
    assert len(read) == len(reason) or len(payload) > 121


def _add(fragments: Fragments, opcode: int, payload: bytes, *, final: bool = True) -> tuple[int, bytes] | None:
    header = _header(opcode, 2, len(payload), final=final)
    fragments.check(header)
    return fragments.add(header, payload)


def test_fragments_are_put_together() -> None:
    fragments = Fragments(MIB)
    assert not fragments
    assert _add(fragments, TEXT, b"ab\xc3", final=False) is None
    assert fragments
    assert _add(fragments, CONTINUATION, b"", final=False) is None
    assert _add(fragments, CONTINUATION, b"\xa9c") == (TEXT, b"ab\xc3\xa9c")
    assert not fragments
    assert _add(fragments, BINARY, b"whole") == (BINARY, b"whole")
    assert _add(fragments, BINARY, b"\xff", final=False) is None
    assert _add(fragments, CONTINUATION, b"") == (BINARY, b"\xff")


def test_a_continuation_of_nothing_is_refused() -> None:
    with pytest.raises(Violation, match="continuation") as caught:
        _add(Fragments(MIB), CONTINUATION, b"x")
    assert caught.value.code == 1002


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_new_message_between_fragments_is_refused(opcode: int) -> None:
    fragments = Fragments(MIB)
    _add(fragments, TEXT, b"x", final=False)
    with pytest.raises(Violation, match="before") as caught:
        _add(fragments, opcode, b"x")
    assert caught.value.code == 1002


def test_fragments_that_are_no_utf8_together_are_refused() -> None:
    fragments = Fragments(MIB)
    _add(fragments, TEXT, b"\xc3", final=False)
    with pytest.raises(Violation) as caught:
        _add(fragments, CONTINUATION, b"x")
    assert caught.value.code == 1007


def test_fragments_are_bounded_before_the_body_is_read() -> None:
    fragments = Fragments(1000)
    _add(fragments, TEXT, b"x" * 600, final=False)
    fragments.check(_header(CONTINUATION, 4, 400))
    with pytest.raises(Violation) as caught:
        fragments.check(_header(CONTINUATION, 4, 401))
    assert caught.value.code == 1009


def test_empty_fragments_are_bounded_too() -> None:
    fragments = Fragments(MIB)
    _add(fragments, TEXT, b"", final=False)
    for _ in range(16_383):
        _add(fragments, CONTINUATION, b"", final=False)
    with pytest.raises(Violation) as caught:
        _add(fragments, CONTINUATION, b"", final=False)
    assert caught.value.code == 1009
