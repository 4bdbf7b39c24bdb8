"""The Backtest panel: what is tested, how it is run, and the runs there were."""
