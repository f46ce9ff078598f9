"""Signatures, by vectors that are computed here by hand, under both derivations, over WebSocket and REST."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from rxex.auth import Credentials, Secret, ServerClock
from rxex.errors import InvalidArgument, TokenError
from rxex.exchanges.theone.signing import Signer, canonical, credentials_from_environment, derive_key

NOW = 1_732_526_400_123
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
CLOCK = ServerClock(lambda: NOW * 1_000_000 + 456)
SECRET = "test_secret_1"
BY_HAND: dict[str, Callable[[str], bytes]] = {
    "plain": lambda secret: secret.encode("utf-8"),
    "sha256-base64url": lambda secret: base64.urlsafe_b64encode(hashlib.sha256(secret.encode("utf-8")).digest()),
}


def signed_by_hand(derivation: str, *lines: str) -> str:
    return hmac.new(BY_HAND[derivation](SECRET), "\n".join(lines).encode("utf-8"), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("derivation", BY_HAND)
@pytest.mark.parametrize(
    ("method", "path", "body", "digest"),
    [
        ("WS", "/ws/v1/stream", b"", EMPTY),
        ("WS", "/ws/v1/balances", b"{}", hashlib.sha256(b"{}").hexdigest()),
        (
            "WS",
            "/ws/v1/estimate",
            b'{"from":"ETH","to":"USDT","amount":"1.5"}',
            hashlib.sha256(b'{"from":"ETH","to":"USDT","amount":"1.5"}').hexdigest(),
        ),
        ("GET", "/api/v1/orders/ord_1/status?clientOrderId=mine", b"", EMPTY),
        ("POST", "/api/v1/swap", b'{"amount":"1"}', hashlib.sha256(b'{"amount":"1"}').hexdigest()),
    ],
)
def test_a_signature_is_what_one_computes_by_hand(
    derivation: Any, method: str, path: str, body: bytes, digest: str
) -> None:
    signer = Signer.of(Credentials("test_key_1", SECRET), derivation)
    proof = signer.prove(method, path, body, CLOCK)
    assert proof.timestamp == NOW
    assert proof.signature.reveal() == signed_by_hand(derivation, method, path, str(NOW), proof.nonce, digest)


def test_vectors_that_were_computed_with_other_tools() -> None:
    """With ``openssl dgst -sha256 -hmac``."""
    text = canonical("ws", "/ws/v1/stream", 1732526400000, "1732526400000000000_42")
    assert text == f"WS\n/ws/v1/stream\n1732526400000\n1732526400000000000_42\n{EMPTY}"
    codes = [
        hmac.new(key, text.encode(), "sha256").hexdigest() for key in (derive_key(SECRET, "plain"), derive_key(SECRET))
    ]
    assert codes == [
        "723397cc2fae8379add802665458cab006130252879cea2bba682c53a54885a4",
        "7e7ea9f7912f06f31de63909a37860a87d83883b66350a77740f536072982653",
    ]


def test_the_default_key_is_the_one_of_the_clients_with_its_padding() -> None:
    assert derive_key(SECRET) == BY_HAND["sha256-base64url"](SECRET)
    assert derive_key(SECRET).endswith(b"=")
    assert len(derive_key(SECRET)) == 44
    with pytest.raises(InvalidArgument, match="key_derivation"):
        derive_key(SECRET, "md5")  # type: ignore[arg-type]


def test_every_request_has_a_nonce_of_its_own() -> None:
    signer = Signer.of(Credentials("key", SECRET))
    nonces = [signer.prove("WS", "/x", b"", CLOCK).nonce for _ in range(1000)]
    assert len(set(nonces)) == 1000
    times = [int(nonce.partition("_")[0]) for nonce in nonces]
    assert times == sorted(set(times))
    assert all(0 <= int(nonce.partition("_")[2]) < 1_000_000 for nonce in nonces)


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_API_KEY", "the key")
    monkeypatch.delenv("BROKER_SECRET_KEY", raising=False)
    with pytest.raises(InvalidArgument, match="BROKER_SECRET_KEY"):
        credentials_from_environment()
    monkeypatch.setenv("BROKER_SECRET_KEY", SECRET)
    signer = Signer.of(None, "plain")
    assert signer.key.reveal() == "the key"
    assert credentials_from_environment().secret.reveal() == SECRET


def test_a_signer_of_the_users_signs_the_canonical_text() -> None:
    texts: list[str] = []

    def sign(text: str) -> str:
        texts.append(text)
        return "f00d"

    signer = Signer("key", sign)
    proof = Signer.of(signer).prove("WS", "/ws/v1/stream", b"", CLOCK)
    assert proof.signature.reveal() == "f00d"
    assert texts == [f"WS\n/ws/v1/stream\n{NOW}\n{proof.nonce}\n{EMPTY}"]


@pytest.mark.parametrize("answer", ["", None, 7, ValueError("the-canary-secret")])
def test_a_signer_that_fails_is_told_without_its_text(answer: Any) -> None:
    def sign(_: str) -> str:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    with pytest.raises(TokenError) as caught:
        Signer("key", sign).prove("WS", "/x", b"", CLOCK)
    assert "canary" not in repr(caught.value) + str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_nothing_of_a_key_shows() -> None:
    signer = Signer.of(Credentials("the-canary-key", "the-canary-secret"))
    proof = signer.prove("WS", "/x", b"", CLOCK)
    shown = f"{signer!r} {proof!r} {signer.key} {Secret('x')}"
    assert "canary" not in shown
    assert proof.signature.reveal() not in shown
