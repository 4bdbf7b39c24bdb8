"""The catalogue of indicators: one declaration each, read by charts, strategies, the optimiser and documents."""

from .align import align
from .catalogue import Indicator, catalogue, indicator
from .crossing import above, crossed_above, crossed_below
from .momentum import cci, rsi, stoch_rsi, stochastic
from .trend import adx, ema, macd, sma, wma
from .volatility import atr, bollinger, donchian
from .volume import obv, volume_sma

__all__ = [
    "Indicator", "catalogue", "indicator", "align", "above", "crossed_above", "crossed_below",
    "sma", "ema", "wma", "macd", "adx", "rsi", "stoch_rsi", "stochastic", "cci",
    "atr", "bollinger", "donchian", "obv", "volume_sma",
]  # fmt: skip
