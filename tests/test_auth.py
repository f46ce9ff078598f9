"""`Secret` shows nowhere."""

from __future__ import annotations

import base64
import copy
import hmac
import itertools
import json
import logging
import pickle
import pprint
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex.disposable import SingleAssignmentDisposable

from rxex.auth import Credentials, NonceSource, Secret, ServerClock, Turns, sign
from rxex.codec import encode
from rxex.errors import InvalidArgument
from rxex.events import Authenticated

CANARY = "canary-5up3r-s3cr3t"


def test_only_reveal_gives_it() -> None:
    assert Secret(CANARY).reveal() == CANARY


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        ascii,
        "{}".format,
        "{:>40}".format,
        "%s".__mod__,
        "%r".__mod__,
        pprint.pformat,
        lambda secret: f"{secret}{secret!r}{[secret]}{ {'token': secret} }",
        lambda secret: repr(attrs.asdict(Authenticated(secret))),
        lambda secret: repr(Authenticated(secret, {"secret": secret})),
        lambda secret: [str(getattr(secret, name, None)) for name in dir(secret) if name != "__doc__"],
        lambda secret: InvalidArgument("token", secret, "no"),
    ],
)
def test_it_shows_in_no_text(show: Any) -> None:
    assert CANARY not in str(show(Secret(CANARY)))


def test_it_shows_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").error("refused: %s %r", Secret(CANARY), Secret(CANARY))
    assert caplog.messages == ["refused: *** ***"]


def test_it_shows_in_no_traceback() -> None:
    def fail(token: Secret) -> None:
        raise ValueError(token)

    try:
        fail(Secret(CANARY))
    except ValueError as error:
        lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
        text = "".join(lines).replace("CANARY = ", "")
    assert "***" in text
    assert f"token = '{CANARY}" not in text


@pytest.mark.parametrize("dump", [pickle.dumps, json.dumps, msgspec.json.encode, lambda secret: encode({"a": secret})])
def test_it_is_written_nowhere(dump: Any) -> None:
    with pytest.raises(TypeError) as refusal:
        dump(Secret(CANARY))
    assert CANARY not in str(refusal.value)


def test_a_copy_of_it_is_itself() -> None:
    secret = Secret(CANARY)
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"token": secret})["token"] is secret


@pytest.mark.parametrize("text", ["", None, CANARY.encode()])
def test_what_is_no_text_is_refused_without_being_shown(text: Any) -> None:
    with pytest.raises(InvalidArgument, match="not empty") as refusal:
        Secret(text)
    assert CANARY not in f"{refusal.value}{refusal.value!r}"


# Credentials.


def _shown(credentials: Credentials) -> list[Any]:
    return [
        str(credentials),
        repr(credentials),
        f"{credentials}",
        "%s %r" % (credentials, credentials),  # noqa: UP031 - one more way to show it
        pprint.pformat(credentials),
        attrs.asdict(credentials),
        attrs.astuple(credentials),
        [getattr(credentials, name) for name in ("key", "secret", "passphrase", "nonces", "turns")],
        InvalidArgument("credentials", credentials, "no"),
    ]


def test_credentials_show_in_no_text() -> None:
    credentials = Credentials(f"k{CANARY}", Secret(f"s{CANARY}"), f"p{CANARY}")
    assert CANARY not in str(_shown(credentials))
    assert [each.reveal() for each in (credentials.key, credentials.secret) if each] == [f"k{CANARY}", f"s{CANARY}"]


@pytest.mark.parametrize("dump", [pickle.dumps, json.dumps, lambda value: encode({"a": value})])
def test_credentials_are_written_nowhere(dump: Any) -> None:
    with pytest.raises(TypeError) as refusal:
        dump(Credentials("k" + CANARY, "s" + CANARY))
    assert CANARY not in str(refusal.value)


def test_a_copy_of_credentials_is_the_same_so_that_its_nonces_are() -> None:
    credentials = Credentials("a", "b")
    assert copy.copy(credentials) is credentials
    assert copy.deepcopy([credentials])[0] is credentials


@pytest.mark.parametrize("parts", [("", "b"), ("a", ""), ("a", "b", ""), (None, "b"), (1, "b")])
def test_credentials_without_a_part_are_refused(parts: Any) -> None:
    with pytest.raises(InvalidArgument):
        Credentials(*parts)


