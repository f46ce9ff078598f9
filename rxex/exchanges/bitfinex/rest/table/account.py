"""Endpoints of the account: wallets, positions, margin, keys."""

from __future__ import annotations

from rxex.exchanges.bitfinex import account_models
from rxex.exchanges.bitfinex.rest.models import account as models
from rxex.exchanges.bitfinex.rest.models import figures
from rxex.exchanges.bitfinex.rest.models.accepted import notice
from rxex.exchanges.bitfinex.rest.models.reading import each, first, mine, one
from rxex.exchanges.bitfinex.rest.parameters import account as parameters
from rxex.exchanges.bitfinex.rest.parameters import fields
from rxex.exchanges.bitfinex.rest.table.rows import ask_mine, change, change_plain
from rxex.rest import NoParameters, RestClient

__all__ = ["Account"]


class Account(RestClient):
    """What we have, and who we are."""

    balances = ask_mine(
        "balances",
        "auth/r/wallets",
        NoParameters,
        each(mine(account_models.read_wallet)),
        doc="Ask for what we have, one for each currency and wallet; what open orders hold is told where it is known.",
    )
    balances_history = ask_mine(
        "balances_history",
        "auth/r/wallets/hist",
        parameters.WalletsHistory,
        each(models.wallet_state),
        doc="Ask for what we had at a time.",
    )
    available_balance = ask_mine(
        "available_balance",
        "auth/calc/order/avail",
        parameters.AvailableBalance,
        one(figures.figure),
        doc="Ask how much an order or an offer could be about.",
    )
    ledgers = ask_mine(
        "ledgers",
        "auth/r/ledgers[/{currency}]/hist",
        parameters.Ledgers,
        each(models.ledger_entry),
        doc="Ask for what was booked in the last six years, the newest first.",
    )
    summary = ask_mine(
        "summary", "auth/r/summary", NoParameters, one(models.summary), doc="Ask for our fees and what we traded."
    )
    margin_info = ask_mine(
        "margin_info",
        "auth/r/info/margin/base",
        NoParameters,
        one(models.margin_base),
        doc="Ask for the margin of the whole account.",
    )
    margin_symbol = ask_mine(
        "margin_symbol",
        "auth/r/info/margin/{symbol}",
        parameters.OnePair,
        one(models.margin_symbol),
        doc="Ask what can be traded of a pair on margin.",
    )
    margin_symbols = ask_mine(
        "margin_symbols",
        "auth/r/info/margin/sym_all",
        NoParameters,
        each(models.margin_symbol),
        doc="Ask what can be traded of all pairs on margin.",
    )
    open_positions = ask_mine(
        "open_positions",
        "auth/r/positions",
        NoParameters,
        each(mine(account_models.read_position)),
        doc="Ask for the open positions.",
    )
    positions_history = ask_mine(
        "positions_history",
        "auth/r/positions/hist",
        parameters.Positions,
        each(mine(account_models.read_position)),
        doc="Ask for positions of the past, the newest first; 50 at most.",
    )
    positions_snapshot = ask_mine(
        "positions_snapshot",
        "auth/r/positions/snap",
        parameters.Positions,
        each(mine(account_models.read_position)),
        doc="Ask for positions as they were once a day.",
    )
    positions_audit = ask_mine(
        "positions_audit",
        "auth/r/positions/audit",
        parameters.PositionsAudit,
        each(mine(account_models.read_position)),
        doc="Ask for all states of some positions; 250 at most.",
    )
    increase_info = ask_mine(
        "increase_info",
        "auth/r/position/increase/info",
        parameters.IncreaseInfo,
        one(models.increase_info),
        doc="Ask how far a position can be increased.",
    )
    collateral_limits = ask_mine(
        "collateral_limits",
        "auth/calc/deriv/collateral/limits",
        parameters.OnePair,
        one(models.collateral_limits),
        doc="Ask how little and how much collateral the position in a derivative may have.",
    )
    user_info = ask_mine(
        "user_info", "auth/r/info/user", NoParameters, one(models.user_info), doc="Ask who the key belongs to."
    )
    login_history = ask_mine(
        "login_history",
        "auth/r/logins/hist",
        fields.Paged,
        each(models.login),
        doc="Ask for the last logins; 250 at most.",
    )
    key_permissions = ask_mine(
        "key_permissions",
        "auth/r/permissions",
        NoParameters,
        figures.permissions_of,
        doc="Ask what the key may read, and change, by Bitfinex's words for it: pairs of flags.",
    )
    token = ask_mine(
        "token",
        "auth/w/token",
        parameters.Token,
        models.read_token,
        secret=True,
        doc="Ask for a token that does instead of the key for a while.",
    )

    claim_position = change(
        "claim_position",
        "auth/w/position/claim",
        parameters.ClaimPosition,
        lambda note, _, received: first(mine(account_models.read_position))(note.info, None, received),
        doc="Take over what a position is about, and close it so.",
    )
    increase_position = change(
        "increase_position",
        "auth/w/position/increase",
        parameters.IncreasePosition,
        notice,
        doc="Make a position larger by what we have.",
    )
    position_funding_type = change(
        "position_funding_type",
        "auth/w/position/update/funding/type",
        parameters.FundingType,
        notice,
        doc="Say whether the funding of a position is daily or for a term.",
    )
    set_collateral = change_plain(
        "set_collateral",
        "auth/w/deriv/collateral/set",
        parameters.Collateral,
        models.read_done,
        doc="Say how much collateral the position in a derivative has.",
    )
    transfer = change(
        "transfer",
        "auth/w/transfer",
        parameters.Transfer,
        models.transfer,
        pool="transfer",
        doc="Move money between our wallets.",
    )
