"""What can be sent to Bitfinex beside orders: offers of funding, calculations, notifications of our own.

Sources: Bitfinex's pages "New Offer", "Cancel Offer", "Calc" and "Notifications" of the WebSocket inputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

from attrs import field, frozen
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable, SingleAssignmentDisposable

from rxex.errors import InvalidArgument, NotSent
from rxex.events import Socket
from rxex.exchanges.bitfinex.digits import check_amount
from rxex.exchanges.bitfinex.notifications import Notification
from rxex.exchanges.bitfinex.orders import fields as bitfinex
from rxex.exchanges.bitfinex.orders.answers import Sockets, ask
from rxex.exchanges.bitfinex.orders.desk import Asked, Desk, desk_of, ids_of
from rxex.exchanges.bitfinex.orders.wire import given
from rxex.fanout import Guard
from rxex.orders import fields
from rxex.orders.calls import no_socket, wait_for_socket
from rxex.typing import Json

__all__ = [
    "AddFundingOffer",
    "FundingOfferAnswer",
    "add_funding_offer_factory",
    "calc_factory",
    "cancel_funding_offer_factory",
    "notify_factory",
]

_OFFER_TYPES = {"limit": "LIMIT", "frr-delta-variable": "FRRDELTAVAR", "frr-delta-fixed": "FRRDELTAFIX"}
_HIDDEN = 64
_CALCULATION = re.compile(
    r"margin_base|balance|margin_sym_t[A-Z0-9:]+|position_t[A-Z0-9:]+|funding_sym_f[A-Z0-9]+"
    r"|wallet_(?:exchange|margin|funding)_[A-Z0-9]+"
)
_MOST_CALCULATIONS = 30
_OWN = re.compile(r"ucm-[A-Za-z0-9_-]{1,60}")


@frozen
class AddFundingOffer:
    """An offer of funding to be placed.

    Args:
        symbol: as in ``fUSD``.
        amount: how much is offered; below 0: how much is asked for.
        rate: a day, as in ``0.0002``; of the other types how far from the flash return rate.
        period: days, 2 to 120.
        offer_type: ``limit``, ``frr-delta-variable`` or ``frr-delta-fixed``.
        hidden: not seen in the book.

    Raises `InvalidArgument` for what Bitfinex would refuse by its form.
    """

    symbol: str = field(validator=bitfinex.a_funding_symbol)
    amount: Decimal = field(converter=bitfinex.to_amount, validator=fields.a_number)
    rate: Decimal = field(converter=bitfinex.to_amount, validator=bitfinex.a_rate)
    period: int = field(validator=fields.whole(2, 120))
    offer_type: str = field(default="limit", validator=fields.one_of(tuple(_OFFER_TYPES)), kw_only=True)
    hidden: bool = field(default=False, validator=fields.a_flag, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.amount:
            raise fields.refuse("amount", self.amount, "say how much; below 0 it is asked for")
        check_amount("amount", self.amount)
        if self.offer_type == "limit" and self.rate <= 0:
            raise fields.refuse("rate", self.rate, "a limit is above 0")


@frozen
class FundingOfferAnswer:
    """Bitfinex takes the offer, or the request to cancel it; what becomes of it, `subscribe_funding_offers` tells."""

    offer_id: str | None
    raw: Any = field(default=None, repr=False, eq=False)


def add_funding_offer_factory(
    sockets: Sockets, messages: Observable[Json], *, timeout: float = 5.0, scheduler: abc.SchedulerBase | None = None
) -> Callable[[AddFundingOffer], Observable[FundingOfferAnswer]]:
    """Make ``add_funding_offer(request)``, which places an offer of funding.

    Cold; sends once, emits one `FundingOfferAnswer` and completes. Answers do not name the request: of several that are
    under way the first answer is taken for that to the first. See `rxex.orders.call` for errors and thread.

    Args:
        sockets: those of ``private_socket()``.
        messages: the connection's, from ``keep_messages_only()``.
        timeout: seconds for the answer.
        scheduler: runs the waits; default: the socket's.
    """

    def add_funding_offer(request: AddFundingOffer) -> Observable[FundingOfferAnswer]:
        payload = given(
            {
                "type": _OFFER_TYPES[request.offer_type],
                "symbol": request.symbol,
                "amount": request.amount,
                "rate": request.rate,
                "period": request.period,
                "flags": _HIDDEN if request.hidden else None,
            }
        )

        def make(_: Desk, __: Socket, ___: Asked) -> Any:
            return payload

        return ask(
            "add_funding_offer",
            "fon",
            sockets,
            messages,
            make=make,
            read=_offer_answer,
            what="funding",
            timeout=timeout,
            scheduler=scheduler,
        )

    return add_funding_offer


def _offer_answer(notification: Notification) -> FundingOfferAnswer:
    return FundingOfferAnswer(ids_of(notification.info)[0], notification.raw)


def cancel_funding_offer_factory(
    sockets: Sockets, messages: Observable[Json], *, timeout: float = 5.0, scheduler: abc.SchedulerBase | None = None
) -> Callable[[str | int], Observable[FundingOfferAnswer]]:
    """Make ``cancel_funding_offer(offer_id)``, which asks for an offer to be canceled.

    Cold; sends once, emits one `FundingOfferAnswer` and completes. Arguments, errors and thread as of
    `add_funding_offer_factory`; raises `InvalidArgument` for what cannot be an id.
    """

    def cancel_funding_offer(offer_id: str | int) -> Observable[FundingOfferAnswer]:
        id_ = str(offer_id)
        if isinstance(offer_id, bool) or not re.fullmatch(r"[1-9][0-9]{0,18}", id_):
            raise InvalidArgument("offer_id", offer_id, "give the id as it was told, as in '41238934'")

        def make(_: Desk, __: Socket, asked: Asked) -> Any:
            asked.order_id = id_
            return {"id": int(id_)}

        def read(notification: Notification) -> FundingOfferAnswer:
            return FundingOfferAnswer(id_, notification.raw)

        return ask(
            "cancel_funding_offer",
            "foc",
            sockets,
            messages,
            make=make,
            read=read,
            what="funding",
            timeout=timeout,
            scheduler=scheduler,
        )

    return cancel_funding_offer


def calc_factory(
    sockets: Sockets, messages: Observable[Json], *, scheduler: abc.SchedulerBase | None = None
) -> Callable[..., Observable[None]]:
    """Make ``calc(*names)``, which has Bitfinex calculate what it tells only when asked.

    Names are ``margin_base``, ``margin_sym_tBTCUSD``, ``position_tBTCUSD``, ``wallet_margin_BTC`` (``exchange``,
    ``funding``), ``funding_sym_fUSD`` and ``balance``; the answers come by `subscribe_margin_info`,
    `subscribe_positions`, `subscribe_balances`, `subscribe_funding_info` and `subscribe_balance_info`.

    Cold; sends once and completes without an item. Bitfinex calculates 8 things a second and 30 at once, and may close
    a link that asks for more: that ends with `NotSent`, as does a call that finds no socket within a second. Raises
    `InvalidArgument` for what cannot be calculated, and for more than 30 names. Arguments and thread as of
    `add_funding_offer_factory`.
    """
    desk = desk_of(messages)

    def calc(*names: str) -> Observable[None]:
        if not 1 <= len(names) <= _MOST_CALCULATIONS:
            raise InvalidArgument("names", len(names), f"give 1 to {_MOST_CALCULATIONS} names")
        for name in names:
            if not _CALCULATION.fullmatch(name):
                raise InvalidArgument("names", name, "write it as in 'margin_base', 'position_tBTCUSD'")

        def make(socket: Socket) -> Json:
            desk.check(socket, "calc", is_answered=False)
            wait = desk.calculations.wait(len(names))
            if wait > 0:
                raise NotSent(f"Bitfinex calculates 8 things a second; wait {wait:.1f} s")
            return [0, "calc", None, [[name] for name in names]]

        return _say(sockets, make, "calc", scheduler)

    return calc


def _say(
    sockets: Sockets, make: Callable[[Socket], Json], label: str, scheduler: abc.SchedulerBase | None
) -> Observable[None]:
    """Send one message that nobody answers, on the first socket, and complete."""

    def subscribe(observer: abc.ObserverBase[None], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        listening, timer = SingleAssignmentDisposable(), SerialDisposable()
        everything = CompositeDisposable(listening, timer)
        guard: Guard[None] = Guard(observer, lambda _: everything.dispose())

        def on_socket(socket: Socket | None) -> None:
            if not guard.is_active:
                return
            try:
                if socket is None:
                    raise no_socket(label)
                socket.send(make(socket), now=True)
            except Exception as error:
                guard.on_error(error)
            else:
                guard.on_completed()

        def give_up() -> None:
            guard.on_error(no_socket(label))

        timer.disposable = wait_for_socket(cast("Observable[Any]", sockets), give_up, scheduler)
        listening.disposable = sockets.subscribe(on_socket, guard.on_error, give_up, scheduler=on)
        return guard

    return Observable(subscribe)


def notify_factory(
    sockets: Sockets, messages: Observable[Json], *, timeout: float = 5.0, scheduler: abc.SchedulerBase | None = None
) -> Callable[..., Observable[Notification]]:
    """Make ``notify(info, kind="ucm-test")``, which tells all programs of the same user something.

    ``info`` is anything that JSON has; ``kind`` begins with ``ucm-``: ``ucm-notify-ui`` and ``ucm-ui-chart`` are for
    Bitfinex's web page. Those who listen get it by `subscribe_notifications`.

    Cold; sends once, emits the `Notification` as it is heard back and completes; arguments, errors and thread as of
    `add_funding_offer_factory`. Raises `InvalidArgument` for another ``kind``.
    """

    def notify(info: Any, kind: str = "ucm-test") -> Observable[Notification]:
        if not _OWN.fullmatch(kind):
            raise InvalidArgument("kind", kind, "it begins with 'ucm-', as in 'ucm-test'")

        def make(_: Desk, __: Socket, ___: Asked) -> Any:
            return {"type": kind, "info": info}

        return ask(
            "notify",
            "n",
            sockets,
            messages,
            make=make,
            read=lambda notification: notification,
            what="",
            kind=kind,
            timeout=timeout,
            scheduler=scheduler,
        )

    return notify
