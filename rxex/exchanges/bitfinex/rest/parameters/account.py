"""The parameters of endpoints of the account and of funding."""

from __future__ import annotations

from typing import Annotated, Any

from attrs import evolve, frozen

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.rest.parameters.fields import (
    WALLETS,
    Amount,
    Currency,
    End,
    Flags,
    FundingSymbol,
    Id,
    Number,
    Paged,
    Pair,
    Price,
    Sorted,
    Symbol,
    Wallet,
    a_currency,
    a_symbol,
    an_amount,
    an_id,
    some_ids,
    yes,
)
from rxex.rest.parameters import checked, choice, flag, names, number, whole

# Every class is told by the endpoint that takes it.
__all__: list[str] = []

_Funding = Annotated[str | None, a_symbol("only this currency, as in fUSD", pair=False, funding=True)]
_OneCurrency = Annotated[str | None, a_currency("only this currency, as in USD")]


@frozen(kw_only=True, field_transformer=checked)
class AvailableBalance:
    symbol: Symbol
    type: Annotated[str, choice("of which wallet", "EXCHANGE", "MARGIN", "DERIV", "FUNDING")]
    dir: Annotated[int | None, whole("1: to buy, -1: to sell", -1, 1)] = None
    rate: Price = None
    lev: Annotated[Number | None, number("the leverage, with DERIV")] = None

    def __attrs_post_init__(self) -> None:
        if self.dir == 0 or (self.type in {"EXCHANGE", "MARGIN"} and (self.dir is None or self.rate is None)):
            raise InvalidArgument("dir, rate", (self.dir, self.rate), f"{self.type} needs dir (1 or -1) and rate")


@frozen(kw_only=True, field_transformer=checked)
class WalletsHistory:
    end: End = None
    currency: _OneCurrency = None


@frozen(kw_only=True, field_transformer=checked)
class Ledgers(Paged):
    currency: _OneCurrency = None
    category: Annotated[int | None, whole("only this kind, by Bitfinex's number: 5 exchange, 201 fee …", 1, 9999)] = (
        None
    )
    wallet: Annotated[str | None, choice("only this wallet", *WALLETS)] = None


@frozen(kw_only=True, field_transformer=checked)
class OnePair:
    symbol: Pair


@frozen(kw_only=True, field_transformer=checked)
class Positions(Paged):
    id: Annotated[int | str | None, an_id("only this position")] = None


@frozen(kw_only=True, field_transformer=checked)
class PositionsAudit(Paged):
    id: Annotated[Any, some_ids("the positions")]


@frozen(kw_only=True, field_transformer=checked)
class ClaimPosition:
    id: Annotated[int | str, an_id("the position")]
    amount: Annotated[Number | None, an_amount("a part of it", signed=True)] = None


@frozen(kw_only=True, field_transformer=checked)
class IncreasePosition:
    symbol: Pair
    amount: Annotated[Number, an_amount("by how much; below 0 of a short one", signed=True)]


@frozen(kw_only=True, field_transformer=checked)
class IncreaseInfo:
    symbol: Pair
    amount: Annotated[Number | None, an_amount("by how much; below 0 of a short one", signed=True)] = None


@frozen(kw_only=True, field_transformer=checked)
class FundingType:
    symbol: Pair
    type: Annotated[int, whole("0: daily, 1: term", 0, 1)]


@frozen(kw_only=True, field_transformer=checked)
class Collateral:
    symbol: Pair
    collateral: Amount


@frozen(kw_only=True, field_transformer=checked)
class Token:
    scope: Annotated[str, choice("what it is for", "api")] = "api"
    ttl: Annotated[int | None, whole("seconds for which it is good, 120 by default", 1, 86_400)] = None
    caps: Annotated[
        Any, names("what it may: a account, o orders, f funding, s settings, w wallets, …", joined=False)
    ] = None
    write_permission: Annotated[
        bool | None, evolve(flag("whether it may change something"), wire="writePermission")
    ] = None


@frozen(kw_only=True, field_transformer=checked)
class Transfer:
    from_: Annotated[str, choice("the wallet it is taken from", *WALLETS, wire="from")]
    to: Wallet
    currency: Currency
    amount: Amount
    currency_to: Annotated[
        str | None, a_currency("what it becomes, where it changes: USTF0 is UST in the derivatives wallet")
    ] = None


@frozen(kw_only=True, field_transformer=checked)
class SomeFunding:
    symbol: _Funding = None


@frozen(kw_only=True, field_transformer=checked)
class FundingHistory(Paged):
    symbol: _Funding = None


@frozen(kw_only=True, field_transformer=checked)
class FundingTradesHistory(Sorted):
    symbol: _Funding = None


@frozen(kw_only=True, field_transformer=checked)
class FundingInfo:
    key: FundingSymbol


@frozen(kw_only=True, field_transformer=checked)
class AddFundingOffer:
    symbol: FundingSymbol
    amount: Annotated[Number, an_amount("how much to lend; below 0: to borrow", signed=True)]
    rate: Annotated[Number, number("a day; of the other types how far from the flash return rate", signed=True)]
    period: Annotated[int, whole("days", 2, 120)]
    type: Annotated[str, choice("the type", "LIMIT", "FRRDELTAVAR", "FRRDELTAFIX")] = "LIMIT"
    flags: Flags = None


@frozen(kw_only=True, field_transformer=checked)
class OneId:
    id: Id


@frozen(kw_only=True, field_transformer=checked)
class CancelAllFundingOffers:
    currency: _OneCurrency = None


@frozen(kw_only=True, field_transformer=checked)
class OneCurrency:
    currency: Currency


@frozen(kw_only=True, field_transformer=checked)
class AutoRenew:
    status: Annotated[bool, yes("whether funding is offered by itself")]
    currency: Currency
    amount: Annotated[Number | None, an_amount("how much of it")] = None
    rate: Annotated[Number | None, number("a day; 0: the flash return rate")] = None
    period: Annotated[int | None, whole("days, 2 by default", 2, 120)] = None


@frozen(kw_only=True, field_transformer=checked)
class KeepFunding:
    type: Annotated[str, choice("what they are", "credit", "loan")]
    id: Annotated[Any, some_ids("those that are to be kept, or not any more")]
