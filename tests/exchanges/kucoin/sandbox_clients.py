"""Clients of the simulated KuCoin that are not ours: raw protocol over the `websockets` library and `http.client`."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from attrs import frozen
from websockets.sync.client import ClientConnection, connect

from rxex.auth import Credentials


@frozen
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def message(self) -> Any:
        """The whole of it, numbers exact."""
        return json.loads(self.text, parse_float=Decimal)

    @property
    def data(self) -> Any:
        """What was asked for."""
        message = self.message
        assert message["code"] == "200000", message
        return message.get("data")


def http(
    url: str,
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    body: str = "",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Make one call."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        target = path + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        connection.request(method, target, body or None, {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read().decode())
    finally:
        connection.close()


def signature(secret: str, text: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def signed_headers(
    credentials: Credentials, now_ms: int, method: str, target: str, body: str = "", *, version: str = "2"
) -> dict[str, str]:
    """Sign a call; ``target`` is the path with its query, un-encoded."""
    assert credentials.passphrase is not None
    secret, passphrase = credentials.secret.reveal(), credentials.passphrase.reveal()
    return {
        "KC-API-KEY": credentials.key.reveal(),
        "KC-API-TIMESTAMP": str(now_ms),
        "KC-API-SIGN": signature(secret, f"{now_ms}{method}{target}{body}"),
        "KC-API-PASSPHRASE": passphrase if version == "1" else signature(secret, passphrase),
        "KC-API-KEY-VERSION": version,
    }


def signed(
    url: str,
    credentials: Credentials,
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    body: str = "",
    version: str = "2",
) -> Answer:
    """Make a signed call, by the exchange's own clock."""
    now = http(url, "GET", "/api/v1/timestamp").data
    target = path + (f"?{unquote(urlencode(query, quote_via=quote))}" if query else "")
    headers = signed_headers(credentials, now, method, target, body, version=version)
    return http(url, method, path, query=query, body=body, headers=headers)


def bullet_url(rest_url: str, *, connect_id: str = "me", credentials: Credentials | None = None) -> str:
    """Ask for a token; give the address of the socket that it opens."""
    if credentials is None:
        data = http(rest_url, "POST", "/api/v1/bullet-public").data
    else:
        data = signed(rest_url, credentials, "POST", "/api/v1/bullet-private").data
    server = data["instanceServers"][0]
    return f"{server['endpoint']}?token={quote(data['token'], safe='')}&connectId={connect_id}"


class RawClient:
    """Speaks JSON; keeps the texts of what comes."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.texts: list[str] = []
        self._number = 0

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self) -> Any:
        """Give the next frame, its numbers exact."""
        text = self.socket.recv(timeout=5)
        assert isinstance(text, str)
        self.texts.append(text)
        return json.loads(text, parse_float=Decimal)

    def ask(self, **message: Any) -> Any:
        """Send a frame and give the next one that comes."""
        self.send(**message)
        return self.receive()

    def subscribe(self, topic: str, **more: Any) -> None:
        """Subscribe, and wait for the acknowledgement."""
        self._number += 1
        name = str(self._number)
        self.send(**{"id": name, "type": "subscribe", "topic": topic, "response": True, **more})
        while (answer := self.receive()).get("type") == "message":
            pass
        assert answer == {"id": name, "type": "ack"}, answer

    def pushes(self, topic: str, count: int = 1) -> list[Any]:
        """Give the next frames of a topic."""
        found: list[Any] = []
        while len(found) < count:
            message = self.receive()
            if message.get("topic") == topic:
                found.append(message)
        return found


@contextmanager
def raw_client(rest_url: str, credentials: Credentials | None = None) -> Iterator[RawClient]:
    """Fetch a token, connect, and take the welcome."""
    with connect(bullet_url(rest_url, credentials=credentials), close_timeout=1) as socket:
        client = RawClient(socket)
        assert client.receive() == {"id": "me", "type": "welcome"}
        yield client
