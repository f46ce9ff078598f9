"""KuCoin's REST endpoints: one table, turned into typed methods.

Names of parameters are KuCoin's own in snake case, and so is their meaning, but that times are given as nanoseconds
since the epoch or as datetimes: https://www.kucoin.com/docs-new
"""

from __future__ import annotations

from typing import Literal, TypeAlias, Unpack

from reactivex import Observable

from rxex.auth import Credentials
from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.rest import wire
from rxex.exchanges.kucoin.rest.limits import RestLimits
from rxex.exchanges.kucoin.rest.models import Bullet, InstanceServer
from rxex.exchanges.kucoin.rest.table.account import Accounts
from rxex.exchanges.kucoin.rest.table.futures_market import FuturesMarket
from rxex.exchanges.kucoin.rest.table.futures_orders import FuturesOrders
from rxex.exchanges.kucoin.rest.table.margin import MarginOrders
from rxex.exchanges.kucoin.rest.table.market import SpotMarket
from rxex.exchanges.kucoin.rest.table.orders import SpotOrders
from rxex.exchanges.kucoin.rest.table.stops import StopOrders
from rxex.exchanges.kucoin.rest.wire import Broker
from rxex.rest import Limiter, Response, RestDialect, RestOptions

__all__ = [
    "BROKER_URL",
    "Broker",
    "Bullet",
    "FUTURES_URL",
    "InstanceServer",
    "KucoinRest",
    "Market",
    "REST_URL",
    "RestLimits",
    "client",
]

REST_URL = "https://api.kucoin.com"
FUTURES_URL = "https://api-futures.kucoin.com"
BROKER_URL = "https://api-broker.kucoin.com"
Market: TypeAlias = Literal["spot", "margin", "futures"]
_MARKETS = ("spot", "margin", "futures")


class KucoinRest(SpotMarket, SpotOrders, StopOrders, MarginOrders, FuturesMarket, FuturesOrders, Accounts):
    """KuCoin's endpoints as methods; each makes a cold Observable of one `Response`. Made by `client`.

    Those of the spot market have plain names, those on margin begin with ``margin_``, those of futures with
    ``futures_``. Calls with one key go out side by side, as KuCoin wants no order among them.
    """

    def public_token(self, *, market: Market = "spot") -> Observable[Response[Bullet]]:
        """Ask for a token for one public WebSocket, and for the servers that take it.

        Args:
            market: Spot and margin share their servers; the token of one is refused by the others.

        Raises `InvalidArgument` for another market.
        """
        return self.futures_public_token() if _is_futures(market) else self.spot_public_token()

    def private_token(self, *, market: Market = "spot") -> Observable[Response[Bullet]]:
        """Ask for a token for one private WebSocket, and for the servers that take it.

        Args:
            market: See `public_token`.

        Raises `InvalidArgument` for another market, and where there are no credentials.
        """
        return self.futures_private_token() if _is_futures(market) else self.spot_private_token()


def _is_futures(market: str) -> bool:
    if market not in _MARKETS:
        raise InvalidArgument("market", market, f"choose of {', '.join(_MARKETS)}")
    return market == "futures"


def client(
    credentials: Credentials | None = None,
    *,
    url: str | None = None,
    futures_url: str | None = None,
    broker_url: str | None = None,
    key_version: Literal[2, 3] = 3,
    broker: Broker | None = None,
    vip: int = 0,
    limiter: Limiter | None = None,
    **options: Unpack[RestOptions],
) -> KucoinRest:
    """Prepare a client of KuCoin's REST endpoints; see `rxex.rest.RestClient` for calls, errors and threads.

    Where one url is given, hosts whose url is not given are not called at all: what is meant for a simulated exchange
    never reaches the real one.

    Args:
        credentials: The API key with its passphrase; None: public endpoints only.
        url: Where the endpoints of spot, margin and accounts are; None: `REST_URL`, unless another url is given.
        futures_url: Where those of futures are; None: `FUTURES_URL`, likewise.
        broker_url: Where those of brokers are; None: `BROKER_URL`, likewise.
        key_version: The version of the key, 2 or 3, as KuCoin's page of it says.
        broker: Who the calls are made for, where a broker or a partner makes them.
        vip: The VIP level of the account, 0 to 12, for the quotas that we keep to.
        limiter: Counts calls instead of one made for ``vip``, as `RestLimits` that several clients share.
        options: See `rxex.rest.RestOptions`; among the interceptors one may add the header ``X-SITE-TYPE`` that the
            accounts of some countries need.

    Raises `InvalidArgument` for a value that cannot be right.

    >>> with client() as rest:
    ...     call = rest.ticker(symbol="BTC-USDT")
    >>> rest
    <KucoinRest of https://api.kucoin.com>
    """
    if credentials is not None:
        wire.check_credentials(credentials)
    given = {"spot": url, "futures": futures_url, "broker": broker_url}
    urls = {base: each for base, each in given.items() if each is not None}
    if not urls:
        urls = {"spot": REST_URL, "futures": FUTURES_URL, "broker": BROKER_URL}
    times = (KucoinRest.server_time, KucoinRest.futures_server_time)
    dialect = RestDialect(
        wire.writer(key_version, broker),
        wire.read,
        server_time=tuple(each for each in times if each.base in urls),
        rate_limit=wire.rate_limit,
        in_turn=False,
        native=True,
    )
    return KucoinRest(
        next(iter(urls.values())),
        dialect,
        urls=urls,
        credentials=credentials,
        limiter=limiter or RestLimits(vip, scheduler=options.get("scheduler")),
        **options,
    )
