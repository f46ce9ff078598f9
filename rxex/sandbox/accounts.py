"""Who owns what on a simulated exchange: exact, and never made of nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from attrs import define, field

__all__ = ["Accounts"]

ZERO = Decimal(0)


@define
class _Account:
    balances: defaultdict[str, Decimal] = field(factory=lambda: defaultdict(Decimal))
    held: defaultdict[str, Decimal] = field(factory=lambda: defaultdict(Decimal))
    holds: dict[str, tuple[str, Decimal]] = field(factory=dict)


class Accounts:
    """Balances and what of them is held for open orders.

    What comes in comes by `deposit`; `transfer` moves it. So `total` of an asset is what was deposited of it, always.

    >>> accounts = Accounts()
    >>> accounts.deposit("ada", "USD", Decimal(100))
    >>> accounts.transfer("USD", Decimal(30), "ada", "bob")
    >>> accounts.balance("ada", "USD"), accounts.total("USD")
    (Decimal('70'), Decimal('100'))
    """

    def __init__(self) -> None:
        self._accounts: defaultdict[str, _Account] = defaultdict(_Account)

    def deposit(self, account: str, asset: str, amount: Decimal) -> None:
        """Bring ``amount`` in from outside; a negative one takes it out."""
        self._accounts[account].balances[asset] += amount

    def transfer(self, asset: str, amount: Decimal, giver: str, taker: str) -> None:
        """Move ``amount`` from one account to another."""
        self._accounts[giver].balances[asset] -= amount
        self._accounts[taker].balances[asset] += amount

    def hold(self, account: str, key: str, asset: str, amount: Decimal) -> None:
        """Hold ``amount`` for ``key``, instead of what was held for it before."""
        owner = self._accounts[account]
        self._release(owner, key)
        if amount:
            owner.holds[key] = (asset, amount)
            owner.held[asset] += amount

    def release(self, account: str, key: str) -> None:
        """Hold nothing for ``key`` any more."""
        self._release(self._accounts[account], key)

    def balance(self, account: str, asset: str) -> Decimal:
        """What ``account`` has of ``asset``, held or not."""
        return self._accounts[account].balances.get(asset, ZERO)

    def balances(self, account: str) -> Mapping[str, Decimal]:
        """All that ``account`` has, by asset."""
        return dict(self._accounts[account].balances)

    def held(self, account: str, asset: str) -> Decimal:
        """What of it is held for open orders."""
        return self._accounts[account].held.get(asset, ZERO)

    def held_for(self, account: str, key: str) -> Decimal:
        """What is held for ``key``."""
        return self._accounts[account].holds.get(key, ("", ZERO))[1]

    def available(self, account: str, asset: str) -> Decimal:
        """What can be spent."""
        return self.balance(account, asset) - self.held(account, asset)

    def total(self, asset: str) -> Decimal:
        """What all accounts have of ``asset`` together."""
        return sum((account.balances.get(asset, ZERO) for account in self._accounts.values()), ZERO)

    def _release(self, owner: _Account, key: str) -> None:
        asset, amount = owner.holds.pop(key, ("", ZERO))
        if amount:
            owner.held[asset] -= amount
