"""Side by side with the peers: what a message costs, as ratios measured in one run."""
