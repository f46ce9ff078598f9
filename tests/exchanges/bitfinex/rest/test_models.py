"""What Bitfinex's answers mean: one sample of each endpoint, read whole and exactly."""

from __future__ import annotations

import contextlib
import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.errors import MalformedMessage, RxexError
from rxex.exchanges.bitfinex.funding_books import FundingLevel
from rxex.exchanges.bitfinex.rest import BitfinexRest, models, wire
from rxex.models import Balance, Candle, Fee, Fill, Side, Stage
from rxex.rest import Endpoint, RawResponse
from tests.exchanges.bitfinex.rest import samples
from tests.exchanges.bitfinex.rest.calls import CALLS
from tests.exchanges.bitfinex.rest.samples import note, order
from tests.mutations import mutate

ENDPOINTS: dict[str, Endpoint[..., Any]] = {
    name: value for kind in BitfinexRest.__mro__ for name, value in vars(kind).items() if isinstance(value, Endpoint)
}
ARRIVED = 1_800_000_000 * 10**9
D = Decimal


def read(name: str, answer: Any = None, **asked: Any) -> Any:
    """Read the sample of an endpoint, or another answer of it."""
    endpoint, (sample_asked, sample) = ENDPOINTS[name], CALLS[name]
    body = json.dumps(sample if answer is None else answer).encode()
    result = wire.read(endpoint, RawResponse(200, {}, body))
    return endpoint.read(result, endpoint.parameters(**(asked or sample_asked)), ARRIVED)


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_every_endpoint_reads_its_sample(name: str) -> None:
    assert read(name) is not None


def grown(values: Any) -> Any:
    """Let every row be longer than it is today."""
    return [*map(grown, values), {"new": 1}] if isinstance(values, list) and values else values


@pytest.mark.parametrize(
    "name", ["ticker", "funding_ticker", "balances", "open_orders", "trades_history", "open_positions", "user_info"]
)
def test_rows_may_grow_at_their_end(name: str) -> None:
    sample = CALLS[name][1]
    longer = [grown(row) if isinstance(row, list) else row for row in sample]
    if not isinstance(sample[0], list):
        longer = [*longer, {"new": 1}]
    assert str(read(name, longer)) == str(read(name))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(ENDPOINTS)), st.data())
def test_an_answer_with_a_part_missing_or_wrong_is_read_or_refused(name: str, data: st.DataObject) -> None:
    asked, answer = CALLS[name]
    answer = mutate(copy.deepcopy({"data": answer}), data).get("data")
    endpoint = ENDPOINTS[name]
    # What the client turns into an error that says that the answer cannot be read.
    with contextlib.suppress(RxexError, LookupError, TypeError, AttributeError, ArithmeticError, ValueError):
        endpoint.read(answer, endpoint.parameters(**asked), ARRIVED)


def test_the_state_of_the_platform() -> None:
    assert read("system_status") == models.SystemState("operative")
    assert read("system_status", [0]) == models.SystemState("maintenance")


def test_lists_and_maps_are_by_the_names_that_were_asked_for() -> None:
    assert read("config") == {"pub:list:currency": ["BTC", "USD"], "pub:fees": {"maker": 1}}
    assert read("config", [["BTC"]], config="pub:list:currency") == {"pub:list:currency": ["BTC"]}
    with pytest.raises(MalformedMessage, match="1 answers to 2"):
        read("config", [[]])


def test_currencies_and_instruments() -> None:
    assert read("assets") == {
        "BTC": models.Asset("BTC", "BTC", "Bitcoin", None, None),
        "UST": models.Asset("UST", "USDT", None, None, "ETH"),
        "BTCF0": models.Asset("BTCF0", "BTCF0", None, "BTC", None),
    }
    pairs = read("asset_pairs")
    assert list(pairs) == ["tBTCUSD", "tDOGE:USD", "tBTCF0:USTF0"]
    assert [(each.base, each.quote, each.is_derivative) for each in pairs.values()] == [
        ("BTC", "USD", False),
        ("DOGE", "USD", False),
        ("BTCF0", "USTF0", True),
    ]
    assert (pairs["tBTCUSD"].minimum_size, pairs["tBTCUSD"].maximum_size) == (D("0.00004"), D("2000.0"))
    assert (pairs["tBTCUSD"].initial_margin, pairs["tDOGE:USD"].initial_margin) == (D("0.1"), None)


