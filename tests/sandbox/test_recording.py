"""Files of recorded frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from rxex.errors import InvalidArgument
from rxex.sandbox.recording import RecordedFrame, read_answers, read_recording


def test_only_what_the_exchange_sent_is_read(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_text(
        "wss://example <-> 1.5\n"
        'wss://example <- 1.6: {"event":"subscribe"}\n'
        '2.0000001: {"a": 1}\n'
        "\n"
        "https://example -> 3: {}\n"
        "4: plain: text \n"
    )
    assert list(read_recording(path)) == [RecordedFrame("2.0000001", '{"a": 1}'), RecordedFrame("4", "plain: text")]


@pytest.mark.parametrize("content", [b"", b"no times here\n", b"1.0: \xff\xfe\n"])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "session.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidArgument, match="session"):
        list(read_recording(path))


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="nowhere"):
        list(read_recording(tmp_path / "nowhere"))


def test_every_frame_of_the_recordings_is_read_as_it_stands(recordings: Path) -> None:
    path = recordings / "kraken_v1_trade.jsonl"
    lines = [line for line in path.read_text().splitlines() if line[:1].isdigit()]
    assert [f"{frame.time}: {frame.text}" for frame in read_recording(path)] == lines


def test_answers_over_http_are_told_by_their_address(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text('https://x.example/a?b=c -> 1.5: {"code":"0"}\n2.0: {"a":1}\nwss://x.example <- 1.0: {}\n')
    assert [(each.url, each.time, each.text) for each in read_answers(path)] == [
        ("https://x.example/a?b=c", "1.5", '{"code":"0"}')
    ]
    assert [frame.text for frame in read_recording(path)] == ['{"a":1}']
    with pytest.raises(InvalidArgument, match="missing"):
        list(read_answers(tmp_path / "missing.jsonl"))
