"""The broker behind the simulated exchange: estimates, swaps that walk through their states, balances."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import Any

from attrs import define, field

from rxex.codec import number, text_of
from rxex.errors import MalformedMessage
from rxex.exchanges.theone.sandbox.refusals import Declined
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.ledger import Incident
from rxex.sandbox.order_faults import OrderFaults, OrderInjector
from rxex.sandbox.order_ledger import OrderLedger
from rxex.sandbox.simulation import Simulation

__all__ = ["ASSETS", "Broker", "SwapRecord"]

ASSETS = {
    "USDT": Decimal(1),
    "USDC": Decimal(1),
    "ETH": Decimal("2163.78"),
    "BTC": Decimal("64250.5"),
    "SOL": Decimal("143.25"),
}
"""What can be swapped, and what it is worth in USDT."""
NETWORKS = ("ethereum", "arbitrum", "solana")
PROVIDERS = ("uniswap", "curve", "raydium")
_BALANCES = {asset: Decimal(1_000_000) for asset in ASSETS}
_FEE = Decimal("0.003")
_DIGITS = Decimal("0.00000001")
_MARKET = "the market"
_MOST_SLIPPAGE = 10_000
_LIFE_OF_ESTIMATE = 30_000


@define(eq=False)
class SwapRecord:
    """A swap as the exchange has it; it changes as it goes on. ``status`` is the exchange's word for it."""

    id: str
    account: str
    client_id: str | None
    asset_in: str
    asset_out: str
    amount_in: Decimal
    expected_out: Decimal
    status: str = "PENDING"
    filled_out: Decimal | None = None
    tx_hash: str | None = None
    updated: int = 0
    history: list[str] = field(factory=lambda: ["PENDING"])

    @property
    def is_over(self) -> bool:
        """Whether it changes no more."""
        return self.status in {"FILLED", "FAILED", "CANCELLED"}

    def shown(self, *, client_id: bool = False) -> dict[str, Any]:
        """What is told of it."""
        told = {
            "orderId": self.id,
            "status": self.status,
            "filledOut": None if self.filled_out is None else text_of(self.filled_out),
            "txHash": self.tx_hash,
            "updatedAt": self.updated,
            "clientOrderId": self.client_id if client_id else None,
        }
        return {name: value for name, value in told.items() if value is not None}