def test_a_ticker_has_no_sizes_as_those_of_bitfinex_are_of_25_levels() -> None:
    ticker = read("ticker")
    assert (ticker.symbol, ticker.bid, ticker.ask, ticker.last) == ("tBTCUSD", D("7616.5"), D("7617.5"), D("7617.1"))
    assert ticker.bid_size is ticker.ask_size is None
    assert (ticker.day.volume, ticker.day.high, ticker.day.low) == (D("8314.71200815"), D("8257.8"), 7500)
    assert (ticker.day.change, ticker.day.change_percent) == (D("-550.8"), D("-6.74"))
    assert ticker.received == ARRIVED
    assert len(ticker.raw) == 10


def test_tickers_have_each_figure_one_place_further() -> None:
    found = read("tickers")
    pair, funding = found["tBTCUSD"], found["fUSD"]
    assert (pair.bid, pair.bid_size, pair.ask_size) == (D("7616.5"), D("31.89055171"), D("43.358118629999986"))
    assert (pair.change, pair.change_rate, pair.last) == (D("-550.8"), D("-0.0674"), D("7617.1"))
    assert (pair.volume, pair.high, pair.low) == (D("8314.71200815"), D("8257.8"), 7500)
    assert (funding.frr, funding.bid_period, funding.ask_period) == (D("0.0003193369863013699"), 30, 2)
    assert (funding.bid, funding.bid_size) == (D("0.0002401"), D("3939629.6177260396"))
    assert (funding.ask, funding.ask_size) == (D("0.00019012"), D("307776.1592138799"))
    assert (funding.low, funding.frr_amount_available) == (D("6.8E-7"), D("3441851.73330503"))
    single = read("funding_ticker")
    assert (single.frr, single.bid, single.ask, single.last) == (funding.frr, funding.bid, funding.ask, funding.last)
    assert single.frr_amount_available == funding.frr_amount_available


def test_tickers_of_what_nobody_trades_are_told_too() -> None:
    found = read("tickers", [["tAAABBB", *[None] * 10], ["fAAA", *[None] * 16]])
    assert (found["tAAABBB"].bid, found["fAAA"].frr) == (None, None)


def test_past_prices() -> None:
    (found,) = read("tickers_history")
    assert found == models.PastPrices("tBTCUSD", D("7617.5"), D(7618), 1573776000000 * 10**6)


def test_trades_come_the_newest_first_with_the_side_of_the_taker() -> None:
    buy, sell = read("trades")
    assert (buy.id, buy.side, buy.size, buy.price) == (401597393, Side.BUY, D("0.005"), D("7244.9"))
    assert (sell.side, sell.size, sell.time) == (Side.SELL, D("0.01"), 1574694470503 * 10**6)
    assert buy.raw == [401597393, 1574694475039, D("0.005"), D("7244.9")]
    (lent,) = read("funding_trades")
    assert (lent.symbol, lent.rate, lent.size, lent.period) == ("fUSD", D("0.0002587"), D("258.7458086"), 2)


def test_a_book_has_its_best_first_whatever_the_order_of_rows() -> None:
    for rows in (samples.DEPTH, samples.DEPTH[::-1]):
        book = read("depth", rows)
        assert book.bids == (models.DepthLevel(D("7254.7"), D("3.3"), 3), models.DepthLevel(D("7254.6"), D("0.5"), 1))
        assert book.asks == (models.DepthLevel(D(7255), D("1.2"), 2),)


def test_orders_of_a_book_stand_by_price_and_then_by_age() -> None:
    book = read("order_depth")
    assert [each.id for each in book.bids] == [34753002978, 34753002979]
    assert book.asks == (models.BookOrder(34753002980, D(7295), D(1)),)


def test_a_book_of_funding_has_its_signs_the_other_way_round() -> None:
    book = read("funding_depth")
    assert book.bids == (FundingLevel(D("0.00023112"), 30, D("15190.7005375"), 1),)
    assert book.asks == (FundingLevel(D("0.00023157"), 2, D("66.35007188"), 1),)
    offers = read("funding_order_depth")
    assert offers.bids == (FundingLevel(D("0.000233"), 30, D(530), 1, 658282397),)
    assert offers.asks == (FundingLevel(D("0.00024"), 2, D(10), 1, 658282398),)


