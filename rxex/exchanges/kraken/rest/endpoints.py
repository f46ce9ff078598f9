"""Kraken's REST endpoints as a table. Sources: the pages of Kraken's Spot REST reference that have their names."""

from __future__ import annotations

from rxex.exchanges.kraken.rest import parameters
from rxex.exchanges.kraken.rest.models import account, funds, market
from rxex.rest import Endpoint, NoParameters, RestClient

__all__ = ["PRIVATE", "PUBLIC", "TIME", "Endpoints"]

PUBLIC, PRIVATE = "/0/public/", "/0/private/"

TIME = Endpoint(
    "Time", "GET", f"{PUBLIC}Time", NoParameters, market.read_server_time, doc="Ask what time it is at Kraken."
)


class Endpoints(RestClient):
    """Kraken's endpoints as methods; each makes a cold Observable of one `Response`."""

    server_time = TIME
    system_status = Endpoint(
        "SystemStatus",
        "GET",
        f"{PUBLIC}SystemStatus",
        NoParameters,
        market.read_system_status,
        doc="Ask for Kraken's own state.",
    )
    assets = Endpoint(
        "Assets",
        "GET",
        f"{PUBLIC}Assets",
        parameters.Assets,
        market.read_assets,
        doc="Ask for assets by their keys.",
    )
    asset_pairs = Endpoint(
        "AssetPairs",
        "GET",
        f"{PUBLIC}AssetPairs",
        parameters.AssetPairs,
        market.read_asset_pairs,
        doc="Ask for pairs, by Kraken's keys.",
    )
    ticker = Endpoint(
        "Ticker",
        "GET",
        f"{PUBLIC}Ticker",
        parameters.Ticker,
        market.read_tickers,
        doc="Ask for best prices and the last 24 hours, by Kraken's keys; `day.open` is today's opening price.",
    )
    depth = Endpoint("Depth", "GET", f"{PUBLIC}Depth", parameters.Depth, market.read_depth, doc="Ask for a book.")
    ohlc = Endpoint(
        "OHLC", "GET", f"{PUBLIC}OHLC", parameters.Ohlc, market.read_ohlc, doc="Ask for candles, 720 at most."
    )
    trades = Endpoint(
        "Trades", "GET", f"{PUBLIC}Trades", parameters.Trades, market.read_trades, doc="Ask for the trades of a pair."
    )
    spreads = Endpoint(
        "Spread",
        "GET",
        f"{PUBLIC}Spread",
        parameters.Spreads,
        market.read_spreads,
        doc="Ask for the last best prices, some 200.",
    )

    websockets_token = Endpoint(
        "GetWebSocketsToken",
        "POST",
        f"{PRIVATE}GetWebSocketsToken",
        NoParameters,
        account.read_token,
        private=True,
        secret=True,
        doc="Ask for a token for the private feeds.",
    )
    balance = Endpoint(
        "Balance",
        "POST",
        f"{PRIVATE}Balance",
        NoParameters,
        account.read_balances,
        private=True,
        doc="Ask for balances, net of pending withdrawals, by Kraken's keys of assets.",
    )
    balances = Endpoint(
        "BalanceEx",
        "POST",
        f"{PRIVATE}BalanceEx",
        NoParameters,
        account.read_extended_balances,
        private=True,
        doc="Ask for balances with what open orders hold back, by Kraken's keys of assets.",
    )
    trade_balance = Endpoint(
        "TradeBalance",
        "POST",
        f"{PRIVATE}TradeBalance",
        parameters.TradeBalance,
        funds.read_trade_balance,
        private=True,
        doc="Ask what all is worth, and what margin positions hold of it.",
    )
    open_orders = Endpoint(
        "OpenOrders",
        "POST",
        f"{PRIVATE}OpenOrders",
        parameters.OpenOrders,
        account.read_open_orders,
        private=True,
        doc="Ask for the open orders, by their ids.",
    )
    closed_orders = Endpoint(
        "ClosedOrders",
        "POST",
        f"{PRIVATE}ClosedOrders",
        parameters.ClosedOrders,
        account.read_closed_orders,
        private=True,
        doc="Ask for orders that have ended: 50, the newest first.",
    )
    query_orders = Endpoint(
        "QueryOrders",
        "POST",
        f"{PRIVATE}QueryOrders",
        parameters.QueryOrders,
        account.read_orders,
        private=True,
        doc="Ask for orders by their ids.",
    )
    order_amends = Endpoint(
        "OrderAmends",
        "POST",
        f"{PRIVATE}OrderAmends",
        parameters.OrderAmends,
        account.read_amends,
        private=True,
        doc="Ask how an order was changed since it was given, the oldest state first.",
    )
    trades_history = Endpoint(
        "TradesHistory",
        "POST",
        f"{PRIVATE}TradesHistory",
        parameters.TradesHistory,
        account.read_trades_history,
        private=True,
        cost=4,  # Kraken's pages say 2 and 4
        doc="Ask for our own trades: 50, the newest first.",
    )
    query_trades = Endpoint(
        "QueryTrades",
        "POST",
        f"{PRIVATE}QueryTrades",
        parameters.QueryTrades,
        account.read_own_trades,
        private=True,
        cost=4,
        doc="Ask for our own trades by their ids.",
    )
    open_positions = Endpoint(
        "OpenPositions",
        "POST",
        f"{PRIVATE}OpenPositions",
        parameters.OpenPositions,
        funds.read_positions,
        private=True,
        doc="Ask for the open margin positions, by their ids.",
    )
    ledgers = Endpoint(
        "Ledgers",
        "POST",
        f"{PRIVATE}Ledgers",
        parameters.Ledgers,
        funds.read_ledgers,
        private=True,
        cost=4,
        doc="Ask for what was booked: 50 entries, the newest first.",
    )
    query_ledgers = Endpoint(
        "QueryLedgers",
        "POST",
        f"{PRIVATE}QueryLedgers",
        parameters.QueryLedgers,
        funds.read_entries,
        private=True,
        cost=4,
        doc="Ask for entries of the ledger by their ids.",
    )

    # A lost answer says nothing about an order: ask for it by its cl_ord_id before it is given again.
    add_order = Endpoint(
        "AddOrder",
        "POST",
        f"{PRIVATE}AddOrder",
        parameters.AddOrder,
        account.read_placed,
        private=True,
        effect=True,
        doc="Give an order.",
    )
    add_order_batch = Endpoint(
        "AddOrderBatch",
        "POST",
        f"{PRIVATE}AddOrderBatch",
        parameters.AddOrderBatch,
        account.read_batch,
        private=True,
        effect=True,
        json=True,
        doc="Give 2 to 15 orders for one pair; each is accepted or refused on its own.",
    )
    amend_order = Endpoint(
        "AmendOrder",
        "POST",
        f"{PRIVATE}AmendOrder",
        parameters.AmendOrder,
        account.read_amended,
        private=True,
        effect=True,
        doc="Change an order, which keeps its id, and its place in the queue where that is possible.",
    )
    edit_order = Endpoint(
        "EditOrder",
        "POST",
        f"{PRIVATE}EditOrder",
        parameters.EditOrder,
        account.read_edited,
        private=True,
        effect=True,
        doc="Cancel an order and give a new one in its place.",
    )
    cancel_order = Endpoint(
        "CancelOrder",
        "POST",
        f"{PRIVATE}CancelOrder",
        parameters.CancelOrder,
        account.read_canceled,
        private=True,
        effect=True,
        doc="Cancel an order, or all with a userref.",
    )
    cancel_order_batch = Endpoint(
        "CancelOrderBatch",
        "POST",
        f"{PRIVATE}CancelOrderBatch",
        parameters.CancelOrderBatch,
        account.read_canceled,
        private=True,
        effect=True,
        json=True,
        doc="Cancel up to 50 orders.",
    )
    cancel_all = Endpoint(
        "CancelAll",
        "POST",
        f"{PRIVATE}CancelAll",
        NoParameters,
        account.read_canceled,
        private=True,
        effect=True,
        doc="Cancel all open orders.",
    )
    cancel_all_orders_after = Endpoint(
        "CancelAllOrdersAfter",
        "POST",
        f"{PRIVATE}CancelAllOrdersAfter",
        parameters.CancelAllOrdersAfter,
        account.read_switch,
        private=True,
        effect=True,
        doc="Have all orders canceled in so many seconds, unless it is called again before.",
    )
