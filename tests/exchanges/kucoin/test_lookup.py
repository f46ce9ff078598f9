"""What REST tells of orders: put together page by page, nothing twice, and what is not there is nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as ops

from rxex.auth import Credentials
from rxex.channel import Dialect
from rxex.errors import AuthRefused, InvalidArgument
from rxex.exchanges.kucoin import lookup
from rxex.exchanges.kucoin.rest import client
from rxex.exchanges.kucoin.rest.models.orders import OrderInfo
from rxex.exchanges.kucoin.rest.models.reading import Cursor
from rxex.exchanges.kucoin.rest.refusals import refused
from rxex.models import Fee, Fill, Order, OrderUpdate, Side, Stage
from rxex.rest import RawResponse, Response
from rxex.testing import marble_connection

D = Decimal
S = Stage
ORDER = Order("mine", "BTC-USDT", Side.BUY, "limit", D(2), stage=S.UNKNOWN)


def info(order_id: str = "O1", **more: Any) -> OrderInfo:
    base: dict[str, Any] = {
        "client_oid": "mine",
        "symbol": "BTC-USDT",
        "side": Side.BUY,
        "type": "limit",
        "price": D(10),
        "size": D(2),
        "funds": None,
        "filled": D(0),
        "filled_funds": D(0),
        "remaining": D(2),
        "canceled": D(0),
        "fee": Fee("USDT", D(0)),
        "active": True,
        "in_book": True,
        "cancel_exists": False,
        "time_in_force": "GTC",
        "post_only": False,
        "trade_type": "TRADE",
        "reason": None,
        "created": 5,
        "updated": 7,
        "raw": {},
    }
    return OrderInfo(order_id, **(base | more))


def fill(number: int, order_id: str = "O1") -> Fill:
    return Fill(str(number), order_id, D(10), D(1), fees=(Fee("USDT", D("0.1")),))


class Rest:
    """Answers as KuCoin's client does; notes what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        def ask(**asked: Any) -> rx.Observable[Any]:
            self.asked.append((name, asked))
            answer = self._answers[name]
            data = answer(**asked) if callable(answer) else answer
            if isinstance(data, Exception):
                return rx.throw(data)
            return rx.of(Response(data, RawResponse(200, {}, b""), None, 9))

        return ask

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


def run(source: Any) -> list[Any]:
    return source.pipe(ops.to_list()).run() or []


MISSING = refused("query_order_by_client_oid", "400100", "order not exist.", {})


def test_an_order_that_is_nowhere_gives_nothing() -> None:
    rest: Any = Rest(query_order_by_client_oid=MISSING)
    assert run(lookup.order_query(rest)(ORDER)) == []
    assert rest.asked == [("query_order_by_client_oid", {"client_oid": "mine", "symbol": "BTC-USDT"})]


@pytest.mark.parametrize(
    ("code", "text"), [("100001", "error.getOrder.orderNotExist"), ("404", "order not found"), ("126043", "")]
)
def test_it_is_nowhere_whatever_the_words(code: str, text: str) -> None:
    rest: Any = Rest(query_order_by_client_oid=refused("q", code, text, {}))
    assert run(lookup.order_query(rest)(ORDER)) == []


def test_another_refusal_is_an_error() -> None:
    for error in (AuthRefused("no"), refused("q", "200004", "Balance insufficient!", {})):
        rest: Any = Rest(query_order_by_client_oid=error)
        with pytest.raises(type(error)):
            run(lookup.order_query(rest)(ORDER))


def test_margin_is_asked_where_that_is_wanted_and_spot_has_nothing() -> None:
    borrowed = info(trade_type="MARGIN_TRADE")
    rest: Any = Rest(query_order_by_client_oid=MISSING, margin_query_order_by_client_oid=borrowed)
    (update,) = run(lookup.order_query(rest, margin=True)(ORDER))
    assert (update.stage, update.order_id) == (S.OPEN, "O1")
    assert rest.names == ["query_order_by_client_oid", "margin_query_order_by_client_oid"]
    there: Any = Rest(query_order_by_client_oid=info(), margin_query_order_by_client_oid=rx.never())
    assert len(run(lookup.order_query(there, margin=True)(ORDER))) == 1


