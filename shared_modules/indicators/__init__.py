"""The catalogue of indicators: one declaration each, read by charts, strategies, the optimiser and documents."""
