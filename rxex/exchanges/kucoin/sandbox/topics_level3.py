"""Topics of the books order by order, which the venue has retired: the second and the first of their kind.

Source: KuCoin's older pages "Full MatchEngine Data (Level 3)".
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from rxex.exchanges.kucoin.sandbox.protocol import Topic
from rxex.exchanges.kucoin.sandbox.tapes import OrderStep, Tapes
from rxex.exchanges.kucoin.sandbox.topics import BookTopic, News
from rxex.exchanges.kucoin.sandbox.writing import frame, text

__all__ = ["level3_topics"]


class _Orders(BookTopic):
    """Every step of every order."""

    levels = 60

    def concerns(self, news: News) -> bool:
        return bool(news.turn.orders)

    def frames(self, news: News) -> Iterable[str]:
        time = self.simulation.timestamp
        return [self.write(news.topic, news.tape.symbol, step, time) for step in news.turn.orders]

    @abstractmethod
    def write(self, topic: str, symbol: str, step: OrderStep, time: int) -> str:
        """Write one step."""


class _OrdersV2(_Orders):
    """What each step needs, and no more."""

    def write(self, topic: str, symbol: str, step: OrderStep, time: int) -> str:
        data: dict[str, Any] = {"symbol": symbol, "sequence": step.number}
        if step.match is not None:
            data |= {
                "side": str(step.match.side),
                "price": text(step.match.price),
                "size": text(step.match.size),
                "remainSize": text(step.size),
                "takerOrderId": step.match.taker_id,
                "makerOrderId": step.match.maker_id,
                "tradeId": str(step.match.number),
            }
            return frame(topic, "match", {**data, "ts": step.match.time})
        data["orderId"] = step.order_id
        if step.kind == "received" and step.client_id is not None:
            data["clientOid"] = step.client_id
        elif step.kind == "open":
            price = "" if step.price is None else text(step.price)
            data |= {"side": str(step.side), "price": price, "size": text(step.size), "orderTime": time}
        elif step.kind == "update":
            data["size"] = text(step.size)
        elif step.kind == "done":
            data["reason"] = "filled" if step.is_filled else "canceled"
        return frame(topic, step.kind, {**data, "ts": time})


class _OrdersV1(_Orders):
    """All texts; the kind is told in the data, too."""

    def write(self, topic: str, symbol: str, step: OrderStep, time: int) -> str:
        kind = "change" if step.kind == "update" else step.kind
        data: dict[str, Any] = {"sequence": str(step.number), "symbol": symbol}
        price = None if step.price is None else text(step.price)
        if step.match is not None:
            data |= {
                "side": str(step.match.side),
                "size": text(step.match.size),
                "price": text(step.match.price),
                "takerOrderId": step.match.taker_id,
                "makerOrderId": step.match.maker_id,
                "tradeId": str(step.match.number),
            }
            time = step.match.time
        else:
            data |= {"side": str(step.side), "orderId": step.order_id}
        if kind == "received":
            data |= {"orderType": "market" if price is None else "limit"}
            data |= {} if price is None else {"price": price}
            data |= {} if step.client_id is None else {"clientOid": step.client_id}
        elif kind == "open":
            data |= {"size": text(step.size), "price": price or ""}
        elif kind == "change":
            data |= {"price": price, "oldSize": text(step.before), "newSize": text(step.size)}
        elif kind == "done":
            data |= {"reason": "filled" if step.is_filled else "canceled"}
            data |= {} if step.is_filled else {"size": text(step.size)}
        return frame(topic, f"trade.l3{kind}", {**data, "time": str(time), "type": kind})


def level3_topics(tapes: Tapes) -> Mapping[str, Topic]:
    """Give the topics of orders of spot, by what stands before the colon."""
    return {"/spotMarket/level3": _OrdersV2(tapes), "/market/level3": _OrdersV1(tapes)}
