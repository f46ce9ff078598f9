"""Worth, positions, bookings, changes of orders; and calls of endpoints that have no method."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest

from rxex.errors import AnswerLost, InvalidArgument, RequestRefused
from rxex.exchanges.kraken.rest import client, models
from rxex.models import Side
from tests.exchanges.kraken.rest.test_models import KEY, read
from tests.fakes.http_server import HttpServer, reply
from tests.rest.plain import data, error

D = Decimal
TRADE_BALANCE = (
    b'{"error":[],"result":{"eb":"1101.3425","tb":"392.2264","m":"7.0354","n":"-10.0232","c":"21.1063","v":"31.1297",'
    b'"e":"382.2032","mf":"375.1678","ml":"5432.57"}}'
)
POSITIONS = (
    b'{"error":[],"result":{"TF5GVO-T7ZZ2-6NBKBI":{"ordertxid":"OLWNFG-LLH4R-D6SFFP","posstatus":"open",'
    b'"pair":"XXBTZUSD","time":1605280097.8294,"type":"buy","ordertype":"limit","cost":"104610.52842",'
    b'"fee":"289.06565","vol":"8.82412861","vol_closed":"0.20200000","margin":"20922.10568","value":"258797.5",'
    b'"net":"+154186.9728","terms":"0.0100% per 4 hours","rollovertm":"1616672637","misc":"","oflags":"fciq"}}}'
)
ENTRY = (
    b'{"L4UESK-KG3EQ-UFO4T5":{"refid":"TJKLXF-PGMUI-4NTLXU","time":1688464484.1787,"type":"trade","subtype":"",'
    b'"aclass":"currency","asset":"ZGBP","amount":"-24.5000","fee":"0.0490","balance":"459567.9171"}}'
)
LEDGERS = b'{"error":[],"result":{"ledger":' + ENTRY + b',"count":51}}'
AMENDS = (
    b'{"error":[],"result":{"count":2,"amends":[{"amend_id":"TEQ5XP-XRXP3-7NSEKS","amend_type":"original",'
    b'"order_qty":"0.01000000","remaining_qty":"0.01000000","limit_price":"61032.8","timestamp":1724158070085},'
    b'{"amend_id":"TZ3H5L-4WX4M-BXAC5D","amend_type":"user","order_qty":"0.02000000","remaining_qty":"0.02000000",'
    b'"limit_price":"61032.7","post_only":true,"reason":"why","timestamp":1724158124402}]}}'
)


def test_what_all_is_worth() -> None:
    worth = read(TRADE_BALANCE, "trade_balance", asset="ZUSD")
    assert worth == models.TradeBalance(
        equivalent_balance=D("1101.3425"),
        trade_balance=D("392.2264"),
        margin=D("7.0354"),
        unrealized=D("-10.0232"),
        cost=D("21.1063"),
        value=D("31.1297"),
        equity=D("382.2032"),
        free_margin=D("375.1678"),
        level=D("5432.57"),
        unexecuted=None,
    )
    bare = TRADE_BALANCE.replace(b',"ml":"5432.57"', b',"uv":"1.5"')
    assert (read(bare, "trade_balance").level, read(bare, "trade_balance").unexecuted) == (None, D("1.5"))


def test_open_positions() -> None:
    (position,) = read(POSITIONS, "open_positions", docalcs=True).values()
    assert (position.id, position.side, position.size, position.closed) == (
        "TF5GVO-T7ZZ2-6NBKBI",
        Side.BUY,
        D("8.82412861"),
        D("0.20200000"),
    )
    assert (position.value, position.net) == (D("258797.5"), D("154186.9728"))
    assert (position.rollover, position.time) == (1616672637 * 10**9, 1605280097829400000)
    bare = POSITIONS.replace(b'"value":"258797.5","net":"+154186.9728",', b"")
    (position,) = read(bare, "open_positions").values()
    assert (position.value, position.net) == (None, None)
    assert read(b'{"error":[],"result":{}}', "open_positions") == {}


def test_bookings() -> None:
    entry = models.LedgerEntry(
        id="L4UESK-KG3EQ-UFO4T5",
        reference="TJKLXF-PGMUI-4NTLXU",
        type="trade",
        subtype=None,
        asset="ZGBP",
        asset_class="currency",
        amount=D("-24.5000"),
        fee=D("0.0490"),
        balance=D("459567.9171"),
        time=1688464484178700000,
    )
    page = read(LEDGERS, "ledgers", asset=["ZGBP", "ZUSD"], type="trade", ofs=50)
    assert page == models.LedgerPage({entry.id: entry}, 51)
    assert page.entries[entry.id].raw["refid"] == entry.reference
    assert read(b'{"error":[],"result":' + ENTRY + b"}", "query_ledgers", id=entry.id) == page.entries
    assert read(b'{"error":[],"result":{"ledger":{}}}', "ledgers", without_count=True) == models.LedgerPage({}, None)


def test_changes_of_an_order() -> None:
    first, second = read(AMENDS, "order_amends", order_id="O")
    assert (first.type, first.size, first.limit_price, first.reason) == ("original", D("0.01"), D("61032.8"), None)
    assert (second.id, second.remaining, second.post_only, second.reason) == (
        "TZ3H5L-4WX4M-BXAC5D",
        D("0.02"),
        True,
        "why",
    )
    assert (second.time, second.trigger_price, second.display) == (1724158124402000000, None, None)


def test_what_cannot_be_asked_is_refused_before_anything_is_sent() -> None:
    with client(KEY, url="http://127.0.0.1:1") as rest:
        for ask in (
            lambda: rest.ledgers(type="gifts"),
            lambda: rest.query_ledgers(id=[f"L{number}" for number in range(21)]),
            rest.order_amends,
            lambda: rest.open_positions(docalcs="yes"),
        ):
            with pytest.raises(InvalidArgument):
                ask()


def test_any_endpoint_can_be_called() -> None:
    with HttpServer(reply(b'{"error":[],"result":{"volume":"1.50"}}')) as server, client(KEY, url=server.url) as rest:
        call = rest.raw("TradeVolume", {"pair": ["XBTUSD", "ETHUSD"], "amount": D("1E-8"), "all": True, "ofs": None})
        assert server.asked == []
        assert data(call) == {"volume": "1.50"}
        (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/0/private/TradeVolume")
    sent = dict(parse_qsl(asked.body.decode()))
    assert sent.pop("nonce").isdigit()
    assert sent == {"pair": "XBTUSD,ETHUSD", "amount": "0.00000001", "all": "true"}
    assert "api-sign" in {name.lower() for name in asked.headers}


def test_a_raw_call_can_be_public_in_json_and_read() -> None:
    def read_volume(result: Any) -> Decimal:
        return D(result["volume"])

    with HttpServer(reply(b'{"error":[],"result":{"volume":"1.50"}}')) as server, client(KEY, url=server.url) as rest:
        assert data(rest.raw("Volume", {"pair": "X"}, private=False, read=read_volume)) == D("1.50")
        assert data(rest.raw("Volumes", {"ids": ["a"], "close": {"price": D(2)}}, json=True, read=read_volume)) == 1.5
        assert isinstance(error(rest.raw("Volume", read=lambda result: result["none"])), AnswerLost)
        public, private, _ = server.asked
    assert (public.method, public.target) == ("GET", "/0/public/Volume?pair=X")
    sent = json.loads(private.body)
    assert (sent["ids"], sent["close"]) == (["a"], {"price": "2"})


@pytest.mark.parametrize(("effect", "asked"), [(True, 1), (False, 3)])
def test_a_raw_call_is_sent_once_unless_it_is_said_to_change_nothing(*, effect: bool, asked: int) -> None:
    with (
        HttpServer(reply(b"", status=503)) as server,
        client(KEY, url=server.url, delays=lambda: iter((0.0, 0.0))) as rest,
    ):
        assert isinstance(error(rest.raw("TradeVolume", effect=effect)), AnswerLost)
        assert len(server.asked) == asked


def test_a_raw_call_of_what_cannot_be_is_refused_at_once() -> None:
    with client(KEY, url="http://127.0.0.1:1") as rest, client(url="http://127.0.0.1:1") as nobody:
        for name in ("", "../Time", "Trade Volume", "a?b=c", "x" * 99):
            with pytest.raises(InvalidArgument, match="name"):
                rest.raw(name)
        with pytest.raises(InvalidArgument, match="add_order"):
            rest.raw("AddOrder", {"pair": "XBTUSD"})
        for value in (1.5, D("NaN"), object(), [0.1], {"a": 0.1}):
            with pytest.raises(InvalidArgument):
                rest.raw("TradeVolume", {"pair": value})
        with pytest.raises(InvalidArgument, match="credentials"):
            nobody.raw("TradeVolume")


def test_a_refusal_of_a_raw_call_is_typed() -> None:
    body = b'{"error":["EGeneral:Unknown method"]}'
    with HttpServer(reply(body)) as server, client(KEY, url=server.url) as rest:
        assert isinstance(error(rest.raw("Nonsense")), RequestRefused)