def test_credentials_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidArgument, match="VENUE_API_KEY"):
        Credentials.from_environment("VENUE")
    monkeypatch.setenv("VENUE_API_KEY", "a")
    monkeypatch.setenv("VENUE_API_SECRET", "")
    with pytest.raises(InvalidArgument, match="VENUE_API_SECRET"):
        Credentials.from_environment("VENUE")
    monkeypatch.setenv("VENUE_API_SECRET", "b")
    assert Credentials.from_environment("VENUE").passphrase is None
    monkeypatch.setenv("VENUE_API_PASSPHRASE", "c")
    found = Credentials.from_environment("VENUE")
    assert [part.reveal() for part in (found.key, found.secret, found.passphrase) if part] == ["a", "b", "c"]


# Nonces.


@given(st.lists(st.integers(0, 2**63)))
def test_nonces_rise_whatever_the_clock_does(times: list[int]) -> None:
    clock = iter(times)
    source = NonceSource(lambda: next(clock))
    nonces = [source.next() for _ in times]
    assert all(before < after for before, after in itertools.pairwise(nonces))
    assert all(nonce >= time for nonce, time in zip(nonces, times, strict=True))


def test_nonces_of_a_coarser_unit_rise_as_well() -> None:
    times = iter([5_000_000, 5_000_400, 1_000, 9_000_000])
    source = NonceSource(lambda: next(times))
    assert [source.next(1000) for _ in range(4)] == [5000, 5001, 5002, 9000]


def test_nonces_of_several_threads_are_all_different() -> None:
    source = NonceSource(lambda: 7)
    with ThreadPoolExecutor(4) as threads:
        nonces = [
            nonce for part in threads.map(lambda _: [source.next() for _ in range(500)], range(4)) for nonce in part
        ]
    assert sorted(nonces) == list(range(7, 2007))


def test_nonces_are_nanoseconds_since_the_epoch() -> None:
    assert abs(NonceSource().next() - time.time_ns()) < 60 * 10**9


# Turns.


def test_turns_of_many_threads_are_taken_one_at_a_time() -> None:
    turns, most, count, lock = Turns(), 0, 0, threading.Lock()
    busy: list[int] = []
    ended = threading.Semaphore(0)

    def work(turn: SingleAssignmentDisposable) -> None:
        nonlocal most, count
        with lock:
            busy.append(1)
            most = max(most, len(busy))
        with lock:
            busy.pop()
            count += 1
        turn.dispose()
        ended.release()

    with ThreadPoolExecutor(4) as threads:

        def take(_: int) -> None:
            turn = SingleAssignmentDisposable()
            turn.disposable = turns.take(lambda: threads.submit(work, turn) and None)

        for number in range(200):
            threads.submit(take, number)
        for _ in range(200):
            assert ended.acquire(timeout=5)
    assert (most, count) == (1, 200)


def test_who_leaves_the_queue_is_passed_over_and_ending_a_turn_twice_does_nothing() -> None:
    turns, order = Turns(), []
    first = turns.take(lambda: order.append("first"))
    left = turns.take(lambda: order.append("left"))
    second = turns.take(lambda: order.append("second"))
    turns.take(lambda: order.append("third"))
    left.dispose()
    left.dispose()
    first.dispose()
    first.dispose()
    assert order == ["first", "second"]
    second.dispose()
    assert order == ["first", "second", "third"]


# Signatures and clocks.


@pytest.mark.parametrize(
    ("digest", "encoding", "expected"),
    [
        # RFC 4231, test case 2.
        ("sha256", "hex", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            "sha384",
            "hex",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        ),
        (
            "sha512",
            "hex",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"  # noqa: ISC004
            "caeab1a34d4a6b4b636e070a38bce737",
        ),
        ("sha512", "base64", None),
    ],
)
def test_signatures_are_those_of_the_standard(digest: Any, encoding: Any, expected: str | None) -> None:
    message = b"what do ya want for nothing?"
    signed = sign(b"Jefe", message, digest=digest, encoding=encoding)
    assert expected in {None, signed}
    assert signed == _other_sign(b"Jefe", message, digest, encoding)


def _other_sign(key: bytes, message: bytes, digest: str, encoding: str) -> str:
    made = hmac.new(key, message, digest).digest()
    return made.hex() if encoding == "hex" else base64.b64encode(made).decode()


def test_the_exchanges_clock_is_ours_until_it_was_measured() -> None:
    clock = ServerClock(lambda: 100)
    assert (clock.offset, clock.now()) == (None, 100)
    clock.measure(10, 5_000_000_020, 30)
    assert (clock.offset, clock.now()) == (5.0, 5_000_000_100)
