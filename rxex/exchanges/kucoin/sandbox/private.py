"""Private topics of the simulated KuCoin: who subscribed to them, and how frames reach them through the faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from rxex.codec import encode
from rxex.exchanges.kucoin.sandbox.protocol import Subscription, Topic
from rxex.sandbox.event_outbox import EventOutbox

__all__ = ["PrivateTopic", "user_id"]


def user_id(user: str) -> str:
    """The venue's number of a user."""
    return sha256(user.encode()).hexdigest()[:24]


class PrivateTopic(Topic):
    """One kind of private topic; ``has_argument`` as for `Topic`."""

    is_private = True

    def __init__(self, outbox: EventOutbox, subject: str, *, has_argument: bool | None = False) -> None:
        """Make one that nobody has subscribed to.

        Args:
            outbox: What its frames go through.
            subject: What its frames are about, unless `tell` is given another word.
            has_argument: Whether something follows the colon; None: with or without.
        """
        super().__init__()
        self.has_argument = has_argument
        self._outbox = outbox
        self._subject = subject

    def tell(
        self,
        user: str,
        data: Mapping[str, Any],
        *,
        symbol: str = "",
        is_fill: bool = False,
        subject: str | None = None,
        more: Mapping[str, Any] | None = None,
        topic: str | None = None,
    ) -> None:
        """Put a frame into the outbox for each of a user's subscriptions.

        Args:
            user: Whose subscriptions.
            data: The frame's ``data``.
            symbol: What it is about; those with another argument do not want it.
            is_fill: Whether it tells of a fill.
            subject: The frame's ``subject``; None: the usual one.
            more: Further members of the frame.
            topic: The frame's ``topic``; None: the one that was subscribed to.
        """
        for argument in dict.fromkeys(("", symbol)):
            for each in self.subscriptions.get(argument, ()):
                if each.account != user:
                    continue
                frame = {
                    "topic": topic or each.topic,
                    "type": "message",
                    "subject": subject or self._subject,
                    **(more or {}),
                    "userId": user_id(user),
                    "channelType": "private",
                    "data": data,
                }
                self._outbox.put(
                    each.session,
                    each.prefix,
                    partial(encode, frame),
                    symbol=each.argument,
                    is_wanted=partial(self._has, each),
                    is_fill=is_fill,
                )

    def sessions(self, user: str) -> Iterable[int]:
        """The sessions on which a user has subscribed to it."""
        return {each.session.number for those in self.subscriptions.values() for each in those if each.account == user}

    def users(self) -> set[str]:
        """Those who have subscribed to it."""
        return {each.account for those in self.subscriptions.values() for each in those}

    def _has(self, subscription: Subscription) -> bool:
        return subscription in self.subscriptions.get(subscription.argument, ())
