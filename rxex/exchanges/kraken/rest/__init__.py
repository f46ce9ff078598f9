"""Kraken's REST endpoints: one table, turned into typed methods.

Names of parameters and their meaning are Kraken's own: https://docs.kraken.com/api/docs/rest-api/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.auth import Credentials
from rxex.exchanges.kraken.rate_limit import Tier
from rxex.exchanges.kraken.rest import models, parameters, wire
from rxex.exchanges.kraken.rest.limits import RestLimits
from rxex.exchanges.kraken.rest.models import account, market
from rxex.rest import After, Before, Endpoint, Limiter, NoParameters, Response, RestClient, RestDialect, retry_delays

__all__ = ["REST_URL", "KrakenRest", "client", "get_websockets_token"]

REST_URL = "https://api.kraken.com"
_PUBLIC, _PRIVATE = "/0/public/", "/0/private/"

_TIME = Endpoint(
    "Time", "GET", f"{_PUBLIC}Time", NoParameters, market.read_server_time, doc="Ask what time it is at Kraken."
)


class KrakenRest(RestClient):
    """Kraken's endpoints as methods; each makes a cold Observable of one `Response`. Made by `client`."""

    server_time = _TIME
    system_status = Endpoint(
        "SystemStatus",
        "GET",
        f"{_PUBLIC}SystemStatus",
        NoParameters,
        market.read_system_status,
        doc="Ask for Kraken's own state.",
    )
    assets = Endpoint(
        "Assets",
        "GET",
        f"{_PUBLIC}Assets",
        parameters.Assets,
        market.read_assets,
        doc="Ask for assets by their keys.",
    )
    asset_pairs = Endpoint(
        "AssetPairs",
        "GET",
        f"{_PUBLIC}AssetPairs",
        parameters.AssetPairs,
        market.read_asset_pairs,
        doc="Ask for pairs, by Kraken's keys.",
    )
    ticker = Endpoint(
        "Ticker",
        "GET",
        f"{_PUBLIC}Ticker",
        parameters.Ticker,
        market.read_tickers,
        doc="Ask for best prices and the last 24 hours, by Kraken's keys; `day.open` is today's opening price.",
    )
    depth = Endpoint("Depth", "GET", f"{_PUBLIC}Depth", parameters.Depth, market.read_depth, doc="Ask for a book.")
    ohlc = Endpoint(
        "OHLC", "GET", f"{_PUBLIC}OHLC", parameters.Ohlc, market.read_ohlc, doc="Ask for candles, 720 at most."
    )
    trades = Endpoint(
        "Trades", "GET", f"{_PUBLIC}Trades", parameters.Trades, market.read_trades, doc="Ask for the trades of a pair."
    )
    spreads = Endpoint(
        "Spread",
        "GET",
        f"{_PUBLIC}Spread",
        parameters.Spreads,
        market.read_spreads,
        doc="Ask for the last best prices, some 200.",
    )

    websockets_token = Endpoint(
        "GetWebSocketsToken",
        "POST",
        f"{_PRIVATE}GetWebSocketsToken",
        NoParameters,
        account.read_token,
        private=True,
        secret=True,
        doc="Ask for a token for the private feeds.",
    )
    balance = Endpoint(
        "Balance",
        "POST",
        f"{_PRIVATE}Balance",
        NoParameters,
        account.read_balances,
        private=True,
        doc="Ask for balances, net of pending withdrawals, by Kraken's keys of assets.",
    )
    balances = Endpoint(
        "BalanceEx",
        "POST",
        f"{_PRIVATE}BalanceEx",
        NoParameters,
        account.read_extended_balances,
        private=True,
        doc="Ask for balances with what open orders hold back, by Kraken's keys of assets.",
    )
    open_orders = Endpoint(
        "OpenOrders",
        "POST",
        f"{_PRIVATE}OpenOrders",
        parameters.OpenOrders,
        account.read_open_orders,
        private=True,
        doc="Ask for the open orders, by their ids.",
    )
    closed_orders = Endpoint(
        "ClosedOrders",
        "POST",
        f"{_PRIVATE}ClosedOrders",
        parameters.ClosedOrders,
        account.read_closed_orders,
        private=True,
        doc="Ask for orders that have ended: 50, the newest first.",
    )
    query_orders = Endpoint(
        "QueryOrders",
        "POST",
        f"{_PRIVATE}QueryOrders",
        parameters.QueryOrders,
        account.read_orders,
        private=True,
        doc="Ask for orders by their ids.",
    )
    trades_history = Endpoint(
        "TradesHistory",
        "POST",
        f"{_PRIVATE}TradesHistory",
        parameters.TradesHistory,
        account.read_trades_history,
        private=True,
        cost=4,  # Kraken's pages say 2 and 4
        doc="Ask for our own trades: 50, the newest first.",
    )
    query_trades = Endpoint(
        "QueryTrades",
        "POST",
        f"{_PRIVATE}QueryTrades",
        parameters.QueryTrades,
        account.read_own_trades,
        private=True,
        cost=4,
        doc="Ask for our own trades by their ids.",
    )

    # A lost answer says nothing about an order: ask for it by its cl_ord_id before it is given again.
    add_order = Endpoint(
        "AddOrder",
        "POST",
        f"{_PRIVATE}AddOrder",
        parameters.AddOrder,
        account.read_placed,
        private=True,
        effect=True,
        doc="Give an order.",
    )
    add_order_batch = Endpoint(
        "AddOrderBatch",
        "POST",
        f"{_PRIVATE}AddOrderBatch",
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
        f"{_PRIVATE}AmendOrder",
        parameters.AmendOrder,
        account.read_amended,
        private=True,
        effect=True,
        doc="Change an order, which keeps its id, and its place in the queue where that is possible.",
    )
    edit_order = Endpoint(
        "EditOrder",
        "POST",
        f"{_PRIVATE}EditOrder",
        parameters.EditOrder,
        account.read_edited,
        private=True,
        effect=True,
        doc="Cancel an order and give a new one in its place.",
    )
    cancel_order = Endpoint(
        "CancelOrder",
        "POST",
        f"{_PRIVATE}CancelOrder",
        parameters.CancelOrder,
        account.read_canceled,
        private=True,
        effect=True,
        doc="Cancel an order, or all with a userref.",
    )
    cancel_order_batch = Endpoint(
        "CancelOrderBatch",
        "POST",
        f"{_PRIVATE}CancelOrderBatch",
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
        f"{_PRIVATE}CancelAll",
        NoParameters,
        account.read_canceled,
        private=True,
        effect=True,
        doc="Cancel all open orders.",
    )
    cancel_all_orders_after = Endpoint(
        "CancelAllOrdersAfter",
        "POST",
        f"{_PRIVATE}CancelAllOrdersAfter",
        parameters.CancelAllOrdersAfter,
        account.read_switch,
        private=True,
        effect=True,
        doc="Have all orders canceled in so many seconds, unless it is called again before.",
    )


