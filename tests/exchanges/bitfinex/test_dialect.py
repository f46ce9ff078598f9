"""Numbers of channels and counts of messages, socket by socket; and what Bitfinex says of itself."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.codec import decode
from rxex.errors import AuthRefused, ConnectionClosed, SequenceGap
from rxex.events import Authenticated, Heartbeat, SystemStatus
from rxex.exchanges.bitfinex.dialect import Flag, Session, Sessions, classify, key_of, route
from rxex.sandbox.recording import read_recording
from rxex.testing import ScriptedSocket

CONF = b'{"event":"conf","status":"OK","flags":65536}'
STAMPED = b'{"event":"conf","status":"OK","flags":98304}'
TICKER = b'{"event":"subscribed","channel":"ticker","chanId":224555,"symbol":"tBTCUSD","pair":"BTCUSD","subId":"1"}'


def session_of(*frames: bytes) -> Session:
    session = Session()
    for frame in frames:
        session.route(frame)
    return session


def _route_all(session: Session, frames: list[bytes]) -> None:
    for frame in frames:
        session.route(frame)


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ({"channel": "ticker", "symbol": "fUSD", "currency": "USD"}, ("ticker", "fUSD")),
        (
            {"channel": "book", "symbol": "tBTCUSD", "prec": "P1", "freq": "F1", "len": 100},
            ("book", "tBTCUSD", "P1", "F1", "100"),
        ),
        ({"channel": "book", "symbol": "tBTCUSD"}, ("book", "tBTCUSD", "P0", "F0", "25")),
        ({"channel": "candles", "key": "trade:1m:tBTCUSD"}, ("candles", "trade:1m:tBTCUSD")),
        ({"channel": "status", "key": "liq:global"}, ("status", "liq:global")),
    ],
)
def test_a_channel_is_known_by_all_that_it_was_asked_for_with(event: Any, key: Any) -> None:
    assert key_of(event) == key


def test_a_number_stands_for_its_channel_from_the_acknowledgement_to_the_end() -> None:
    session = session_of(TICKER)
    assert session.route(b"[224555,[1,2,3]]") == ("ticker", "tBTCUSD")
    assert session.route(b"[22455,[1,2,3]]") is None
    session.route(b'{"event":"unsubscribed","status":"OK","chanId":224555}')
    assert session.route(b"[224555,[1,2,3]]") is None


def test_what_still_comes_for_a_channel_that_is_to_end_belongs_to_nobody() -> None:
    session, socket = session_of(TICKER), ScriptedSocket(TestScheduler())
    assert session.release(("ticker", "tBTCUSD"), socket) == 224555
    assert session.release(("ticker", "tBTCUSD"), socket) is None
    assert session.route(b"[224555,[1,2,3]]") is None


def test_a_channel_whose_end_could_not_be_sent_goes_on_where_it_is_asked_for_again() -> None:
    session, socket = session_of(TICKER), ScriptedSocket(TestScheduler())
    key = ("ticker", "tBTCUSD")
    session.release(key, socket)
    session.want(key)
    session.route(b'{"event":"error","code":10301,"msg":"subscribe: dup","channel":"ticker","symbol":"tBTCUSD"}')
    assert session.route(b"[224555,[1,2,3]]") == key
    assert session.release(key, socket) == 224555
    session.route(b'{"event":"unsubscribed","status":"OK","chanId":224555}')
    session.route(b'{"event":"error","code":10301,"msg":"subscribe: dup","channel":"ticker","symbol":"tBTCUSD"}')
    assert session.route(b"[224555,[1,2,3]]") is None


def test_a_heartbeat_is_no_message_of_its_channel_but_counts() -> None:
    session = session_of(CONF, TICKER)
    assert session.route(b'[224555,"hb",1]') is None
    assert session.route(b"[224555,[1,2,3],2]") == ("ticker", "tBTCUSD")


@pytest.mark.parametrize(("conf", "end"), [(CONF, b""), (STAMPED, b",1581721279360")])
def test_a_number_that_did_not_come_is_a_gap_of_the_whole_socket(conf: bytes, end: bytes) -> None:
    session = session_of(conf, TICKER)
    session.route(b"[224555,[1,2,3],1" + end + b"]")
    session.route(b'[99,"te",[1,2,3],2' + end + b"]")
    with pytest.raises(SequenceGap) as caught:
        session.route(b"[224555,[1,2,3],4" + end + b"]")
    assert (caught.value.expected, caught.value.received) == (3, 4)


def test_nothing_is_counted_before_bitfinex_has_said_that_it_counts() -> None:
    session = session_of(TICKER)
    for _ in range(3):
        assert session.route(b"[224555,[1,2,7]]") == ("ticker", "tBTCUSD")


def test_messages_of_the_account_have_two_counts_and_notifications_may_lack_them() -> None:
    session = session_of(CONF)
    assert session.route(b'[0,"os",[],1,0]') == ("account", "orders")
    assert session.route(b'[0,"ws",[["exchange","SAN",19.76,0,null,null,null]],2,0]') == ("account", "wallets")
    assert session.route(b'[0,"n",[null,"on-req",null,null,[1,null,2],null,"SUCCESS","x"],12]') == (
        "account",
        "notifications",
    )
    assert session.route(b'[0,"n",[null,"on-req",null,null,[1,null,2],null,"SUCCESS","x"],3,1]') is not None
    assert session.route(b'[0,"on",[1,null,2],4,1]') == ("account", "orders")
    assert session.route(b'[0,"hb",5]') is None
    assert session.route(b'[0,"te",[1,"tBTCUSD"],6,3]') == ("account", "trades")
    assert session.missed_account_messages == 1
    with pytest.raises(SequenceGap):
        session.route(b'[0,"tu",[1,"tBTCUSD"],8,4]')


@pytest.mark.parametrize("is_counted", [False, True])
def test_a_single_number_that_is_the_next_one_by_chance_makes_no_gap(*, is_counted: bool) -> None:
    session = session_of(CONF, b'[0,"os",[],1,0]')
    session.route(b'[0,"n",[null,"on-req",null,null,[1,null,2],null,"SUCCESS","x"],2]')
    following = 3 if is_counted else 2
    assert session.route(b'[0,"on",[1,null,2],%d,1]' % following) == ("account", "orders")
    for wrong in (following, following + 2):
        with pytest.raises(SequenceGap):
            session.route(b'[0,"hb",%d]' % wrong)


def test_with_times_the_counts_of_the_account_stand_before_them() -> None:
    session = session_of(STAMPED)
    session.route(b'[0,"os",[],1,0,1581721279360]')
    session.route(b'[0,"hb",2,1581721279360]')
    with pytest.raises(SequenceGap):
        session.route(b'[0,"wu",["exchange"],4,1,1581721279360]')


def test_every_number_of_the_recorded_session_is_accounted_for(recordings: Path) -> None:
    session = Session()
    counted = 0
    channels = set()
    for frame in read_recording(recordings / "bitfinex.jsonl"):
        key = session.route(frame.text.encode())
        counted += frame.text.startswith("[")
        channels |= {key} if key else set()
    assert session.route(f'[1,"hb",{counted + 1}]'.encode()) is None
    assert counted > 900
    assert len(channels) == 21


def test_a_lost_message_of_the_recorded_session_is_noticed(recordings: Path) -> None:
    frames = [frame.text.encode() for frame in read_recording(recordings / "bitfinex.jsonl")]
    arrays = [place for place, frame in enumerate(frames) if frame.startswith(b"[")]
    for lost in arrays[:-1:97]:
        session = Session()
        with pytest.raises(SequenceGap):
            _route_all(session, frames[:lost] + frames[lost + 1 :])


def test_channels_are_given_up_on_one_thread_while_numbers_are_told_on_another() -> None:
    session, socket = Session(), ScriptedSocket(TestScheduler())
    failures: list[Exception] = []
    done = threading.Event()

    def give_up() -> None:
        try:
            while not done.is_set():
                session.release(("ticker", "tETHUSD"), socket)
        except Exception as error:
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=give_up)
    thread.start()
    try:
        for number in range(3000):
            session.learn({"event": "subscribed", "channel": "ticker", "chanId": number, "symbol": f"t{number}"})
            if number > 200:
                session.learn({"event": "unsubscribed", "status": "OK", "chanId": number - 200})
    finally:
        done.set()
        thread.join(10)
        sys.setswitchinterval(interval)
    assert failures == []


def test_a_message_of_the_account_whose_payload_is_no_array_is_counted() -> None:
    session = session_of(CONF)
    frames = (b'{"list":[1,2],"key":3}', b"null", b'"a text]"', b"[]")
    for number, payload in enumerate(frames, 1):
        assert session.route(b'[0,"uac",%b,%d,%d]' % (payload, number, number)) is None
    assert session.route(b'[0,"hb",5]') is None


def test_the_account_s_messages_are_routed_without_a_session() -> None:
    assert route([0, "ou", [1]]) == ("account", "orders")
    assert route([0, "hb"]) is None
    assert route([7, [1]]) is None
    assert route({"event": "info"}) is None


def test_the_sessions_of_a_connection_are_found_by_socket() -> None:
    sessions = Sessions()
    first, second = ScriptedSocket(TestScheduler()), ScriptedSocket(TestScheduler())
    made = sessions(first)
    assert sessions.of(first) is made
    assert sessions.of(second) is None
    assert len({id(sessions(second)), id(made)}) == 2


def test_a_socket_that_stays_is_known_however_often_others_are_made_anew() -> None:
    sessions, staying = Sessions(), ScriptedSocket(TestScheduler())
    session = sessions(staying)
    for _ in range(200):
        sessions(ScriptedSocket(TestScheduler()))
    assert sessions.of(staying) is session


@pytest.mark.parametrize(
    ("text", "status", "is_online", "drops"),
    [
        ('{"event":"info","version":2,"serverId":"x","platform":{"status":1}}', "operative", True, False),
        ('{"event":"info","version":2,"platform":{"status":0}}', "maintenance", False, False),
        ('{"event":"info","code":20051,"msg":"x"}', "restart", False, True),
        ('{"event":"info","code":20060,"msg":"x"}', "maintenance", False, False),
        ('{"event":"info","code":20061,"msg":"x"}', "operative", True, True),
    ],
)
def test_what_the_exchange_says_of_itself(text: str, status: str, is_online: bool, drops: bool) -> None:  # noqa: FBT001
    socket = ScriptedSocket(TestScheduler())
    event = classify(socket, decode(text.encode()))
    assert isinstance(event, SystemStatus)
    assert (event.status, event.is_online) == (status, is_online)
    assert (socket.closed is not None) is drops


def test_signs_of_life_are_told_apart() -> None:
    socket = ScriptedSocket(TestScheduler())
    beat, pong = classify(socket, [7, "hb", 3]), classify(socket, {"event": "pong", "ts": 1, "cid": 1})
    assert isinstance(beat, Heartbeat)
    assert isinstance(pong, Heartbeat)
    assert (beat.solicited, pong.solicited) == (False, True)
    assert classify(socket, [7, [1]]) is None
    assert classify(socket, {"event": "info", "code": 5000, "msg": "hello"}) is None


def test_authentication_is_accepted_refused_or_to_be_tried_again() -> None:
    socket = ScriptedSocket(TestScheduler())
    accepted = classify(socket, {"event": "auth", "status": "OK", "caps": {}})
    assert isinstance(accepted, Authenticated)
    assert classify(socket, {"event": "auth", "status": "FAILED", "code": 10100, "msg": "apikey: invalid"}) is None
    assert socket.closed is not None
    assert isinstance(socket.closed.error, AuthRefused)
    assert "apikey: invalid" in str(socket.closed.error)
    late = ScriptedSocket(TestScheduler())
    classify(late, {"event": "auth", "status": "FAIL", "code": 10114, "msg": "nonce: small"})
    assert late.closed is not None
    assert isinstance(late.closed.error, ConnectionClosed)


@pytest.mark.parametrize("event", [{"event": "conf", "status": "FAILED"}, {"event": "error", "code": 10050}])
def test_a_link_whose_messages_are_not_numbered_is_not_kept(event: Any) -> None:
    socket = ScriptedSocket(TestScheduler())
    assert classify(socket, event) is None
    assert socket.closed is not None


def test_flags_are_those_of_the_pages() -> None:
    assert int(Flag.TIMESTAMP | Flag.SEQ_ALL | Flag.OB_CHECKSUM) == 229376
    assert int(Flag.BULK_UPDATES) == 2**29
