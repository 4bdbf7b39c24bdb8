"""The strategies that come with the terminal, one per file."""

from . import buy_and_hold, rsi_reversal, sma_cross, stoch_rsi_mtf, template

# named one by one so that the packaged program carries them
MODULES = (sma_cross, rsi_reversal, stoch_rsi_mtf, template, buy_and_hold)
