"""REST of margin: orders, borrowing and paying back, accounts; and transfers between a user's accounts.

Sources: KuCoin's pages "Add Order" (margin) and its neighbours, "Borrow", "Repay", "Get Account - Cross Margin", "Get
Account - Isolated Margin", "Flex Transfer".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, SPOT
from rxex.exchanges.kucoin.sandbox.margin import Loan, Margin
from rxex.exchanges.kucoin.sandbox.orders_http import Ledgered, Operation
from rxex.exchanges.kucoin.sandbox.orders_refusals import MARGIN, invalid
from rxex.exchanges.kucoin.sandbox.orders_requests import TRADE_TYPES, amount, choice, flag, read_wish, text
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import Call, Route
from rxex.exchanges.kucoin.sandbox.trading import Trading, account_of
from rxex.exchanges.kucoin.sandbox.trading_rest import SpotRest, body_of, object_of, paged
from rxex.sandbox.orders import Order, RefusedFor
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["MarginRest"]

Result = dict[str, Any]
_HF = "/api/v3/hf/margin"
_KINDS = {"MAIN": "main", "TRADE": "trade", "MARGIN": "margin", "MARGIN_V2": "margin", "CONTRACT": "futures"}


class MarginRest:
    """The endpoints of one exchange."""

    def __init__(
        self,
        trading: Trading,
        margin: Margin,
        spot: SpotRest,
        ledgered: Ledgered,
        *,
        floors: Mapping[str, TradingFloor],
        moved: Callable[[str, str, str], None],
    ) -> None:
        """Serve ``margin``.

        Args:
            trading: Where orders are.
            margin: Who owes what.
            spot: The endpoints of spot, which these are like.
            ledgered: What has the record of the request that is being carried out.
            floors: Where money is, by market.
            moved: Tells of a balance that has changed without an order.
        """
        self._trading = trading
        self._margin = margin
        self._spot = spot
        self._ledgered = ledgered
        self._floors = floors
        self._moved = moved

    @property
    def routes(self) -> list[Route]:
        """The endpoints, for the server."""
        rows: list[tuple[str, str, Callable[[Call], Any], str, int]] = [
            ("POST", f"{_HF}/order", lambda call: self.place(call.account, body_of(call)), SPOT, 2),
            ("POST", f"{_HF}/order/test", self._test, SPOT, 2),
            ("DELETE", f"{_HF}/orders/{{orderId}}", self._cancel, SPOT, 2),
            ("DELETE", f"{_HF}/orders/client-order/{{clientOid}}", self._cancel, SPOT, 2),
            ("DELETE", f"{_HF}/orders", self._cancel_all, SPOT, 5),
            ("GET", f"{_HF}/orders/{{orderId}}", self._get, SPOT, 5),
            ("GET", f"{_HF}/orders/client-order/{{clientOid}}", self._get, SPOT, 5),
            ("GET", f"{_HF}/orders/active", self._active, SPOT, 4),
            ("GET", f"{_HF}/order/active/symbols", self._active_symbols, SPOT, 4),
            ("GET", f"{_HF}/orders/done", lambda call: self._spot.done(call, _kind(call)), SPOT, 10),
            ("GET", f"{_HF}/fills", lambda call: self._spot.fills(call, _kind(call)), SPOT, 5),
            ("POST", "/api/v3/margin/borrow", self._borrow, SPOT, 15),
            ("POST", "/api/v3/margin/repay", self._repay, SPOT, 10),
            ("GET", "/api/v3/margin/borrow", self._borrowed, SPOT, 15),
            ("GET", "/api/v3/margin/repay", self._repaid, SPOT, 15),
            ("GET", "/api/v3/margin/accounts", self._cross, SPOT, 15),
            ("GET", "/api/v3/isolated/accounts", self._isolated, SPOT, 15),
            ("POST", "/api/v3/accounts/universal-transfer", self._transfer, "management", 4),
        ]
        return [Route(SPOT, *row, is_signed=True) for row in rows]

    @property
    def operations(self) -> dict[str, Operation]:
        """What the gateway has of them."""
        return {
            "margin.order": Operation(lambda user, args: self.place(user, object_of(args)), SPOT, 2),
            "margin.cancel": Operation(lambda user, args: _named(self.cancel(user, object_of(args))), SPOT, 2),
        }

    # Orders.

    def place(self, user: str, params: Mapping[str, Any], *, validate: bool = False) -> Result:
        """Place what the body of a request asks for."""
        kind = "MARGIN_ISOLATED_TRADE" if flag(params, "isIsolated") else "MARGIN_TRADE"
        wish = read_wish(params, trade_type=kind, now=self._trading.moment(self._ledgered.arrived))
        if wish.client_oid is None:
            raise invalid("clientOid")
        order, loan = self._margin.add(user, wish, validate=validate)
        if not validate:
            self._ledgered.note(order)
        lent = {"borrowSize": plain(loan.size), "loanApplyId": loan.number} if loan is not None else {"borrowSize": "0"}
        return {**_named(order), **lent}

    def cancel(self, user: str, params: Mapping[str, Any]) -> Order:
        """Cancel the order of an ``orderId`` or a ``clientOid``."""
        order = self._ledgered.note(self._mine(user, params))
        self._trading.cancel(order)
        return order

    def _test(self, call: Call) -> Result:
        return self.place(call.account, body_of(call), validate=True)

    def _cancel(self, call: Call) -> Result:
        self.cancel(call.account, {**call.query, **call.parts})
        return dict(call.parts)

    def _cancel_all(self, call: Call) -> str:
        symbol = text(call.query, "symbol")
        if not symbol:
            raise invalid("symbol")
        self._ledgered.note_all(self._trading.cancel_all(call.account, _kind(call), symbol))
        return "success"

    def _mine(self, user: str, params: Mapping[str, Any]) -> Order:
        try:
            order = self._spot.mine(user, params)
        except Declined as refused:
            if refused.text.startswith("order_not_exist"):
                raise Declined(*MARGIN[RefusedFor.ORDER]) from None
            raise
        if self._spot.record(order)["tradeType"] == "TRADE":
            raise Declined(*MARGIN[RefusedFor.ORDER])
        return order

    def _get(self, call: Call) -> Result:
        return self._spot.record(self._mine(call.account, {**call.query, **call.parts}))

    def _active(self, call: Call) -> list[Result]:
        orders = self._trading.open_of(call.account, _kind(call), text(call.query, "symbol") or None)
        return [self._spot.record(order) for order in reversed(orders)]

    def _active_symbols(self, call: Call) -> Result:
        orders = self._trading.open_of(call.account, _kind(call))
        symbols = list(dict.fromkeys(order.request.symbol for order in orders))
        return {"symbolSize": len(symbols), "symbols": symbols}

    # Debts.

    def _borrow(self, call: Call) -> Result:
        account, asset, size = self._wanted(call)
        loan = self._margin.borrow(account, asset, size)
        return {"orderNo": loan.number, "actualSize": plain(loan.size)}

    def _repay(self, call: Call) -> Result:
        account, asset, size = self._wanted(call)
        loan = self._margin.repay(account, asset, size)
        return {"timestamp": self._now, "orderNo": loan.number, "actualSize": plain(-loan.size)}

    def _wanted(self, call: Call) -> tuple[str, str, Decimal]:
        body = body_of(call)
        asset, size = text(body, "currency"), amount(body, "size")
        if not asset or size is None:
            raise invalid("size" if asset else "currency")
        return self._account(call.account, body), asset, size

    def _account(self, user: str, params: Mapping[str, Any]) -> str:
        if not flag(params, "isIsolated"):
            return account_of(user, "MARGIN_TRADE")
        symbol = text(params, "symbol")
        if symbol not in self._trading.engine.terms:
            raise Declined(*MARGIN[RefusedFor.SYMBOL])
        return account_of(user, "MARGIN_ISOLATED_TRADE", symbol)

    def _borrowed(self, call: Call) -> Result:
        return self._loans(call, lambda loan: loan.size > 0)

    def _repaid(self, call: Call) -> Result:
        return self._loans(call, lambda loan: loan.size < 0)

    def _loans(self, call: Call, is_wanted: Callable[[Loan], bool]) -> Result:
        account, asset = self._account(call.account, call.query), text(call.query, "currency")
        rows = [
            {
                "orderNo": loan.number,
                "symbol": text(call.query, "symbol") or None,
                "currency": loan.asset,
                "size": plain(abs(loan.size)),
                "actualSize": plain(abs(loan.size)),
                "principal": plain(abs(loan.size)),
                "interest": "0",
                "status": "SUCCESS",
                "createdTime": loan.time // 10**6,
            }
            for loan in reversed(self._margin.loans)
            if loan.account == account and asset in {"", loan.asset} and is_wanted(loan)
        ]
        return {"timestamp": self._now, **paged(call.query, rows, usual=50)}

    # Accounts.

    def _cross(self, call: Call) -> Result:
        quote, account = text(call.query, "quoteCurrency") or "USDT", account_of(call.account, "MARGIN_TRADE")
        self._trading.open_account(account)
        balances = self._trading.accounts.balances(account)
        return {
            "totalAssetOfQuoteCurrency": plain(self._margin.value(balances, quote)),
            "totalLiabilityOfQuoteCurrency": plain(self._margin.value(self._margin.debts(account), quote)),
            "debtRatio": plain(self._margin.ratio(account)),
            "status": "EFFECTIVE",
            "accounts": [self._asset(account, asset) for asset in sorted(balances)],
        }

    def _isolated(self, call: Call) -> Result:
        quote, wanted = text(call.query, "quoteCurrency") or "USDT", text(call.query, "symbol")
        assets: list[Result] = []
        totals = [Decimal(0), Decimal(0)]
        for symbol in self._trading.engine.terms:
            if wanted not in {"", symbol}:
                continue
            account = account_of(call.account, "MARGIN_ISOLATED_TRADE", symbol)
            self._trading.open_account(account)
            debts, (base, counter) = self._margin.debts(account), symbol.split("-")
            totals[0] += self._margin.value(self._trading.accounts.balances(account), quote)
            totals[1] += self._margin.value(debts, quote)
            assets.append(
                {
                    "symbol": symbol,
                    "status": "DEBT" if debts else "CLEAR",
                    "debtRatio": plain(self._margin.ratio(account)),
                    "baseAsset": self._asset(account, base),
                    "quoteAsset": self._asset(account, counter),
                }
            )
        return {
            "totalAssetOfQuoteCurrency": plain(totals[0]),
            "totalLiabilityOfQuoteCurrency": plain(totals[1]),
            "timestamp": self._now,
            "assets": assets,
        }

    def _asset(self, account: str, asset: str) -> Result:
        accounts, debt = self._trading.accounts, plain(self._margin.debt(account, asset))
        return {
            "currency": asset,
            "total": plain(accounts.balance(account, asset)),
            "available": plain(accounts.available(account, asset)),
            "hold": plain(accounts.held(account, asset)),
            "liability": debt,
            "maxBorrowSize": plain(self._margin.most(account, asset)),
            "borrowEnabled": True,
            "transferInEnabled": True,
            "liabilityPrincipal": debt,
            "liabilityInterest": "0",
        }

    # Transfers.

    def _transfer(self, call: Call) -> Result:
        body = body_of(call)
        asset, size = text(body, "currency"), amount(body, "amount")
        if not asset or size is None or choice(body, "type", ("INTERNAL",)) != "INTERNAL":
            raise invalid("amount" if asset and size is None else "type" if asset else "currency")
        ends = [self._end(call.account, body, side) for side in ("from", "to")]
        (giver, pays), (taker, gets) = ends
        pays.open_account(giver)
        gets.open_account(taker)
        if size > pays.accounts.available(giver, asset):
            raise Declined("400100", "account.available.amount")
        pays.accounts.deposit(giver, asset, -size)
        gets.accounts.deposit(taker, asset, size)
        for account, _ in ends:
            self._moved(account, asset, "transfer")
        return {"orderId": f"{self._trading.random.getrandbits(96):024x}"}

    def _end(self, user: str, body: Mapping[str, Any], side: str) -> tuple[str, TradingFloor]:
        word, tag = text(body, f"{side}AccountType"), text(body, f"{side}AccountTag")
        if word in {"ISOLATED", "ISOLATED_V2"} and tag in self._trading.engine.terms:
            return account_of(user, "MARGIN_ISOLATED_TRADE", tag), self._trading
        if word not in _KINDS:
            raise invalid(f"{side}AccountType")
        return f"{user}/{_KINDS[word]}", self._floors[FUTURES if word == "CONTRACT" else SPOT]

    @property
    def _now(self) -> int:
        return self._trading.simulation.timestamp // 10**6


def _kind(call: Call) -> str:
    kind = choice(call.query, "tradeType", TRADE_TYPES[1:])
    if not kind:
        raise invalid("tradeType")
    return kind


def _named(order: Order) -> Result:
    return {"orderId": order.id, "clientOid": order.request.client_id or ""}