def test_books_that_are_empty() -> None:
    for name in ("depth", "order_depth", "funding_depth", "funding_order_depth"):
        book = read(name, [])
        assert book.bids == book.asks == ()


def test_candles_come_the_oldest_first_and_their_close_is_second_on_the_wire() -> None:
    older, newer = read("ohlc")
    assert older == Candle(
        "tBTCUSD",
        1574698200000 * 10**6,
        60 * 10**9,
        D("7399.9"),
        D("7399.9"),
        D("7371.8"),
        D("7379.7"),
        D("41.63633658"),
        closed=True,
        received=ARRIVED,
    )
    assert newer.close == D("7383.8")
    assert read("last_ohlc", []) is None
    assert read("ohlc", [[(ARRIVED // 10**6) - 30_000, 1, 1, 1, 1, 1]])[0].closed is False


@pytest.mark.parametrize(
    ("timeframe", "begin", "days"),
    [
        ("1M", 1_706_745_600_000, 29),
        ("1M", 1_733_011_200_000, 31),
        ("1W", 1_706_745_600_000, 7),
        ("14D", 1_706_745_600_000, 14),
    ],
)
def test_how_long_candles_are(timeframe: str, begin: int, days: int) -> None:
    (candle,) = read("ohlc", [[begin, 1, 1, 1, 1, 1]], symbol="tBTCUSD", timeframe=timeframe)
    assert candle.interval == days * 86_400 * 10**9


def test_contracts_have_each_figure_one_place_further_where_several_are_asked_for() -> None:
    found = read("derivatives_status")["tBTCF0:USTF0"]
    (past,) = read("derivatives_status_history")
    assert found == past
    assert (found.price, found.mark_price, found.open_interest) == (D("7242.85"), D("7237.91"), D("155.3675257"))
    assert (found.next_funding, found.clamp_max) == (1574726400000 * 10**6, None)


def test_liquidations_stand_in_lists_of_their_own() -> None:
    first, _ = read("liquidations")
    assert (first.symbol, first.amount, first.is_match) == ("tBSVUSD", D("-2.62932"), True)
    assert first.time == 1574697680828200200


def test_figures() -> None:
    assert read("stats") == (
        models.Statistic(1574698260000 * 10**6, D(20)),
        models.Statistic(1574698200000 * 10**6, None),
    )
    assert read("last_stats") == models.Statistic(1574698260000 * 10**6, D("7617.25"))
    assert read("rankings") == (models.Rank(1573776000000 * 10**6, "Grandpa", 1, D("51.25"), None),)
    assert read("last_rankings", [samples.RANK]) == read("last_rankings")
    (funding,) = read("funding_stats")
    assert (funding.average_period, funding.amount, funding.used) == (D("60.9"), D("1050190906.1"), D("8.2"))
    assert funding.below_threshold == D("7.5")
    assert funding.daily_rate == D("5.7E-7") * 365
    assert read("fx_rate") == D("1.10285")
    assert read("average_price") == models.AveragePrice(D("7617.25"), D(2))
    assert read("available_balance") == D("2.5")


def test_an_open_order() -> None:
    (found,) = read("open_orders")
    assert (found.id, found.client_id, found.symbol) == ("1185815098", "1575287436979", "tETHUSD")
    assert (found.side, found.stage, found.status) == (Side.SELL, Stage.OPEN, "ACTIVE")
    assert (found.size, found.filled, found.remaining) == (D("2.5"), 0, D("2.5"))
    assert (found.price, found.average_price, found.type) == (D(230), None, "EXCHANGE LIMIT")
    assert (found.created, found.updated) == (1575287436979 * 10**6, 1575287438515 * 10**6)
    assert (found.routing, found.meta) == ("API>BFX", {"aff_code": "AbCd"})
    assert (found.update.order_id, found.update.stage, found.update.type) == (found.id, Stage.OPEN, "limit")


def test_orders_that_are_over() -> None:
    executed, refused = read("closed_orders")
    assert (executed.stage, executed.filled, executed.average_price) == (Stage.FILLED, 1, 15980)
    assert (refused.stage, refused.filled) == (Stage.REJECTED, 0)
    partly = order(status="CANCELED was: PARTIALLY FILLED @ 230.0(-1)", amount=-1.5)
    (canceled,) = read("closed_orders", [partly])
    assert (canceled.stage, canceled.filled, canceled.size) == (Stage.CANCELED, 1, D("2.5"))
    expired = order(status="CANCELED", tif=1575287438000)
    assert read("closed_orders", [expired])[0].stage is Stage.EXPIRED


@pytest.mark.parametrize("status", ["EXECUTED @ 5.0(-2.5)", "CANCELED", "something new", ""])
def test_the_list_says_whether_an_order_is_over_and_not_its_text(status: str) -> None:
    row = order(status=status)
    assert not read("open_orders", [row])[0].stage.is_final
    assert read("closed_orders", [row])[0].stage.is_final


def test_ids_keep_all_their_digits() -> None:
    (found,) = read("open_orders", [order(id=9007199254740993, cid=35184372088831)])
    assert (found.id, found.client_id) == ("9007199254740993", "35184372088831")


def test_executions() -> None:
    (fill,) = read("trades_history")
    assert fill == Fill(
        "402088407",
        "34938060782",
        D("153.57"),
        D("0.2"),
        "tETHUST",
        Side.SELL,
        (Fee("USD", D("0.061668")),),
        is_maker=False,
        time=1574963975602 * 10**6,
        received=ARRIVED,
    )
    (of_order,) = read("order_trades")
    assert (of_order.id, of_order.is_maker, of_order.fees) == (fill.id, True, fill.fees)


def test_a_new_order_that_was_accepted() -> None:
    made = read("add_order")
    assert (made.order_id, made.client_id, made.text) == (
        "1185815098",
        "1575287436979",
        "Submitting exchange limit sell order.",
    )
    assert made.time == 1575287438515 * 10**6
    assert [each.stage for each in made.orders] == [Stage.OPEN]
    assert made.raw[1] == "on-req"


def test_cancels_tell_what_they_know() -> None:
    by_cid = read("cancel_order")
    assert (by_cid.order_id, by_cid.client_id, by_cid.orders) == (None, "555", ())
    by_id = read("cancel_order", note("oc-req", samples.ONLY_ID), id=1185815100)
    assert (by_id.order_id, by_id.client_id) == ("1185815100", None)
    assert [each.id for each in read("cancel_orders").orders] == ["1185815098"]
    none = read("cancel_all")
    assert (none.order_id, none.orders) == (None, ())
    assert read("cancel_all", note("oc_multi-req", None)).orders == ()
    edited = read("edit_order")
    assert (edited.order_id, edited.orders[0].price) == ("1185815098", D(240))


def test_several_operations_each_with_what_became_of_it() -> None:
    added, edited, canceled, several = read("order_multi")
    assert added.accepted.order_id == "1185815098"
    assert (edited.accepted, edited.error.reason) == (None, "Order not found.")
    assert canceled.accepted.order_id == "1185815100"
    assert len(several.accepted.orders) == 2


def test_balances() -> None:
    dollars, bitcoins = read("balances")
    assert dollars == Balance("USD", D("100.5"), D("40.25"), "exchange", kind=dollars.kind, received=ARRIVED)
    assert (bitcoins.wallet, bitcoins.total, bitcoins.locked) == ("margin", 1, None)
    (past,) = read("balances_history")
    assert (past.wallet, past.asset, past.total, past.available) == ("exchange", "USD", D("1.5"), None)
    (entry,) = read("ledgers")
    assert (entry.asset, entry.wallet, entry.amount, entry.balance) == ("USD", "exchange", D("0.01644445"), 0)
    assert (entry.id, entry.description) == ("2531822314", "Settlement @ 185.79")


def test_margin_and_positions() -> None:
    assert read("margin_info").net == D("49318.68803297")
    assert read("margin_symbol") == read("margin_symbols")[0]
    assert read("margin_symbol").buy == D("830.0182168075556")
    for name, other in (("margin_info", samples.MARGIN_SYMBOL), ("margin_symbol", samples.MARGIN_BASE)):
        with pytest.raises(MalformedMessage, match="was expected"):
            read(name, other)
    (position,) = read("open_positions")
    assert (position.symbol, position.amount, position.is_open) == ("tETHUST", D("0.2"), True)
    assert (position.liquidation_price, position.type) == (D("67.52755254906451"), "margin")
    (past,) = read("positions_history")
    assert (past.is_open, past.amount, past.position_id) == (False, 0, "142420429")
    assert read("claim_position").position_id == "142420429"
    info = read("increase_info")
    assert (info.maximum, info.current, info.base_balance) == (100, D("2.5"), D("50.5"))
    assert (info.tradable_quote, info.tradable_base, info.funding_available) == (D("1000.5"), 3, D("7.5"))
    assert (info.funding_value, info.funding_required) == (10, 5)
    assert (info.funding_value_asset, info.funding_required_asset) == ("USD", "BTC")
    assert read("collateral_limits") == models.CollateralLimits(D("3.5"), D(100))
    assert read("set_collateral") is True
    assert read("set_collateral", [[0]]) is False


def test_who_we_are_and_what_we_may() -> None:
    user = read("user_info")
    assert (user.id, user.verified, user.timezone, user.master_account_id) == (1234, True, "Vienna", 5678)
    assert (user.is_group_master, user.last_login) == (True, 1700000000000 * 10**6)
    assert "somebody" not in repr(user)
    assert "example.com" not in repr(user)
    assert read("key_permissions") == {"account": (True, False), "orders": (True, True), "withdraw": (False, False)}
    (login,) = read("login_history")
    assert (login.address, login.time, login.extra) == ("192.0.2.1", 1700000000000 * 10**6, {"agent": "x"})
    fees = read("summary")
    assert (fees.maker_fee, fees.derivatives_maker_rebate) == (D("0.001"), D("-0.0002"))
    assert (fees.taker_fee_to_crypto, fees.taker_fee_to_stable) == (D("0.002"), D("0.0021"))
    assert (fees.taker_fee_to_fiat, fees.derivatives_taker_fee) == (D("0.0022"), D("0.00075"))
    assert fees.leo == {"leo_lev": 0}


def test_a_token_is_not_shown_and_one_that_cannot_be_is_refused() -> None:
    token = read("token")
    assert token.token.reveal() == "pub:api:b7c4-ada3-some-token"
    assert "some-token" not in repr(token)
    for answer in ([""], [None], [], [5]):
        with pytest.raises((MalformedMessage, TypeError)):
            read("token", answer)


def test_a_transfer() -> None:
    made = read("transfer")
    assert (made.source, made.target, made.asset, made.target_asset) == ("exchange", "margin", "UST", "USTF0")
    assert (made.amount, made.time, made.text) == (D("1.5"), 1568736745789 * 10**6, "1.5 Tether")


def test_funding() -> None:
    (offer,), (past,) = read("funding_offers"), read("funding_offers_history")
    assert (offer.symbol, offer.amount, offer.rate, offer.period) == ("fETH", D("0.5"), D("0.0024"), 2)
    assert (offer.is_open, past.is_open) == (True, False)
    (loan,), (credit,) = read("funding_loans"), read("funding_credits")
    assert (loan.side, loan.amount, loan.rate, loan.is_open) == (-1, 820, D("0.002"), True)
    assert (credit.position_pair, credit.id) == ("tBTCUST", "2995442")
    assert not read("funding_loans_history")[0].is_open
    assert not read("funding_credits_history")[0].is_open
    (trade,) = read("funding_trades_history")
    assert (trade.amount, trade.rate, trade.offer_id) == (-1000, D("0.002"), "41238905")
    assert read("funding_info").duration_loan == D("1.8444560185185186")
    state = read("auto_renew_state")
    assert (state.asset, state.period, state.rate, state.threshold) == ("USD", 2, D("0.0002"), 50)
    assert read("add_funding_offer").id == "41237920"
    assert read("add_funding_offer", note("fon-req", [samples.OFFER])).id == "41237920"
    assert read("cancel_all_funding_offers").is_success
