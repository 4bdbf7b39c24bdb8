"""The strategies that come with the terminal, one per file."""

from . import (
    adaptive_momentum,
    bollinger_breakout,
    bollinger_reversion,
    breakout,
    buy_and_hold,
    dca,
    grid,
    macd_trend,
    mean_reversion,
    momentum,
    rsi_reversal,
    sma_cross,
    stoch_rsi_mtf,
    template,
    trend_following,
    volatility_breakout,
)

# named one by one so that the packaged program carries them
MODULES = (
    sma_cross,
    rsi_reversal,
    stoch_rsi_mtf,
    macd_trend,
    bollinger_breakout,
    bollinger_reversion,
    mean_reversion,
    trend_following,
    breakout,
    momentum,
    adaptive_momentum,
    volatility_breakout,
    grid,
    dca,
    template,
    buy_and_hold,
)
