"""Every sample of the account's messages in its model; whatever is wrong with one, nothing else raises."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.codec import decode, number
from rxex.errors import RxexError
from rxex.exchanges.bitfinex import account_models as models
from rxex.exchanges.bitfinex.account_rows import Row
from rxex.exchanges.bitfinex.account_state import KEPT, AccountState
from rxex.exchanges.bitfinex.dialect import ACCOUNT
from rxex.exchanges.bitfinex.notifications import Notification, notification_of, read_notification
from rxex.exchanges.bitfinex.order_models import OrdersRead, read_trade
from tests.exchanges.bitfinex import account_samples as samples
from tests.mutations import mutate

D = Decimal
READERS: dict[str, Any] = {
    "orders": lambda kind, *rest: OrdersRead().read(kind, *rest),
    "positions": models.read_position,
    "trades": lambda _, *rest: read_trade(*rest),
    "wallets": models.read_wallet,
    "funding_offers": models.read_funding_offer,
    "funding_credits": models.read_funding_credit,
    "funding_loans": models.read_funding_loan,
    "funding_trades": models.read_funding_trade,
    "balance": models.read_balance_info,
    "margin": models.read_margin,
    "funding_info": models.read_funding_info,
    "notifications": read_notification,
}


def read(text: str) -> Any:
    """Read one message, or the only row of a snapshot."""
    message: Any = decode(text.encode())
    kind, payload = message[1], message[2]
    row = payload[0] if payload and isinstance(payload[0], list) else payload
    return READERS[ACCOUNT[kind][1]](kind, row, 7, message, number)


def test_positions_are_read() -> None:
    opened, updated, closed = (read(text) for text in (samples.PS, samples.PU, samples.PC))
    assert (opened.symbol, opened.amount, opened.base_price) == ("tETHUST", D("0.2"), D("153.71"))
    assert (opened.position_id, opened.type, opened.profit_loss, opened.is_open) == ("142420429", "margin", None, True)
    assert opened.meta["order_id"] == 34934099168
    assert str(updated.profit_loss) == "-0.07944800000000068"
    assert str(updated.liquidation_price) == "67.52755254906451"
    assert (closed.amount, closed.is_open, closed.type) == (0, False, None)


def test_wallets_are_read() -> None:
    first, second = read(samples.WS), read(samples.WU)
    assert (first.asset, first.wallet, first.total, first.locked) == ("SAN", "exchange", D("19.76"), None)
    assert (second.kind, second.raw[2][6]["order_id"]) == ("Exchange 0.01 BTC for USD @ 7804.6", 34988418651)
    calculated = samples.WU.replace('0,null,"Ex', '0,1.5,"Ex')
    assert read(calculated).locked == D("0.11169184")


def test_funding_is_read() -> None:
    offer, credit, loan, trade = (read(text) for text in (samples.FOS, samples.FCS, samples.FLS, samples.FTE))
    assert (offer.id, offer.symbol, offer.amount, offer.rate, offer.period) == (
        "41237920",
        "fETH",
        D("0.5"),
        D("0.0024"),
        2,
    )
    assert (offer.status, offer.is_open, offer.type) == ("ACTIVE", True, "LIMIT")
    assert (credit.position_pair, credit.side, credit.period) == ("tBTCUST", 1, 30)
    assert (loan.side, loan.rate, loan.opened) == (-1, D("0.002"), 1_575_282_446_000_000_000)
    assert (trade.amount, trade.offer_id, trade.is_maker) == (-1000, "41238905", None)
    for text, kind in ((samples.FOS, "foc"), (samples.FCS, "fcc"), (samples.FLS, "flc")):
        (row,) = decode(text.encode())[2]  # type: ignore[index]
        assert READERS[ACCOUNT[kind][1]](kind, row, 0, [], number).is_open is False


def test_balance_margin_and_funding_info_are_read() -> None:
    worth, base, symbol, info = (read(text) for text in (samples.BU, samples.MIU_BASE, samples.MIU_SYM, samples.FIU))
    assert (worth.total, worth.net) == (D("4131.85"), D("4131.85"))
    assert (str(base.profit_loss), base.minimum) == ("-13.014640000000007", 27)
    assert (symbol.symbol, str(symbol.sell)) == ("tETHUSD", "895.0658432466332")
    assert (info.symbol, info.yield_lend, str(info.duration_loan)) == ("fUSD", 0, "1.8444560185185186")


@pytest.mark.parametrize("text", samples.NOTIFICATIONS)
def test_notifications_are_read(text: str) -> None:
    notification: Notification = read(text)
    assert notification.kind.endswith("-req")
    assert notification.text
    assert notification.is_success is ("SUCCESS" in text)
    assert notification.time is not None
    assert 1_500_000_000 < notification.time / 10**9 < 1_600_000_000
    assert notification_of(decode(text.encode())) == Notification(
        **{name: getattr(notification, name) for name in ("kind", "status", "text", "info", "time")}
    )


def test_custom_notifications_are_told_apart() -> None:
    heard = notification_of(decode(b'[0,"n",[1575289447641,"ucm-test",77,null,{"foo":1},null,"SUCCESS","x"],12]'))
    assert heard is not None
    assert (heard.is_custom, heard.message_id, heard.info) == (True, 77, {"foo": 1})
    for other in ({"event": "info"}, [0, "n"], [0, "n", []], [0, "n", None], [0, "on", [1]], [7, "n", [1, "x"]]):
        assert notification_of(other) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("text", samples.ACCOUNT)
def test_rows_may_be_longer_and_have_nulls_at_their_ends(text: str) -> None:
    message: Any = decode(text.encode())
    kind, payload = message[1], message[2]
    row = payload[0] if payload and isinstance(payload[0], list) else payload
    plain = READERS[ACCOUNT[kind][1]](kind, row, 7, [], number)
    assert READERS[ACCOUNT[kind][1]](kind, [*row, *[None] * (40 - len(row)), "new", None, {}], 7, [], number) == plain


@pytest.mark.parametrize("text", samples.ACCOUNT)
@given(data=st.data())
def test_a_wrong_message_is_an_error_that_is_told_and_changes_no_state(text: str, data: st.DataObject) -> None:
    message: Any = mutate(copy.deepcopy(decode(text.encode())), data)
    account = AccountState()
    kind = decode(text.encode())[1]  # type: ignore[index]
    stream = ACCOUNT[kind][1]
    account.take(stream, KEPT[stream].snapshot or "" if stream in KEPT else "", [0, "", []])
    account.take(stream, kind, message)
    account.messages(stream)
    notification_of(message)
    try:
        payload = message[2]
        row = payload[0] if payload and isinstance(payload[0], list) else payload
        READERS[stream](kind, row, 7, message, number)
    except (RxexError, ValueError, ArithmeticError, LookupError, TypeError):
        pass


def test_a_row_is_read_from_its_front() -> None:
    row = Row([1, None, "a", True, D("1575287438.515")], number)
    assert (row.at(9), row.number(1), row.id(1), row.flag(0), row.flag(3), row.flag(1)) == (
        None,
        None,
        None,
        True,
        True,
        False,
    )
    assert row.time(4) == 1_575_287_438_515_000_000
    assert Row([0], number).time(0) is None
    for read_wrong in (lambda: row.text(0), lambda: row.need(1), lambda: row.whole(2), lambda: row.need_id(3)):
        with pytest.raises((TypeError, ValueError)):
            read_wrong()
    with pytest.raises(TypeError):
        Row({}, number)


def test_what_a_key_may_do_is_asked() -> None:
    account = AccountState()
    account.authenticate({"caps": '{"orders":{"read":1,"write":"0"},"funding":{"read":1,"write":1}}'})
    assert [account.may_write(what) for what in ("orders", "funding", "something new")] == [False, True, True]
    account.authenticate({"caps": "{"})
    assert account.may_write("orders")
