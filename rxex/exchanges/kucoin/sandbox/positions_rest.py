"""REST of futures positions, of how they are held, and of the account, without HTTP.

Sources: KuCoin's futures pages "Get Position Details", "Switch Margin Mode", "Modify Cross Margin Leverage", "Add
Isolated Margin", "Modify Isolated Margin Risk Limit", "Get Account - Futures".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from rxex.exchanges.kucoin.sandbox.funding import Funding
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES
from rxex.exchanges.kucoin.sandbox.orders_refusals import FUTURES as WORDS
from rxex.exchanges.kucoin.sandbox.orders_refusals import declined, invalid
from rxex.exchanges.kucoin.sandbox.orders_requests import amount, choice, text, whole
from rxex.exchanges.kucoin.sandbox.positions import CROSS, ISOLATED, Position
from rxex.exchanges.kucoin.sandbox.positions_records import detail, overview
from rxex.exchanges.kucoin.sandbox.private import user_id
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.rest import Call, Route
from rxex.exchanges.kucoin.sandbox.trading_futures import FuturesTrading, futures_account
from rxex.exchanges.kucoin.sandbox.trading_rest import body_of
from rxex.sandbox.orders import Refused, RefusedFor

__all__ = ["PositionRest", "contract_of"]

Result = dict[str, Any]


class PositionRest:
    """The endpoints of one exchange."""

    def __init__(self, trading: FuturesTrading, funding: Funding) -> None:
        """Serve ``trading``; ``funding`` has the mark prices."""
        self._trading = trading
        self._funding = funding

    @property
    def routes(self) -> list[Route]:
        """The endpoints, for the server."""
        rows: list[tuple[str, str, Callable[[Call], Any], int]] = [
            ("GET", "/api/v1/position", self._position, 2),
            ("GET", "/api/v1/positions", self._positions, 2),
            ("POST", "/api/v1/position/margin/deposit-margin", self._add_margin, 4),
            ("POST", "/api/v1/position/risk-limit-level/change", self._set_risk, 5),
            ("GET", "/api/v2/position/getMarginMode", self._get_mode, 2),
            ("POST", "/api/v2/position/changeMarginMode", self._set_mode, 2),
            ("GET", "/api/v2/getCrossUserLeverage", self._get_leverage, 2),
            ("POST", "/api/v2/changeCrossUserLeverage", self._set_leverage, 2),
            ("GET", "/api/v1/account-overview", self._overview, 5),
        ]
        return [Route(FUTURES, *row[:3], "futures", row[3], is_signed=True) for row in rows]

    def _position(self, call: Call) -> Result:
        return self._detail(call.account, self._trading.position(call.account, self._symbol(call.query)))

    def _positions(self, call: Call) -> list[Result]:
        asset = text(call.query, "currency")
        positions = self._trading.positions(call.account)
        return [self._detail(call.account, each) for each in positions if asset in {"", each.terms.quote}]

    def _detail(self, user: str, position: Position) -> Result:
        mark = self._funding.mark(position.terms.symbol)
        return detail(user_id(user), position, mark, self._trading.simulation.timestamp)

    def _add_margin(self, call: Call) -> Result:
        body = body_of(call)
        symbol, more = self._symbol(body), amount(body, "margin")
        if more is None:
            raise invalid("margin", "100001")
        return self._detail(call.account, self._trading.add_margin(call.account, symbol, more))

    def _set_risk(self, call: Call) -> bool:
        body = body_of(call)
        level = whole(body, "level")
        if level is None:
            raise invalid("level", "100001")
        self._trading.set_risk_level(call.account, self._symbol(body), level)
        return True

    def _get_mode(self, call: Call) -> Result:
        symbol = self._symbol(call.query)
        return {"symbol": symbol, "marginMode": self._trading.mode(call.account, symbol)}

    def _set_mode(self, call: Call) -> Result:
        body = body_of(call)
        symbol, mode = self._symbol(body), choice(body, "marginMode", (ISOLATED, CROSS))
        if not mode:
            raise invalid("marginMode", "100001")
        self._trading.set_mode(call.account, symbol, mode)
        return {"symbol": symbol, "marginMode": mode}

    def _get_leverage(self, call: Call) -> Result:
        symbol = self._symbol(call.query)
        return {"symbol": symbol, "leverage": plain(self._trading.leverage(call.account, symbol))}

    def _set_leverage(self, call: Call) -> bool:
        body = body_of(call)
        leverage = amount(body, "leverage")
        if leverage is None:
            raise invalid("leverage", "100001")
        self._trading.set_leverage(call.account, self._symbol(body), leverage)
        return True

    def _overview(self, call: Call) -> Result:
        account, asset = futures_account(call.account), text(call.query, "currency") or "XBT"
        self._trading.open_account(account)
        mine = [each for each in self._trading.positions(call.account) if each.terms.quote == asset]
        profits: Iterable[Decimal] = (each.profit(self._funding.mark(each.terms.symbol)) for each in mine)
        return overview(self._trading.accounts, account, asset, sum(profits, Decimal(0)))

    def _symbol(self, params: Mapping[str, Any]) -> str:
        return contract_of(self._trading, params)


def contract_of(trading: FuturesTrading, params: Mapping[str, Any]) -> str:
    """The contract that a request names."""
    symbol = text(params, "symbol")
    if symbol not in trading.engine.terms:
        raise declined(Refused(RefusedFor.SYMBOL), WORDS)
    return symbol
