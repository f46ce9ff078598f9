"""What REST's authenticated endpoints tell and do: orders, executions, wallets, positions, funding, tokens.

Source: Bitfinex's pages of the authenticated endpoints, each by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rxex.exchanges.bitfinex.sandbox.account import CAPS, Account
from rxex.exchanges.bitfinex.sandbox.calculations import Calculations
from rxex.exchanges.bitfinex.sandbox.instruments import currencies_of
from rxex.exchanges.bitfinex.sandbox.margin import EXCHANGE, FUNDING, MARGIN, wallet_of
from rxex.exchanges.bitfinex.sandbox.offers import Offers
from rxex.exchanges.bitfinex.sandbox.order_requests import amount_of, date_of, invalid
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.requests import Requests, record_of
from rxex.exchanges.bitfinex.sandbox.rest import Asked, Route, paged
from rxex.exchanges.bitfinex.sandbox.rows import order_row, position_row, trade_row
from rxex.exchanges.bitfinex.sandbox.trading import day_of, placed, signed
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds
from rxex.sandbox.orders import Fill, Order

__all__ = ["AccountEndpoints"]

_TWO_WEEKS, _TEN_DAYS = 14 * 86_400_000, 10 * 86_400_000
_MOST = 2500
_LONGEST_TOKEN = 3600
_WALLETS = (EXCHANGE, MARGIN, FUNDING)


class AccountEndpoints:
    """The authenticated endpoints; who may call them has been checked."""

    def __init__(self, account: Account, requests: Requests, offers: Offers, calculations: Calculations) -> None:
        """Serve what these have."""
        self._account = account
        self._trading = account.trading
        self._requests = requests
        self._offers = offers
        self._calculations = calculations

    @property
    def routes(self) -> list[Route]:
        """The endpoints by their paths."""
        endpoints: Mapping[str, Callable[[str, Asked], Any]] = {
            "auth/r/wallets": lambda user, _: self._account.wallets(user, available=True),
            "auth/r/orders": self._orders,
            "auth/r/orders/hist": self._history,
            "auth/r/orders/{symbol}": self._orders,
            "auth/r/orders/{symbol}/hist": self._history,
            "auth/r/order/{symbol}:{id}/trades": self._order_trades,
            "auth/r/trades/hist": self._trades,
            "auth/r/trades/{symbol}/hist": self._trades,
            "auth/r/ledgers/hist": self._ledgers,
            "auth/r/ledgers/{currency}/hist": self._ledgers,
            "auth/r/positions": self._positions,
            "auth/r/info/margin/{key}": self._margin,
            "auth/r/info/funding/{symbol}": lambda user, asked: self._one(user, f"funding_sym_{asked.parts['symbol']}"),
            "auth/r/funding/offers": self._funding_offers,
            "auth/r/funding/offers/hist": self._old_offers,
            "auth/r/funding/offers/{symbol}": self._funding_offers,
            "auth/r/funding/offers/{symbol}/hist": self._old_offers,
            "auth/r/funding/credits": self._credits,
            "auth/r/funding/credits/{symbol}": self._credits,
            "auth/r/funding/loans": lambda _, __: [],
            "auth/r/funding/loans/{symbol}": lambda _, __: [],
            "auth/r/permissions": lambda _, __: [[name, caps["read"], caps["write"]] for name, caps in CAPS.items()],
            "auth/w/token": self._token,
            "auth/w/transfer": self._transfer,
            **{path: partial(self._request, code) for path, code in _REQUESTS.items()},
        }
        return [Route(path, endpoint) for path, endpoint in endpoints.items()]

    # Orders.

    def _orders(self, user: str, asked: Asked) -> list[Any]:
        orders = self._chosen(self._trading.open_of(user), asked)
        return [order_row(order) for order in reversed(orders)]

    def _history(self, user: str, asked: Asked) -> list[Any]:
        since = milliseconds(self._trading.simulation.timestamp) - _TWO_WEEKS
        over = [order for order in self._trading.of(user) if not order.is_open]
        rows = [order_row(order) for order in self._chosen(over, asked)]
        return paged([row for row in rows if row[5] >= since], lambda row: row[4], asked, usual=25, most=_MOST)

    def _chosen(self, orders: list[Order], asked: Asked) -> list[Order]:
        symbol, ids, gid, cid = asked.parts.get("symbol"), *(asked.params.get(name) for name in ("id", "gid", "cid"))
        if ids is not None and not (isinstance(ids, list) and all(type(each) is int for each in ids)):
            raise invalid("id")
        chosen = [order for order in orders if symbol in {None, order.request.symbol}]
        if ids is not None:
            wanted = {str(each) for each in ids}
            chosen = [order for order in chosen if order.id in wanted]
        if gid is not None:
            chosen = [order for order in chosen if placed(order).gid == gid]
        if cid is not None:
            date = date_of(asked.params)
            chosen = [order for order in chosen if placed(order).cid == cid and day_of(order) == date]
        return chosen

    def _order_trades(self, user: str, asked: Asked) -> list[Any]:
        number = asked.parts["id"]
        if not number.isascii() or not number.isdigit():
            raise invalid("id")
        order = self._trading.find(user, id=int(number))
        return self._executions([*order.fills], asked)

    def _trades(self, user: str, asked: Asked) -> list[Any]:
        return self._executions(self._fills(user, asked.parts.get("symbol")), asked)

    def _executions(self, fills: list[Fill], asked: Asked) -> list[Any]:
        rows = [trade_row(fill, is_stored=True) for fill in sorted(fills, key=lambda fill: fill.trade_id)]
        return paged(rows, lambda row: row[2], asked, usual=125, most=_MOST)

    def _fills(self, user: str, symbol: str | None = None) -> list[Fill]:
        orders = [order for order in self._trading.of(user) if symbol in {None, order.request.symbol}]
        return [fill for order in orders for fill in order.fills]

    def _request(self, code: str, user: str, asked: Asked) -> Any:
        payload: Any = asked.params.get("ops") if code == "ox_multi" else dict(asked.params)
        record = record_of(code, payload)
        record.time, record.carried_out = self._trading.simulation.now, True
        self._trading.ledger.records.append(record)
        answer = self._requests.carry_out(user, code, payload, record)
        if code == "on":
            answer[4] = [answer[4], *(order_row(order) for order in record.orders[1:])]
        return answer

    # Money.

    def _ledgers(self, user: str, asked: Asked) -> list[Any]:
        rows: list[list[Any]] = []
        for fill in sorted(self._fills(user), key=lambda fill: fill.trade_id):
            rows += _entries(fill)
        currency, category = asked.parts.get("currency"), asked.number("category")
        chosen = [row for row in rows if currency in {None, row[1]}]
        chosen = [row for row in chosen if category in {None, 201 if "fee" in row[8] else 5}]
        return paged(chosen, lambda row: row[3], asked, usual=25, most=_MOST)

    def _positions(self, user: str, _: Asked) -> list[Any]:
        positions = self._trading.accounts.positions(f"{user}/{MARGIN}")
        return [position_row(each, self._trading.last(each.terms.symbol)) for each in positions]

    def _margin(self, user: str, asked: Asked) -> Any:
        key = asked.parts["key"]
        if key == "sym_all":
            return [self._one(user, f"margin_sym_{symbol}") for symbol in self._trading.engine.terms]
        return self._one(user, "margin_base" if key == "base" else f"margin_sym_{key}")

    def _one(self, user: str, name: str) -> Any:
        for _, row in self._calculations.of(user, name):
            return row
        raise Declined("symbol: invalid", 10020)

    def _transfer(self, user: str, asked: Asked) -> Any:
        giver, taker, currency = (asked.params.get(name) for name in ("from", "to", "currency"))
        amount = amount_of(asked.params, "amount")
        if giver not in _WALLETS or taker not in _WALLETS:
            raise invalid("from")
        if amount is None or amount <= 0:
            raise invalid("amount")
        accounts = self._trading.accounts
        if not isinstance(currency, str) or amount > accounts.available(f"{user}/{giver}", currency):
            raise Declined(f"Insufficient {currency} balance in {giver} wallet")
        accounts.transfer(currency, amount, f"{user}/{giver}", f"{user}/{taker}")
        for wallet in (giver, taker):
            self._account.tell(user, "wu", self._account.wallet(user, wallet, currency, description="Transfer"))
        now = milliseconds(self._trading.simulation.timestamp)
        row = [now, giver, taker, None, currency, None, None, amount]
        text = f"{amount.normalize() + 0:f} {currency} transfered from {giver.capitalize()} to {taker.capitalize()}"
        return [now, "acc_tf", None, None, row, None, "SUCCESS", text]

    # Funding, tokens.

    def _funding_offers(self, user: str, asked: Asked) -> list[Any]:
        return [offer.row() for offer in self._offers.open_of(user, asked.parts.get("symbol"))]

    def _old_offers(self, user: str, asked: Asked) -> list[Any]:
        symbol = asked.parts.get("symbol")
        mine = [each for each in self._offers.all.values() if each.user == user and symbol in {None, each.symbol}]
        rows = [each.row() for each in mine if not each.is_open]
        return paged(rows, lambda row: row[2], asked, usual=25, most=500)

    def _credits(self, user: str, asked: Asked) -> list[Any]:
        symbol = asked.parts.get("symbol")
        return [row for row in self._offers.credits(user) if symbol in {None, row[1]}]

    def _token(self, user: str, asked: Asked) -> list[str]:
        ttl = asked.number("ttl")
        if asked.params.get("scope") != "api":
            raise invalid("scope")
        return [self._trading.keys.mint_token(user, min(ttl or 120, _LONGEST_TOKEN))]


_REQUESTS = {
    "auth/w/order/submit": "on",
    "auth/w/order/update": "ou",
    "auth/w/order/cancel": "oc",
    "auth/w/order/cancel/multi": "oc_multi",
    "auth/w/order/multi": "ox_multi",
    "auth/w/funding/offer/submit": "fon",
    "auth/w/funding/offer/cancel": "foc",
    "auth/w/funding/offer/cancel/all": "foc_all",
}


def _entries(fill: Fill) -> list[list[Any]]:
    """What an execution has put into ledgers and taken out of them, the fee last."""
    request, wallet, time = placed(fill.order), wallet_of(fill.order.account), milliseconds(fill.time)
    base, quote = currencies_of(request.symbol)
    what = f"{fill.size.normalize():f} {base}"
    text = f"Exchange {what} for {quote} @ {fill.price.normalize():f} on wallet {wallet}"
    fees = f"Trading fees for {what} ({base}{quote}) @ {fill.price.normalize():f} on BFX on wallet {wallet}"
    number, left = fill.trade_id * 3, {base: fill.base_left, quote: fill.quote_left}
    changes = ((base, signed(fill.size, request.side)), (quote, -signed(fill.cost, request.side)))
    rows = [
        [
            number + place,
            asset,
            wallet,
            time,
            None,
            change,
            left[asset] + fill.fee * (asset == fill.fee_asset),
            None,
            text,
        ]
        for place, (asset, change) in enumerate(changes)
    ]
    return [*rows, [number + 2, fill.fee_asset, wallet, time, None, -fill.fee, left[fill.fee_asset], None, fees]]
