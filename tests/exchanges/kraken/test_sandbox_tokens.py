"""Tokens of the simulated Kraken."""

from __future__ import annotations

from random import Random

from rxex.exchanges.kraken.sandbox.tokens import TOKEN_LIFE, Tokens


class Clock:
    now = 0.0


def test_a_token_is_good_for_fifteen_minutes_and_says_whose_it_is() -> None:
    clock = Clock()
    tokens = Tokens(Random(1), lambda: clock.now)
    token, other = tokens.mint("ada"), tokens.mint("bob")
    assert token != other
    assert len(token) == 43
    assert (tokens.account_of(token, 1), tokens.account_of(other, 1)) == ("ada", "bob")
    clock.now = TOKEN_LIFE
    assert tokens.account_of(token, 1) == "ada"
    clock.now = TOKEN_LIFE + 1
    assert tokens.account_of(token, 1) is None
    assert tokens.account_of("another", 1) is None


def test_a_subscription_keeps_it_good_on_its_session() -> None:
    clock = Clock()
    tokens = Tokens(Random(1), lambda: clock.now)
    token = tokens.mint("ada")
    tokens.subscribed(token, 1)
    clock.now = 10_000
    assert (tokens.account_of(token, 1), tokens.account_of(token, 2)) == ("ada", None)
    tokens.unsubscribed(1)
    assert tokens.account_of(token, 1) is None


def test_time_can_be_made_to_run_out() -> None:
    tokens = Tokens(Random(1), lambda: 5.0)
    token = tokens.mint("ada")
    tokens.expire()
    assert tokens.account_of(token, 1) is None
    assert tokens.account_of(tokens.mint("ada"), 1) == "ada"
