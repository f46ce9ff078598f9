"""`Secret` shows nowhere."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback
from typing import Any

import attrs
import msgspec
import pytest

from rxex.auth import Secret
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