_DIALECT = RestDialect(wire.write, wire.read, server_time=_TIME)


def client(
    credentials: Credentials | None = None,
    *,
    url: str = REST_URL,
    tier: Tier | str = Tier.STARTER,
    limiter: Limiter | None = None,
    delays: Callable[[], Iterator[float]] = retry_delays,
    connect_timeout: float = 5.0,
    read_timeout: float = 10.0,
    patience: float = 30.0,
    before: Sequence[Before] = (),
    after: Sequence[After] = (),
    max_answer: int = 16 * 2**20,
    hosts: int = 1,
    connections: int = 8,
    proxy: str | None = None,
    ca_file: str | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> KrakenRest:
    """Prepare a client of Kraken's REST endpoints; see `rxex.rest.RestClient` for calls, errors and threads.

    Args:
        credentials: The API key; a passphrase is sent as its one-time password. None: public endpoints only.
        url: Where the endpoints are.
        tier: How far the account is verified, for the limits that we keep to.
        limiter: Counts calls instead of one made for ``tier``, as `RestLimits` that several clients share.
        delays: As all that follow, see `rxex.rest.RestClient`.
        connect_timeout: Seconds.
        read_timeout: Seconds.
        patience: Seconds.
        before: Interceptors of requests.
        after: Interceptors of answers.
        max_answer: Bytes.
        hosts: Hosts to keep connections for.
        connections: Connections to keep.
        proxy: ``http://user:password@host:port``.
        ca_file: A PEM file.
        scheduler: Runs calls and pauses.

    Raises `InvalidArgument` for a value that cannot be right.

    >>> with client() as rest:
    ...     call = rest.ticker(pair="BTC/USD")
    >>> rest
    <KrakenRest of https://api.kraken.com>
    """
    if credentials is not None:
        wire.check_credentials(credentials)
    return KrakenRest(
        url,
        _DIALECT,
        credentials=credentials,
        limiter=limiter or RestLimits(tier, scheduler=scheduler),
        delays=delays,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        patience=patience,
        before=before,
        after=after,
        max_answer=max_answer,
        hosts=hosts,
        connections=connections,
        proxy=proxy,
        ca_file=ca_file,
        scheduler=scheduler,
    )


def get_websockets_token(rest: KrakenRest | Credentials) -> Callable[[], Observable[str]]:
    """Make a token source for `rxex.operators.add_token`, of a client or of the credentials for one.

    One token is minted at a time, as any call with the same credentials goes out alone.

    >>> from rxex.operators import add_token
    >>> operator = add_token(get_websockets_token(Credentials("key", "c2VjcmV0")))
    """
    source = client(rest) if isinstance(rest, Credentials) else rest

    def ask() -> Observable[str]:
        return source.websockets_token().pipe(ops.map(_reveal))

    return ask


def _reveal(response: Response[models.WebSocketsToken]) -> str:
    return response.data.token.reveal()
