"""A call to KuCoin over REST, with the options that its SDK has.

    python examples/kucoin_rest.py

It talks to a simulated exchange on this machine; for the real one leave out the sandbox and the url. Keys come from the
environment there: ``Credentials.from_environment("KUCOIN")``.
"""

from __future__ import annotations

from rxex.exchanges import kucoin
from rxex.exchanges.kucoin.sandbox import kucoin_sandbox

with (
    kucoin_sandbox(balances={"USDT": 1000}) as exchange,
    kucoin.rest.client(
        exchange.credentials(),
        url=exchange.rest_url,
        keep_alive=True,
        hosts=10,
        connections=10,
        connect_timeout=10,
        read_timeout=30,
    ) as rest,
):
    answer = rest.depth(symbol="BTC-USDT", size=20).run()
    book = answer.data
    print(f"number {book.sequence}: {book.bids[0].price} to {book.asks[0].price}")
    if answer.rate_limit is not None:
        print(f"{answer.rate_limit.remaining:.0f} of {answer.rate_limit.limit:.0f} left in this window")
    for balance in rest.balances().run().data:
        print(f"{balance.asset} ({balance.wallet}): {balance.total}")
