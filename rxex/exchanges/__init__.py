"""One folder per venue; a venue knows no other venue."""
