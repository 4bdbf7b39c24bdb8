"""Strategies: what to want after each candle, as declared parameters and one pure function."""
