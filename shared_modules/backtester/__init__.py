"""Replaying history: strategy once, kernel over all bars, result with trades, equity and metrics."""
