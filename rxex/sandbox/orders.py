"""Orders as a simulated exchange keeps them, whatever it calls things on the wire."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from attrs import define, evolve, field, frozen

from rxex.models import Side

__all__ = [
    "Amendment",
    "EventKind",
    "Fill",
    "NewOrder",
    "Order",
    "OrderEvent",
    "OrderState",
    "OrderType",
    "Reason",
    "Refused",
    "RefusedFor",
    "SelfTrade",
    "Terms",
    "TimeInForce",
    "Trigger",
]

ZERO, ONE = Decimal(0), Decimal(1)


class OrderType(StrEnum):
    """How an order trades; the triggered types become limit or market orders once their price was traded at."""

    LIMIT = "limit"
    MARKET = "market"
    ICEBERG = "iceberg"
    STOP_LOSS = "stop-loss"
    STOP_LOSS_LIMIT = "stop-loss-limit"
    TAKE_PROFIT = "take-profit"
    TAKE_PROFIT_LIMIT = "take-profit-limit"
    TRAILING_STOP = "trailing-stop"
    TRAILING_STOP_LIMIT = "trailing-stop-limit"

    @property
    def has_limit(self) -> bool:
        """Whether such an order trades at its limit price or better only."""
        return self in {OrderType.LIMIT, OrderType.ICEBERG} or self.value.endswith("-limit")

    @property
    def is_triggered(self) -> bool:
        """Whether such an order waits for a price."""
        return self not in {OrderType.LIMIT, OrderType.MARKET, OrderType.ICEBERG}

    @property
    def is_trailing(self) -> bool:
        """Whether the price that such an order waits for follows the market."""
        return self in {OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT}


class TimeInForce(StrEnum):
    """How long an order lives: until canceled, until a date, for a moment, or at once and whole or not at all."""

    GTC = "gtc"
    GTD = "gtd"
    IOC = "ioc"
    FOK = "fok"


class SelfTrade(StrEnum):
    """Which order goes where an account would trade with itself."""

    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"
    CANCEL_BOTH = "cancel_both"
    DECREASE = "decrease"
    """Both lose the smaller one's size, so that the smaller one goes."""
    ALLOW = "allow"
    """Neither goes: they trade."""


class OrderState(StrEnum):
    """Where an order stands; ``pending`` has not begun yet."""

    PENDING = "pending"
    OPEN = "open"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"


class EventKind(StrEnum):
    """What happened to an order."""

    ACCEPTED = "accepted"
    OPENED = "opened"
    TRIGGERED = "triggered"
    FILL = "fill"
    REFILLED = "refilled"
    FILLED = "filled"
    AMENDED = "amended"
    CANCELED = "canceled"
    EXPIRED = "expired"


class RefusedFor(StrEnum):
    """Why a request is refused; each exchange has its own words for it."""

    SYMBOL = "unknown symbol"
    SIZE = "size below the minimum"
    COST = "cost below the minimum"
    LOT = "size with too many digits"
    TICK = "price with too many digits"
    PRICE = "price that cannot be"
    ARGUMENTS = "arguments that do not fit together"
    FUNDS = "insufficient funds"
    CLIENT_ID = "client id of an open order"
    ORDER = "unknown order"
    POST_ONLY = "post-only order would take"
    TOO_MANY = "too many open orders"


class Reason(StrEnum):
    """Why an order ended before it was filled, or was changed."""

    USER = "User requested"
    REPLACED = "Order replaced"
    POST_ONLY = "Post only order"
    IMMEDIATE = "Immediate or cancel"
    FILL_OR_KILL = "Fill or kill"
    LIQUIDITY = "Insufficient liquidity"
    FUNDS = "Insufficient funds"
    SELF_TRADE = "Self trade prevention"
    TIME = "Order expired"
    SWITCH = "Cancel all orders after"


class Refused(Exception):
    """A request that is not carried out: nothing has changed."""

    def __init__(self, why: RefusedFor, detail: str = "") -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail


@frozen(kw_only=True)
class Terms:
    """What the orders of one instrument must keep to, and what they cost.

    Args:
        symbol: Its name.
        base: What is bought and sold.
        quote: What is paid with.
        price_digits: Digits after the point of a price.
        size_digits: Digits after the point of a size.
        cost_digits: Digits after the point of a cost or a fee in the quote.
        minimum: The smallest size of an order.
        minimum_cost: The smallest size times price.
        most_slices: How many slices an iceberg may have at most.
        maker: The fee of a resting order, as a fraction of the cost.
        taker: The fee of an incoming order.
        multiplier: What a size times a price is multiplied by to give a cost. Below 0 the price divides instead, as of
            contracts that are settled in what they are about; costs are below 0 then.
    """

    symbol: str
    base: str
    quote: str
    price_digits: int
    size_digits: int = 8
    cost_digits: int = 5
    minimum: Decimal = ZERO
    minimum_cost: Decimal = ZERO
    most_slices: int = 15
    maker: Decimal = ZERO
    taker: Decimal = ZERO
    multiplier: Decimal = ONE

    def value(self, size: Decimal, price: Decimal) -> Decimal:
        """What ``size`` costs at ``price``, not rounded.

        >>> coin = Terms(symbol="XBTUSDM", base="XBTUSDM", quote="XBT", price_digits=1, multiplier=Decimal(-1))
        >>> coin.value(Decimal(100), Decimal(50_000))
        Decimal('-0.002')
        """
        if self.multiplier < 0:
            return self.multiplier * size / price
        return size * price if self.multiplier == 1 else size * price * self.multiplier


