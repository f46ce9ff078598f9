"""What the floors of both markets of the simulated KuCoin have in common: users, client ids, canceling, its words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from random import Random

from rxex.exchanges.kucoin.sandbox.ids import SpotIds
from rxex.exchanges.kucoin.sandbox.orders_refusals import Texts, declined
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.matching import MatchingEngine
from rxex.sandbox.order_faults import OrderFaults
from rxex.sandbox.orders import NewOrder, Order, Refused, RefusedFor, Terms
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["UserFloor", "kind_of", "user_of"]


def user_of(account: str) -> str:
    """Whose account this is."""
    return account.rpartition("/")[0]


def kind_of(account: str) -> str:
    """What kind of account this is: ``main``, ``trade``, ``margin``, ``isolated_`` and a pair, or ``futures``."""
    return account.rpartition("/")[2]


class UserFloor(TradingFloor, ABC):
    """The floor of one market; users have several accounts, named ``user/kind``.

    What clients may do is a method each, which raises `Declined` with the venue's code and text.
    """

    ids: SpotIds

    def __init__(
        self,
        simulation: Simulation,
        terms: Mapping[str, Terms],
        *,
        ids: type[SpotIds],
        balances: Mapping[str, Decimal],
        most_open: int,
        faults: OrderFaults | None = None,
        beside: TradingFloor | None = None,
        accounts: Accounts | None = None,
        engine: type[MatchingEngine] = MatchingEngine,
    ) -> None:
        """Open for trading what of ``terms`` the market has; the rest as for `TradingFloor`."""

        def name_by(random: Random) -> SpotIds:
            self.ids = ids(random)
            return self.ids

        super().__init__(
            simulation,
            [each for symbol, each in terms.items() if symbol in simulation.market.instruments],
            ids=name_by,
            balances=balances,
            faults=faults,
            beside=beside,
            most_open=most_open,
            accounts=accounts,
            engine=engine,
        )
        self.openers: list[Callable[[str], None]] = []
        """Called with each new account, once it has its first balances."""
        self.settlers: list[Callable[[], None]] = []
        """Called when all that follows from a request or a turn of the market has happened."""
        self._by_client_id: dict[tuple[str, str], Order] = {}

    @abstractmethod
    def texts(self, order: Order) -> Texts:
        """The words that requests about an order are refused with."""

    def open_account(self, account: str) -> None:
        """Give an account its first balances, once."""
        if account not in self._known_accounts:
            self._known_accounts.add(account)
            for asset, amount in self._first_balances_of(account):
                self.accounts.deposit(account, asset, amount)
            for opened in self.openers:
                opened(account)

    def find(
        self,
        user: str,
        *,
        id: str | None = None,  # noqa: A002 - as everywhere
        client_id: str | None = None,
        symbol: str | None = None,
    ) -> Order | None:
        """An order of ``user`` by its id or by the client's, open or not; of several under one, the last."""
        order = self.engine.orders.get(id) if id is not None else self._by_client_id.get((user, client_id or ""))
        if order is None or user_of(order.account) != user or symbol not in {None, order.request.symbol}:
            return None
        return order

    def of(self, user: str, symbol: str | None = None) -> list[Order]:
        """All orders that ``user`` ever placed here, oldest first."""
        return [
            order
            for order in self.engine.orders.values()
            if user_of(order.account) == user and symbol in {None, order.request.symbol}
        ]

    def cancel(self, order: Order) -> None:
        """Cancel an open order."""
        self._check_state("200002")
        self._turn()
        try:
            self.engine.cancel(order)
        except Refused as refused:
            raise declined(refused, self.texts(order)) from None
        self._over()

    def cancel_these(self, orders: Iterable[Order]) -> list[Order]:
        """Cancel those of them that are open; give these."""
        self._check_state("200002")
        self._turn()
        canceled = [order for order in orders if order.is_open]
        for order in canceled:
            self.engine.cancel(order)
        self._over()
        return canceled

    # The inside.

    def _first_balances_of(self, account: str) -> Iterable[tuple[str, Decimal]]:  # noqa: ARG002
        return self._first_balances.items()

    def _submit(
        self, account: str, request: NewOrder | Callable[[], NewOrder], texts: Texts, *, validate: bool
    ) -> Order:
        """Place an order, or (with ``validate``) look at it only, and give it an id that nobody knows."""
        self._check_state("200001")
        user = user_of(account)
        try:
            new = request() if callable(request) else request
            if new.client_id is not None and (user, new.client_id) in self._by_client_id:
                # Also that of an order that is over.
                raise Refused(RefusedFor.CLIENT_ID)
            order = self.engine.submit(account, new, validate=validate)
        except Refused as refused:
            raise declined(refused, texts) from None
        if validate:
            order.id = self.ids.order()
        else:
            self._placed(user, order)
        self._over()
        return order

    def _placed(self, user: str, order: Order) -> None:
        self.ledger.orders.append(order)
        if order.request.client_id is not None:
            self._by_client_id[user, order.request.client_id] = order

    def _over(self) -> None:
        super()._over()
        for settled in self.settlers:
            settled()

    def _check_state(self, code: str) -> None:
        if self.simulation.system == "maintenance" or (self.simulation.system == "cancel_only" and code == "200001"):
            raise Declined(code, f"{'Placing' if code == '200001' else 'Canceling'} orders is suspended.")

    @property
    def _matches(self) -> bool:
        return self.simulation.system != "maintenance"
