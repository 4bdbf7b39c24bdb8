"""The result of a backtest: one tab for each question a person asks it."""
