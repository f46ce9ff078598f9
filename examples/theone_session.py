"""A session with a broker: what we have, what a swap would give, the swap, how its order stands.

    python examples/theone_session.py

The link is cut while the swap is under way: it is unknown until the new link has told what became of it, and it is
never asked for twice. For the real exchange, leave out the sandbox and the address, and set ``BROKER_API_KEY`` and
``BROKER_SECRET_KEY`` instead of giving credentials.
"""

from __future__ import annotations

from reactivex import Observable
from reactivex import operators as ops

import rxex
from rxex.exchanges import theone
from rxex.exchanges.theone.sandbox import theone_sandbox
from rxex.operators import connected_socket, is_connected, keep_messages_only

with theone_sandbox(balances={"ETH": 2, "USDT": 100}) as exchange:
    connection = theone.connection(exchange.credentials(), exchange.ws_url)
    messages = connection.pipe(keep_messages_only())
    sockets = connection.pipe(connected_socket())
    get_balances = theone.get_balances_factory(sockets, messages)
    estimate_swap = theone.estimate_swap_factory(sockets, messages)
    do_swap = theone.do_swap_factory(sockets, messages)
    get_order_status = theone.get_order_status_factory(sockets, messages)

    link = connection.connect()
    states: Observable[bool] = connection.pipe(is_connected())
    states.pipe(ops.first(bool)).run()  # until it is connected and authenticated

    for balance in get_balances().run():
        print(f"{balance.asset}: {balance.total}")
    estimate = estimate_swap("1.5", "ETH", "USDT").run()
    print(f"1.5 ETH would give {estimate.expected_out} USDT")

    order_id = ""
    for swap in rxex.blocking(do_swap("1.5", "ETH", "USDT", slippage_bps=50)):
        print(f"the swap is {swap.stage}")
        if swap.stage is theone.SwapStage.PENDING and exchange.connections == 1:
            exchange.cut()
        order_id = swap.order_id or order_id

    status = get_order_status(order_id).run()
    print(f"the order is {status.status}: {status.filled_out} USDT")
    link.dispose()
