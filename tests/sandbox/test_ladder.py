"""What the rest of a market quotes around its best prices."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from rxex.sandbox.ladder import Ladder
from rxex.sandbox.market import Instrument, Pair

INSTRUMENT = Instrument("BTC/USD", "63000.0", 1)
START = 1_767_225_600_000_000_000


def test_the_best_quotes_are_the_markets_and_the_others_lie_behind() -> None:
    pair = Pair(INSTRUMENT, seed=1, start=START)
    bids, asks = Ladder(INSTRUMENT, seed=1, levels=25).quotes(pair)
    assert (bids[pair.bid], asks[pair.ask]) == (pair.bid_size, pair.ask_size)
    assert (max(bids), min(asks)) == (pair.bid, pair.ask)
    assert len(bids) == len(asks) == 25
    assert all(size > 0 and size.as_tuple().exponent == -8 for size in (*bids.values(), *asks.values()))
    assert {price.as_tuple().exponent for price in (*bids, *asks)} == {-1}


def test_a_level_behind_the_best_is_the_same_whenever_it_is_seen() -> None:
    pair = Pair(INSTRUMENT, seed=1, start=START)
    seen: dict[Decimal, Decimal] = {}
    for _ in range(200):
        pair.step()
        ladder = Ladder(INSTRUMENT, seed=1)
        for side, best in zip(ladder.quotes(pair), (pair.bid, pair.ask), strict=True):
            for price, size in side.items():
                if price != best:
                    assert seen.setdefault(price, size) == size
    assert len(seen) > 20


def test_no_price_is_below_the_first_tick() -> None:
    cheap = Instrument("SC/EUR", "0.000012", 6)
    pair = Pair(cheap, seed=1, start=START)
    bids, _ = Ladder(cheap, seed=1, levels=100).quotes(pair)
    assert min(bids) > 0
    assert len(bids) < 100


def test_with_a_spacing_the_far_levels_lie_at_the_same_prices_apart() -> None:
    sparse = Instrument("BTC/USD", "63000.0", 1, spacing=8)
    pair = Pair(sparse, seed=1, start=START)
    for _ in range(20):
        pair.step()
        for side, best in zip(Ladder(sparse, seed=1, levels=20).quotes(pair), (pair.bid, pair.ask), strict=True):
            ticks = [int(price * 10) for price in side]
            assert len(set(ticks)) == 20
            assert [abs(tick - int(best * 10)) for tick in ticks[:4]] == [0, 1, 2, 3]
            assert all(tick % 8 == 0 for tick in ticks[4:])
            assert {abs(one - other) for one, other in pairwise(ticks[4:])} == {8}
            assert 1 <= abs(ticks[4] - ticks[3]) <= 8