class Broker:
    """Everything but the wire. ``listeners`` hear of each swap that changed, ``flushers`` that a turn is over."""

    def __init__(
        self,
        simulation: Simulation,
        *,
        balances: Mapping[str, Decimal] | None,
        faults: OrderFaults | None,
        walk: tuple[float, float],
        failures: float,
    ) -> None:
        """Open for business.

        Args:
            simulation: The exchange that this is a part of.
            balances: What every account has at first; None: plenty.
            faults: What goes wrong with requests to swap, and with what they lead to.
            walk: Seconds (least, most) that a swap stays in each state.
            failures: Chance of a swap to end as FAILED, and the same for CANCELLED.
        """
        self.simulation = simulation
        self.random = Random(simulation.random.getrandbits(64))  # noqa: S311 - must be repeatable
        self.injector = OrderInjector(faults or OrderFaults(), self._note)
        self.ledger = OrderLedger()
        self.accounts = Accounts()
        self.swaps: dict[str, SwapRecord] = {}
        self.listeners: list[Callable[[SwapRecord], None]] = []
        self.flushers: list[Callable[[], None]] = []
        self.planned: deque[str] = deque()
        self.is_held = False
        self._balances = _BALANCES if balances is None else balances
        self._known: set[str] = set()
        self._walk = walk
        self._failures = failures

    # Looking

    def open_account(self, account: str) -> None:
        """Give an account its first balances, once."""
        if account not in self._known:
            self._known.add(account)
            for asset, amount in self._balances.items():
                self.accounts.deposit(account, asset, amount)

    def balances(self, account: str) -> list[dict[str, str]]:
        """What an account has, as it is told."""
        self.open_account(account)
        return [
            {"asset": asset, "total": text_of(total), "locked": text_of(self.accounts.held(account, asset))}
            for asset, total in self.accounts.balances(account).items()
        ]

    def find(self, account: str, wanted: Any) -> SwapRecord:
        """Find a swap by its own id or the client's; raises `Declined`."""
        for swap in self.swaps.values():
            if swap.account == account and wanted in {swap.id, swap.client_id}:
                return swap
        raise Declined("Order not found", "NOT_FOUND", 404)

    def estimate(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What a swap would give; raises `Declined`."""
        asset_in, asset_out, amount = self._terms(data)
        expected = self._expected(asset_in, asset_out, amount)
        leg = {
            "from_asset": asset_in,
            "to_asset": asset_out,
            "amount_in": text_of(amount),
            "amount_out": text_of(expected),
            "pool": f"{asset_in}-{asset_out}",
            "exchange": (data.get("filter") or PROVIDERS)[0],
        }
        return {
            "route": [leg],
            "price": text_of((ASSETS[asset_in] / ASSETS[asset_out]).quantize(_DIGITS)),
            "expectedOut": text_of(expected),
            "fee": text_of(_FEE),
            "expiresAt": self.simulation.timestamp // 10**6 + _LIFE_OF_ESTIMATE,
        }

    # What happens

    def swap(self, account: str, data: Mapping[str, Any]) -> SwapRecord:
        """Take a swap; raises `Declined`."""
        asset_in, asset_out, amount = self._terms(data)
        slippage, client_id = data.get("slippage_bps", 0), data.get("clientOrderId")
        if type(slippage) is not int or not 0 <= slippage <= _MOST_SLIPPAGE:
            raise Declined("Invalid slippage_bps")
        if client_id is not None and not isinstance(client_id, str):
            raise Declined("Invalid clientOrderId")
        self.open_account(account)
        if self.accounts.available(account, asset_in) < amount:
            raise Declined("Insufficient balance", "SWAP_ERROR")
        order_id = f"ord_{self.random.getrandbits(40):013d}"
        expected = self._expected(asset_in, asset_out, amount)
        swap = SwapRecord(order_id, account, client_id, asset_in, asset_out, amount, expected)
        swap.updated = self.simulation.timestamp // 10**6
        self.swaps[order_id] = swap
        self.accounts.hold(account, order_id, asset_in, amount)
        # What was planned is for the swaps in their order, not for the first to get so far.
        end = self.planned.popleft() if self.planned else self._end()
        self._tell(swap)
        self._later(swap, "PROCESSING", end)
        return swap

    def move(self, swap: SwapRecord, status: str) -> None:
        """Bring a swap to a state, and tell of it."""
        if swap.is_over:
            return
        swap.status = status
        swap.history.append(status)
        swap.updated = self.simulation.timestamp // 10**6
        if swap.is_over:
            self.accounts.release(swap.account, swap.id)
        if status == "FILLED":
            swap.filled_out = swap.expected_out
            swap.tx_hash = f"0x{self.random.getrandbits(256):064x}"
            self.accounts.transfer(swap.asset_in, swap.amount_in, swap.account, _MARKET)
            self.accounts.transfer(swap.asset_out, swap.expected_out, _MARKET, swap.account)
        self._tell(swap)
        self.flush()

    def flush(self) -> None:
        """Send what there is to tell of swaps."""
        for flush in self.flushers:
            flush()

    def _end(self) -> str:
        drawn = self.random.random()
        if drawn < self._failures:
            return "FAILED"
        return "CANCELLED" if drawn < 2 * self._failures else "FILLED"

    def _later(self, swap: SwapRecord, status: str, end: str) -> None:
        def step() -> None:
            if self.is_held:
                self.simulation.schedule(self._walk[1] or 0.1, step)
                return
            self.move(swap, status)
            if status != end:
                self._later(swap, end, end)

        self.simulation.schedule(self.random.uniform(*self._walk), step)

    def _tell(self, swap: SwapRecord) -> None:
        for listener in self.listeners:
            listener(swap)

    def _note(self, session: int, kind: str) -> None:
        self.simulation.ledger.incidents.append(Incident(session, self.simulation.now, kind))

    def _terms(self, data: Mapping[str, Any]) -> tuple[str, str, Decimal]:
        asset_in, asset_out = data.get("from"), data.get("to")
        for asset in (asset_in, asset_out):
            if asset not in ASSETS:
                raise Declined(f"Unsupported asset: {asset}")
        if asset_in == asset_out:
            raise Declined("Assets must differ")
        try:
            amount = number(data.get("amount"))
        except MalformedMessage:
            raise Declined("Invalid amount") from None
        if amount <= 0:
            raise Declined("Invalid amount")
        if data.get("network", NETWORKS[0]) not in NETWORKS:
            raise Declined(f"Unsupported network: {data['network']}")
        providers = data.get("filter", list(PROVIDERS))
        if not isinstance(providers, list) or not providers or not set(map(str, providers)) <= set(PROVIDERS):
            raise Declined("Invalid filter")
        return str(asset_in), str(asset_out), amount

    @staticmethod
    def _expected(asset_in: str, asset_out: str, amount: Decimal) -> Decimal:
        return (amount * ASSETS[asset_in] / ASSETS[asset_out] * (1 - _FEE)).quantize(_DIGITS)
