"""KuCoin's private futures channels: positions that are told in parts, wallets by version, contracts by choice."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from attrs import evolve
from reactivex import operators as ops

from rxex.codec import decode, encode
from rxex.events import Gap
from rxex.exchanges.kucoin.dialect import FUTURES
from rxex.exchanges.kucoin.futures import private
from rxex.exchanges.kucoin.futures.account_models import WalletBalance
from rxex.exchanges.kucoin.futures.position_models import Position, Settlement
from rxex.models import Balance, OrderSnapshot, OrderUpdate
from rxex.rest import RawResponse, Response
from rxex.testing import MarbleConnection
from tests.exchanges.kucoin.plain_kucoin import acks
from tests.exchanges.kucoin.private_samples import FUTURES_ORDER, POSITION, SETTLED, WALLET, push
from tests.feeding import events_of, fed, feed, items, malformed

D = Decimal
MARK = {
    "markPrice": 92000.5,
    "markValue": 92.0005,
    "maintMargin": 18.6,
    "realLeverage": 5,
    "unrealisedPnl": 0.3,
    "delevPercentage": 0.2,
    "currentTimestamp": 1731924562514,
    "settleCurrency": "USDT",
}


def live(frames: Iterable[Any]) -> MarbleConnection:
    return fed(frames, evolve(FUTURES, options={}), acks)


def change(data: dict[str, Any], topic: str = "/contract/position:XBTUSDTM") -> dict[str, Any]:
    return push(topic, "position.change", data)


def positions(*frames: dict[str, Any], **options: Any) -> list[Any]:
    return items(live(frames), private.subscribe_positions, **options)


def test_a_change_of_the_mark_price_is_put_into_the_position_that_was_told() -> None:
    first, second = positions(change(POSITION), change({**MARK, "changeReason": "markPriceChange"}))
    assert isinstance(second, Position)
    assert (second.mark_price, second.unrealised_pnl, second.reason) == (D("92000.5"), D("0.3"), "markPriceChange")
    assert (second.quantity, second.entry_price, second.opened) == (D(-1), first.entry_price, first.opened)
    assert (second.side, second.margin_mode, second.time) == ("BOTH", "ISOLATED", 1731924562514 * 10**6)
    assert second.raw == decode(encode(change({**MARK, "changeReason": "markPriceChange"})).encode())


def test_a_change_of_the_mark_price_alone_tells_what_it_tells() -> None:
    (position,) = positions(change(MARK))
    assert (position.symbol, position.mark_price, position.quantity) == ("XBTUSDTM", D("92000.5"), None)


def test_both_sides_of_a_hedge_are_positions_of_their_own() -> None:
    long, short = (
        {**POSITION, "positionSide": side, "currentQty": size} for side, size in (("LONG", 3), ("SHORT", -2))
    )
    mark = {**MARK, "positionSide": "LONG", "marginMode": "ISOLATED"}
    *_, last = positions(change(long), change(short), change(mark))
    assert (last.side, last.quantity, last.mark_price) == ("LONG", 3, D("92000.5"))


def test_where_it_is_not_told_which_of_two_is_meant_nothing_is_made_up() -> None:
    long, short = ({**POSITION, "positionSide": side} for side in ("LONG", "SHORT"))
    connection = live([change(long), change(short), change(MARK), change(long)])
    events = events_of(connection)
    assert len(items(connection, private.subscribe_positions)) == 3
    assert len(malformed(events)) == 1


def test_a_message_that_names_no_contract_is_malformed() -> None:
    connection = live([change(MARK, "/contract/positionAll")])
    events = events_of(connection)
    assert items(connection, private.subscribe_positions) == []
    assert len(malformed(events)) == 1


def test_subjects_that_nobody_knows_are_passed_over() -> None:
    assert positions(push("/contract/position:XBTUSDTM", "position.new", {"a": 1})) == []


def test_contracts_are_chosen_from_the_one_subscription() -> None:
    other = {**POSITION, "symbol": "ETHUSDTM"}
    settled = push("/contract/positionAll", "position.settlement", {**SETTLED, "symbol": "ETHUSDTM"})
    frames = [
        change(POSITION),
        change(other, "/contract/positionAll"),
        settled,
    ]
    connection = live(frames)
    got: dict[str, list[Any]] = {"XBTUSDTM": [], "ETHUSDTM": [], "SOLUSDTM": []}
    for symbol, each in got.items():
        feed(connection, private.subscribe_positions, symbol=symbol, notices=True).subscribe(each.append)
    connection.run()
    assert [item.symbol for item in got["XBTUSDTM"]] == ["XBTUSDTM"]
    assert [type(item) for item in got["ETHUSDTM"]] == [Position, Settlement]
    assert got["SOLUSDTM"] == []
    assert len([message for _, message in connection.sockets[0].sent if message["type"] == "subscribe"]) == 1  # type: ignore[call-overload]


class Rest:
    """What REST tells, a millisecond later on the connection's clock; notes what was asked."""

    def __init__(self, connection: MarbleConnection, **answers: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers
        self._scheduler = connection.scheduler

    def __getattr__(self, name: str) -> Any:
        def ask(**asked: Any) -> rx.Observable[Any]:
            self.asked.append((name, asked))
            data = self._answers[name](**asked) if callable(self._answers[name]) else self._answers[name]
            return rx.timer(0.0005, scheduler=self._scheduler).pipe(
                ops.map(lambda _: Response(data, RawResponse(200, {}, b""), None, 5))
            )

        return ask


class Raw:
    """A row of REST."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw: Any = decode(encode(raw).encode())


def test_positions_begin_with_what_rest_tells_and_what_came_meanwhile_is_newer() -> None:
    told = [change({**POSITION, "currentQty": 7}), change(MARK)]
    connection = live(told)
    row = {**POSITION, "markPrice": D("1"), "bankruptPrice": D("73355.6")}
    rest = Rest(connection, futures_positions=(Raw(row), Raw({**row, "symbol": "ETHUSDTM"})))
    got: list[Any] = items(connection, private.subscribe_positions, rest=rest)
    assert [name for name, _ in rest.asked] == ["futures_positions"]
    by_symbol = {(each.symbol, each.quantity): each for each in got}
    joined = by_symbol["XBTUSDTM", D(7)]
    assert joined.bankrupt_price is not None or got[-1].bankrupt_price == D("73355.6")
    assert by_symbol["ETHUSDTM", D(-1)].mark_price == 1
    assert got[-1].mark_price == D("92000.5")


def wallet(**more: Any) -> dict[str, Any]:
    subject = more.pop("subject", "walletBalance.change")
    return push("/contractAccount/wallet", subject, {**WALLET, **more})


def test_an_older_version_of_a_balance_is_passed_over() -> None:
    versions: list[dict[str, Any]] = [
        {},
        {"version": "1336"},
        {"currency": "XBT", "version": "1"},
        {"version": 1338},
        {"version": "1338"},
    ]
    frames = [wallet(**each) for each in versions]
    balances: list[WalletBalance] = items(live(frames), private.subscribe_balances)
    assert [(each.asset, each.version) for each in balances] == [("USDT", 1337), ("XBT", 1), ("USDT", 1338)]
    assert all(isinstance(each, Balance) for each in balances)


def test_messages_of_old_that_tell_a_part_of_the_wallet_are_passed_over() -> None:
    row = {"orderMargin": 5923, "currency": "USDT", "timestamp": 1}
    part = push("/contractAccount/wallet", "orderMargin.change", row)
    assert len(items(live([part, wallet(maxWithdrawAmount="7.5", version=None)]), private.subscribe_balances)) == 1


def order(**more: Any) -> dict[str, Any]:
    return push("/contractMarket/tradeOrders:XBTUSDTM", "symbolOrderChange", {**FUTURES_ORDER, **more})


class Page:
    def __init__(self, items_: tuple[Any, ...], number: int, pages: int) -> None:
        self.items, self.number, self.pages = items_, number, pages


def test_the_list_of_open_orders_comes_page_by_page_and_holds_the_chosen_contracts() -> None:
    connection = live([order()])

    class Info:
        def __init__(self, number: int, symbol: str) -> None:
            self.__dict__.update(
                dict.fromkeys(("client_oid", "stage", "side", "type", "price", "average_price", "updated", "created")),
                id=str(number),
                symbol=symbol,
                size=D(1),
                filled=D(0),
                raw={},
            )

    def pages(current_page: int, **_: Any) -> Page:
        return Page((Info(current_page, "XBTUSDTM" if current_page == 2 else "ETHUSDTM"),), current_page, 3)

    rest = Rest(connection, futures_orders=pages)
    got: list[Any] = items(connection, private.subscribe_executions, rest=rest, symbol="XBTUSDTM")
    (update,) = (item for item in got if isinstance(item, OrderUpdate))
    (snapshot,) = (item for item in got if isinstance(item, OrderSnapshot))
    assert update.order_id == FUTURES_ORDER["orderId"]
    assert [asked["current_page"] for _, asked in rest.asked] == [1, 2, 3]
    assert all(asked["status"] == "active" for _, asked in rest.asked)
    assert {row.order_id for row in snapshot.open} <= {"2", FUTURES_ORDER["orderId"]}
    assert "2" in {row.order_id for row in snapshot.open}


def test_an_order_that_cannot_be_read_is_a_gap_that_the_list_mends() -> None:
    connection = live([order(), order(side="both", ts=2), order(ts=3)])
    rest = Rest(connection, futures_orders=lambda **_: Page((), 1, 1))
    got: list[Any] = items(connection, private.subscribe_executions, rest=rest, notices=True)
    assert [type(item).__name__ for item in got].count("OrderSnapshot") >= 2
    assert any(isinstance(item, Gap) for item in got)


@pytest.mark.parametrize("data", [{}, {"XBTUSDTM": "CROSS", "ETHUSDTM": "ISOLATED"}])
def test_every_contract_of_a_message_about_margin_modes_is_told(data: dict[str, str]) -> None:
    got = items(live([push("/contract/marginMode", "user.config", data)]), private.subscribe_margin_modes)
    assert {each.symbol: each.mode for each in got} == data


def test_numbers_of_positions_stay_exact_however_they_are_written() -> None:
    frame = encode(change(POSITION)).replace("91839.79", "9.183979e4").replace("0.14529", "1.4529e-1")
    (position,) = items(live([frame]), private.subscribe_positions)
    assert (position.mark_price, position.unrealised_pnl) == (D("91839.79"), D("0.14529"))