def test_an_order_without_a_symbol_is_looked_for_among_those_that_are_told() -> None:
    def answer(symbol: str, **_: Any) -> Any:
        return info(symbol=symbol) if symbol == "ETH-USDT" else MISSING

    rest: Any = Rest(query_order_by_client_oid=answer)
    nameless = Order("mine", None, None, None, None, stage=S.UNKNOWN)
    (update,) = run(lookup.order_query(rest, symbols=("BTC-USDT", "ETH-USDT"))(nameless))
    assert update.symbol == "ETH-USDT"
    assert run(lookup.order_query(rest)(nameless)) == []


def test_executions_come_page_by_page_the_oldest_first_before_the_order() -> None:
    pages = {None: (150, 51, 50), 50: (50, 1, None)}

    def history(last_id: int | None = None, **_: Any) -> Any:
        newest, oldest, following = pages[last_id]
        return Cursor(tuple(fill(number) for number in range(newest, oldest - 1, -1)), following)

    done = info(active=False, filled=D(150), filled_funds=D(1500), size=D(150), fee=Fee("USDT", D(15)))
    rest: Any = Rest(query_order_by_client_oid=done, trades_history=history)
    *fills, end = run(lookup.order_query(rest)(ORDER))
    assert [update.fill.id for update in fills] == [str(number) for number in range(1, 151)]
    assert (end.stage, end.filled, end.average_price, end.fees) == (S.FILLED, 150, 10, (Fee("USDT", D(15)),))
    assert [asked.get("last_id") for name, asked in rest.asked if name == "trades_history"] == [None, 50]


def told(order: Order, *fills: Fill, order_id: str = "O1") -> list[OrderUpdate]:
    update = OrderUpdate(order_id, None, S.PARTIALLY_FILLED, filled=D(1))
    return run(lookup.with_fills(order, update, lambda: rx.of(fills)))


def test_executions_that_are_known_are_not_told_again() -> None:
    known = Order("mine", "BTC-USDT", Side.BUY, "limit", D(2), order_id="O1", fills=(fill(1),))
    assert [update.fill.id if update.fill else None for update in told(known, fill(1), fill(2))] == ["2", None]


def test_executions_that_are_named_otherwise_here_are_not_told_so_that_none_counts_twice() -> None:
    known = Order("mine", "BTC-USDT", Side.BUY, "limit", D(2), order_id="O1", fills=(fill(1),))
    assert [update.fill for update in told(known, fill(7), fill(8))] == [None]


def test_an_order_that_is_found_under_another_id_has_taken_the_place_of_the_known_one() -> None:
    known = Order("mine", "BTC-USDT", Side.BUY, "limit", D(2), order_id="O1", fills=(fill(1),))
    updates = told(known, fill(2, "O2"), order_id="O2")
    assert [(update.order_id, update.client_id, update.replaces) for update in updates] == [("O2", "mine", "O1")] * 2


def test_open_orders_are_asked_for_symbol_by_symbol_and_on_margin_where_that_is_wanted() -> None:
    rest: Any = Rest(
        open_order_symbols=("BTC-USDT", "ETH-USDT"),
        open_orders=lambda symbol: (info(f"spot-{symbol}", symbol=symbol),),
        margin_open_order_symbols=lambda trade_type: ("BTC-USDT",) if trade_type == "MARGIN_TRADE" else (),
        margin_open_orders=lambda symbol, trade_type: (info(f"{trade_type}-{symbol}"),),
    )
    (rows,) = run(lookup.open_orders(rest, margin=True))
    assert [row.order_id for row in rows] == ["spot-BTC-USDT", "spot-ETH-USDT", "MARGIN_TRADE-BTC-USDT"]
    assert len(run(lookup.open_orders(rest, margin=False))[0]) == 2
    assert run(lookup.open_orders(Rest(open_order_symbols=()), margin=False)) == [()]  # type: ignore[arg-type]


def test_a_client_that_was_given_once_is_kept_for_the_connection_and_comes_before_its_own() -> None:
    live = marble_connection("o-|", dialect=Dialect("d", lambda _: None))
    loose: rx.Observable[Any] = rx.never()
    credentials = Credentials("key", "secret", "passphrase")
    given, own, public = client(credentials), client(credentials), client()
    messages = live.connection.messages
    for each in (messages, loose):
        with pytest.raises(InvalidArgument):
            lookup.needed_rest(each, None)
    lookup.options_of(messages)["rest"] = public
    assert lookup.rest_of(messages, None) is None
    lookup.options_of(messages)["rest"] = own
    assert lookup.rest_of(messages, None) is own
    assert lookup.rest_of(messages, given) is lookup.rest_of(messages, None) is given
    assert lookup.rest_of(loose, given) is given
    assert lookup.rest_of(loose, None) is None
