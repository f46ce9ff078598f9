"""The simulated Bitfinex takes anything that can be sent to it, and goes on."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from rxex.sandbox import HttpCall
from tests.exchanges.bitfinex.virtual_clients import AccountClient, Caller, Client, World

VALUES: list[Any] = [
    *(None, True, 0, -1, 5, 2**70, 10**12, 35_184_372_088_831, 512, 1024, 4096, 16_384, 64, 1.5, 1e300),
    *("", "x", "1", "-1", "1e30", "-1e39", "1e-39", "0.000000000001", "tBTCUSD", "fUSD", "USD", "exchange", "margin"),
    *("EXCHANGE LIMIT", "LIMIT", "MARKET", "EXCHANGE STOP LIMIT", "TRAILING STOP", "2026-01-01", "2027-01-01 00:00:00"),
    *("P0", "R0", "F1", "25", "trade:1m:tBTCUSD", "deriv:tBTCF0:USTF0", "liq:global"),
    *([], {}, [[]], ["tBTCUSD"], {"a": 1}, [1, 2]),
]
ORDER = ["type", "symbol", "amount", "price", "price_trailing", "price_aux_limit", "price_oco_stop", "cid", "cid_oco"]
ORDER += ["gid", "flags", "tif", "meta", "lev", "id", "delta", "cid_date", "all", "rate", "period"]
EVENT = ["channel", "symbol", "key", "prec", "freq", "len", "subId", "chanId", "flags", "cid", "event", "filter", "dms"]
EVENT += ["apiKey", "authSig", "authPayload", "authNonce", "token"]
CODES = ["on", "ou", "oc", "oc_multi", "ox_multi", "fon", "foc", "foc_all", "calc", "n"]
PATHS = ["auth/w/order/submit", "auth/w/order/update", "auth/w/order/cancel", "auth/w/order/multi", "auth/w/token"]
PATHS += ["auth/r/orders", "auth/r/orders/hist", "auth/r/trades/hist", "auth/r/ledgers/hist", "auth/w/transfer"]
PATHS += ["auth/w/funding/offer/submit", "auth/w/funding/offer/cancel", "auth/w/funding/offer/cancel/all"]
QUERY = ["limit", "start", "end", "sort", "from", "to", "currency", "ops", "scope", "ttl", "category"]
USUAL = {"type": "EXCHANGE LIMIT", "symbol": "tBTCUSD", "amount": "1", "price": "100"}


def changed(random: Random, fields: list[str], usual: dict[str, Any]) -> dict[str, Any]:
    return {**usual, **{name: random.choice(VALUES) for name in random.sample(fields, random.randint(0, 3))}}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_sent_the_exchange_goes_on(seed: int) -> None:
    random, world = Random(seed), World()
    clients, rest = [AccountClient(world), Client(world)], Caller(world)
    for _ in range(150):
        client = random.choice(clients)
        match random.randrange(4):
            case 0:
                payload: Any = changed(random, ORDER, USUAL if random.random() < 0.7 else {})
                if random.random() < 0.3:
                    payload = random.choice([random.choice(VALUES), [["on", payload]], [["oc", payload], ["on", 5]]])
                client.send([0, random.choice(CODES), random.choice(VALUES), payload])
            case 1:
                event = random.choice(["subscribe", "subscribe", "unsubscribe", "conf", "ping", "auth"])
                channel = random.choice(["ticker", "trades", "book", "candles", "status"])
                client.send(changed(random, EVENT, {"event": event, "channel": channel, "symbol": "tBTCUSD"}))
            case 2:
                client.send(random.choice([[], [0], [0, "on"], {"event": []}, [0, [], [], []], [[], []], {}]))
            case _:
                body = json.dumps(changed(random, ORDER + QUERY, USUAL)).encode()
                path = random.choice(PATHS)
                headers = rest.headers(path, body)
                reply = world.exchange.ask(HttpCall(0.0, "POST", f"/v2/{path}", {}, headers, body))
                assert reply is not None
                assert reply.status in {200, 500}
    accounts = [AccountClient(world), AccountClient(world, "other")]
    assert [account.login["status"] for account in accounts] == ["OK", "OK"]
    accounts[0].input("oc_multi", {"all": 1})
    assert not world.exchange.open_orders()
