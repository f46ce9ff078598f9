"""Endpoints of funding: what we lend and borrow."""

from __future__ import annotations

from rxex.exchanges.bitfinex import account_models
from rxex.exchanges.bitfinex.rest.models import account as models
from rxex.exchanges.bitfinex.rest.models.accepted import notice
from rxex.exchanges.bitfinex.rest.models.reading import each, first, mine, one
from rxex.exchanges.bitfinex.rest.parameters import account as parameters
from rxex.exchanges.bitfinex.rest.table.rows import ask_mine, change
from rxex.rest import RestClient

__all__ = ["Funding"]


class Funding(RestClient):
    """Our offers, loans (funding in no position) and credits (funding in positions)."""

    funding_offers = ask_mine(
        "funding_offers",
        "auth/r/funding/offers[/{symbol}]",
        parameters.SomeFunding,
        each(mine(account_models.read_funding_offer)),
        doc="Ask for our open offers.",
    )
    funding_offers_history = ask_mine(
        "funding_offers_history",
        "auth/r/funding/offers[/{symbol}]/hist",
        parameters.FundingHistory,
        each(mine(account_models.read_funding_offer, "foc")),
        doc="Ask for our past offers, the newest first.",
    )
    funding_loans = ask_mine(
        "funding_loans",
        "auth/r/funding/loans[/{symbol}]",
        parameters.SomeFunding,
        each(mine(account_models.read_funding_loan)),
        doc="Ask for our open loans.",
    )
    funding_loans_history = ask_mine(
        "funding_loans_history",
        "auth/r/funding/loans[/{symbol}]/hist",
        parameters.FundingHistory,
        each(mine(account_models.read_funding_loan, "flc")),
        doc="Ask for our loans of the last three days.",
    )
    funding_credits = ask_mine(
        "funding_credits",
        "auth/r/funding/credits[/{symbol}]",
        parameters.SomeFunding,
        each(mine(account_models.read_funding_credit)),
        doc="Ask for our open credits.",
    )
    funding_credits_history = ask_mine(
        "funding_credits_history",
        "auth/r/funding/credits[/{symbol}]/hist",
        parameters.FundingHistory,
        each(mine(account_models.read_funding_credit, "fcc")),
        doc="Ask for our credits of the last three days.",
    )
    funding_trades_history = ask_mine(
        "funding_trades_history",
        "auth/r/funding/trades[/{symbol}]/hist",
        parameters.FundingTradesHistory,
        each(mine(account_models.read_funding_trade)),
        doc="Ask for the trades of our offers.",
    )
    funding_info = ask_mine(
        "funding_info",
        "auth/r/info/funding/{key}",
        parameters.FundingInfo,
        one(mine(account_models.read_funding_info)),
        doc="Ask what we lend and borrow of a currency, on average.",
    )
    auto_renew_state = ask_mine(
        "auto_renew_state",
        "auth/r/funding/auto/status",
        parameters.OneCurrency,
        one(models.auto_renew),
        doc="Ask how funding of a currency is offered by itself.",
    )

    add_funding_offer = change(
        "add_funding_offer",
        "auth/w/funding/offer/submit",
        parameters.AddFundingOffer,
        lambda note, _, received: first(mine(account_models.read_funding_offer))(note.info, None, received),
        doc="Offer funding, or ask for some.",
    )
    cancel_funding_offer = change(
        "cancel_funding_offer",
        "auth/w/funding/offer/cancel",
        parameters.OneId,
        notice,
        doc="Cancel an offer.",
    )
    cancel_all_funding_offers = change(
        "cancel_all_funding_offers",
        "auth/w/funding/offer/cancel/all",
        parameters.CancelAllFundingOffers,
        notice,
        doc="Cancel all our offers, or those of a currency.",
    )
    close_funding = change(
        "close_funding",
        "auth/w/funding/close",
        parameters.OneId,
        notice,
        doc="Give back a loan or a credit; the id is its own, not that of an offer.",
    )
    auto_renew = change(
        "auto_renew",
        "auth/w/funding/auto",
        parameters.AutoRenew,
        notice,
        doc="Say whether funding of a currency is offered by itself, and how.",
    )
    keep_funding = change(
        "keep_funding",
        "auth/w/funding/keep",
        parameters.KeepFunding,
        notice,
        doc="Keep loans or credits when they are not needed, or do so no more: it changes with each call.",
    )
