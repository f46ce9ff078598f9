"""The parameters of KuCoin's REST endpoints, by KuCoin's own names in snake case."""
