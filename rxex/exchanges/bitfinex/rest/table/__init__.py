"""The table of Bitfinex's endpoints, by what they are about."""