@frozen(kw_only=True)
class Trigger:
    """The price that an order waits for: fixed, or ``distance`` (absolute, or in percent) behind the market."""

    price: Decimal | None = None
    distance: Decimal | None = None
    percent: bool = False
    reference: str = "last"


@frozen(kw_only=True)
class NewOrder:
    """What a client asks for.

    Args:
        symbol: The instrument.
        side: Buy or sell.
        type: How it trades.
        size: In the base; None for a market order of ``cash``.
        cash: What a market buy may spend, in the quote.
        price: The limit.
        limit_distance: The limit of a trailing order, from the price that triggers it.
        trigger: What a triggered order waits for.
        time_in_force: How long it lives.
        begin: When it begins (nanoseconds since the epoch); None: at once.
        expire: When it ends; for `TimeInForce.GTD`.
        post_only: Whether it is canceled rather than take.
        display: The size that an iceberg shows.
        client_id: The client's own name of it.
        reference: The client's own number of it, shared by any number of orders.
        self_trade: Which order goes where it would meet one of the same account.
        fee_in_base: Whether the fee is paid in the base; None: sellers do, buyers do not.
        close: What is ordered for each fill, on the other side and of the fill's size.
    """

    symbol: str
    side: Side
    type: OrderType = OrderType.LIMIT
    size: Decimal | None = None
    cash: Decimal | None = None
    price: Decimal | None = None
    limit_distance: Decimal | None = None
    trigger: Trigger | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    begin: int | None = None
    expire: int | None = None
    post_only: bool = False
    display: Decimal | None = None
    client_id: str | None = None
    reference: int | None = None
    self_trade: SelfTrade = SelfTrade.CANCEL_NEWEST
    fee_in_base: bool = False
    close: NewOrder | None = None

    def close_of(self, size: Decimal) -> NewOrder:
        """What is ordered for a fill of ``size``."""
        if self.close is None:
            raise TypeError("an order without a close")
        return evolve(self.close, size=size)


@frozen(kw_only=True)
class Amendment:
    """What of an open order is to change; None leaves it as it is."""

    size: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    display: Decimal | None = None
    post_only: bool = False


@frozen(kw_only=True)
class Fill:
    """One order's part in a trade; ``trade_id`` is the market's number of it, ``id`` the order's own.

    ``base_left`` and ``quote_left`` are what the account had of each afterwards; ``counter`` is the id of the order
    that it traded with.
    """

    id: str
    trade_id: int
    order: Order = field(repr=False)
    time: int
    size: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    base_left: Decimal
    quote_left: Decimal
    counter: str = ""


@define(eq=False)
class Order:
    """An order that was accepted; ``number`` counts them, ``request`` is what was asked for at first.

    ``changed`` is when anything last happened to it, ``dated`` when its client last placed or amended it. ``queued`` is
    when it took its place in the book (nanoseconds; no two the same in one book).
    """

    id: str
    number: int
    account: str
    request: NewOrder
    opened: int
    size: Decimal
    price: Decimal | None
    display: Decimal | None
    trigger_price: Decimal | None
    post_only: bool
    changed: int
    dated: int
    state: OrderState = OrderState.PENDING
    triggered: bool = False
    amended: bool = False
    is_resting: bool = False
    queued: int = 0
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    fee: Decimal = ZERO
    shown: Decimal = ZERO
    reason: str | None = None
    closed: int | None = None
    replaced: str | None = None
    fills: list[Fill] = field(factory=list, repr=False)

    @property
    def remaining(self) -> Decimal:
        """What is not filled yet."""
        return self.size - self.filled

    @property
    def is_open(self) -> bool:
        """Whether it may still trade."""
        return self.state in {OrderState.PENDING, OrderState.OPEN}

    @property
    def waits_for_trigger(self) -> bool:
        """Whether the price that it waits for has not come yet."""
        return self.request.type.is_triggered and not self.triggered

    @property
    def visible(self) -> Decimal:
        """What others see of it in the book."""
        return self.remaining if self.display is None else min(self.shown, self.remaining)


@frozen
class OrderEvent:
    """Something happened to ``order`` at ``time``; ``order`` is as it is now, and changes later."""

    kind: EventKind
    order: Order
    time: int
    reason: str = ""
    fill: Fill | None = None
