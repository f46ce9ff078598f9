"""A few calls over REST: what is public, what is ours, and an order that is only checked.

    python examples/rest.py

Each call is a cold Observable of one answer, sent when it is subscribed to: ``run()`` waits for it, ``subscribe`` does
not. Reads are tried again where that may help; what could give an order twice is not.
"""

from __future__ import annotations

from rxex.errors import RxexError
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox

with (
    kraken_sandbox(balances={"USD": 1000, "BTC": "0.5"}) as exchange,
    kraken.rest.client(exchange.credentials(), url=exchange.rest_url) as rest,
):
    status = rest.system_status().run()
    print(f"the exchange is {status.data.status}")

    depth = rest.depth(pair="BTC/USD", count=1).run().data
    print(f"{depth.symbol}: {depth.bids[0].price} to {depth.asks[0].price}")

    candle = rest.ohlc(pair="ETH/USD", interval=60).run().data.rows[-1]
    print(f"{candle.symbol}: between {candle.low} and {candle.high} in the hour of now")

    answer = rest.balance().run()
    for asset, amount in answer.data.items():
        print(f"{asset}: {amount}")
    if answer.rate_limit is not None:
        print(f"calls left for now: {answer.rate_limit.remaining:.0f} of {answer.rate_limit.limit}")

    for volume in ("0.01", "1000"):  # checked only, not placed
        order = rest.add_order(
            pair="BTC/USD", type="buy", ordertype="limit", price="1000.0", volume=volume, validate=True
        )
        try:
            print(order.run().data.description)
        except RxexError as error:
            print(error)
