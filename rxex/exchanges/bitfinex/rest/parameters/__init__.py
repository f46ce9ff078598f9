"""The parameters of Bitfinex's endpoints, by Bitfinex's own names."""
