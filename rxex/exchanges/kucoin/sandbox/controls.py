"""What can be asked of a simulated KuCoin, and done to it; the same in real and in virtual time."""

from __future__ import annotations

from typing import cast

from rxex.auth import Credentials
from rxex.exchanges.kucoin.sandbox.instruments import CONTRACTS, FUTURES, PATHS, SPOT
from rxex.exchanges.kucoin.sandbox.market_parts import MarketParts
from rxex.exchanges.kucoin.sandbox.parts import parts_of
from rxex.exchanges.kucoin.sandbox.protocol import BulletProtocol
from rxex.exchanges.kucoin.sandbox.rest import KEY_PREFIX, RestServer, passphrase_of, secret_of
from rxex.exchanges.kucoin.sandbox.snapshots import Books
from rxex.sandbox.controls import Controls
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import MAIN

__all__ = ["PATHS", "KucoinControls", "rest_of"]


def rest_of(simulation: Simulation) -> RestServer:
    """The side of a simulated KuCoin that answers calls."""
    return cast(RestServer, simulation.http)


class KucoinControls(Controls):
    """The handle of a running exchange. Thread-safe."""

    def credentials(self, account: str = MAIN) -> Credentials:
        """The API key of an account."""
        key = KEY_PREFIX + account
        return Credentials(key, secret_of(key), passphrase_of(key))

    def mint_token(self, account: str = "", *, market: str = SPOT) -> str:
        """Make a bullet token, as REST does: of an account, or (empty) a public one; ``private`` is Pro's market."""
        return self._run(lambda simulation: parts_of(simulation).tokens.mint(market, account))

    # What can happen.

    def start_auction(self, symbol: str) -> None:
        """Have the opening auction of a pair of spot, until `end_auction`; it is traded nevertheless."""
        self._run(lambda simulation: _market(simulation).spot.auctions.add(symbol))

    def end_auction(self, symbol: str) -> None:
        """Undo `start_auction`."""
        self._run(lambda simulation: _market(simulation).spot.auctions.discard(symbol))

    def settle_funding(self) -> None:
        """Settle all contracts now; it takes a second."""
        self._run(lambda simulation: _market(simulation).funding.settle())

    # What can go wrong.

    def expire_tokens(self, *, close: bool = True) -> None:
        """Have the day of all tokens made until now be over; with ``close`` connections made with them end, too."""

        def expire(simulation: Simulation) -> None:
            _protocol(simulation, SPOT).tokens.expire()
            for session in list(simulation.sessions.values()) if close else ():
                if isinstance(session.protocol, BulletProtocol):
                    session.protocol.say_bye(session)

        self._run(expire)

    def turn_away(self, times: int = 1, *, market: str = SPOT) -> None:
        """Tell the next ``times`` connections to the first server of a market that there are too many: error 509."""
        self._run(lambda simulation: setattr(_protocol(simulation, market), "turns_away", times))

    def fail_bullets(self, times: int = 1, status: int = 500) -> None:
        """Answer the next ``times`` calls for a token with HTTP ``status`` and nothing else."""
        self._run(lambda simulation: rest_of(simulation).bullet_failures.extend([status] * times))

    def block(self, seconds: float = 30.0) -> None:
        """Have the proxy before the exchange answer every call with its own error 1015, for so long."""

        def block(simulation: Simulation) -> None:
            rest_of(simulation).blocked_until = simulation.now + seconds

        self._run(block)

    def overload(self, times: int = 1) -> None:
        """Answer the next ``times`` calls with 429000 and no word of a quota: the exchange is too busy."""
        self._run(lambda simulation: setattr(rest_of(simulation), "overloads", times))

    def hold_snapshots(self, symbol: str) -> None:
        """Have REST go on telling the book of ``symbol`` as it is now, however the market goes on."""
        self._run(lambda simulation: _books(simulation, symbol).hold(symbol))

    def release_snapshots(self, symbol: str) -> None:
        """Undo `hold_snapshots`."""
        self._run(lambda simulation: _books(simulation, symbol).release(symbol))

    def use_up_quota(self, pool: str = "public", account: str = "") -> None:
        """Leave nothing in a pool until its 30 seconds are over; for an exchange with ``rate_limits``."""
        self._run(lambda simulation: rest_of(simulation).quotas.use_up(pool, account, simulation.now))


def _market(simulation: Simulation) -> MarketParts:
    return parts_of(simulation).market


def _books(simulation: Simulation, symbol: str) -> Books:
    return _market(simulation).books[FUTURES if symbol in CONTRACTS else SPOT]


def _protocol(simulation: Simulation, market: str) -> BulletProtocol:
    return cast(BulletProtocol, simulation.protocols[PATHS[market]])
