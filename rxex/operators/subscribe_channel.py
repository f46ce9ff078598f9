"""Ask for a channel on every socket and give what comes, parsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar, overload

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable

from rxex.channel import Channel
from rxex.clock import wall_ns
from rxex.events import MessageStream, Notice, Socket
from rxex.feed import Feed
from rxex.feed_set import FeedSet
from rxex.typing import Json, Operator

T = TypeVar("T")


@overload
def subscribe_channel(
    channel: Channel[T] | Sequence[Channel[T]], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, T]: ...
@overload
def subscribe_channel(
    channel: Channel[T] | Sequence[Channel[T]], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, T | Notice]: ...
@overload
def subscribe_channel(
    channel: Channel[T] | Sequence[Channel[T]], messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, T] | Operator[Socket | None, T | Notice]: ...
def subscribe_channel(
    channel: Channel[T] | Sequence[Channel[T]], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Ask for one or several channels on each socket, and emit their items, parsed.

    On the messages of a connection the channels are shared: however many subscribe, one request goes out per socket
    and one unsubscribe after the last has left; each message is parsed once. On any other stream of messages every
    subscription asks for itself.

    Args:
        channel: what to ask for, or several of it.
        messages: where the channel's messages and the exchange's answers come from.
        notices: whether `Gap`, `Overflow` and `Stale` stand among the items, at the place where they happened. They
            are told as status events of the connection in any case.

    The sockets may be those of `filter_new_socket_only`, `ready_socket`, `add_token` … or of `connected_socket`, whose
    None is passed over. Emits items in wire order on the socket's thread, through any number of reconnects; completes
    with the sockets.
    ``on_error`` is for this stream alone: `SubscriptionRefused` with the exchange's text, `SubscriptionTimeout` where
    no acknowledgement came within the channel's ``ack_timeout``, or the fatal end of the sockets.
    """
    channels = (channel,) if isinstance(channel, Channel) else tuple(channel)

    def _subscribe_channel(sockets: Observable[Socket | None]) -> Observable[Any]:
        if isinstance(messages, MessageStream):
            return messages.feeds(channels, sockets, notices=notices)

        def subscribe(observer: ObserverBase[Any], scheduler: SchedulerBase | None = None) -> DisposableBase:
            wanted: dict[Any, Feed[Any]] = {}
            feeds = FeedSet(
                lambda _event: None,
                attach=lambda feed: wanted.update({feed.channel.key: feed}),
                detach=lambda feed: wanted.pop(feed.channel.key, None),
                is_for=lambda _feed, _socket: True,
            )

            def on_message(message: Json) -> None:
                key = channels[0].route(message)
                if key is None:
                    feeds.on_answer(message, wall_ns())
                elif key in wanted:
                    wanted[key].on_message(message, wall_ns())

            listening = messages.subscribe(on_message, observer.on_error, scheduler=scheduler)
            return CompositeDisposable(listening, feeds.join(channels, sockets, observer, notices=notices))

        return Observable(subscribe)

    return _subscribe_channel
