"""The catalogue of indicators: one declaration each, read by charts, strategies, the command line and documents."""

from .align import align
from .catalogue import Indicator, catalogue, categories, indicator
from .channels import choppiness, ichimoku
from .crossing import Crossing, above, crossed_above, crossed_below, crossings, is_above, sma_crossings
from .cycles import cycle_average, variable_average
from .estimators import bollinger_width, historical_volatility
from .finite import spare_pandas
from .flow import rolling_vwap, volume_delta, volume_zscore
from .incremental import Incremental, Line
from .momentum import cci, rsi, stoch_rsi, stochastic
from .scaling import (
    held,
    left_overbought,
    left_oversold,
    normalised,
    overbought,
    oversold,
    percent_rank,
    recently,
    smoothed,
)
from .sets import IndicatorSet, indicator_set
from .statistics import zscore
from .structure import (
    Divergences,
    average_trend,
    divergences,
    highest_before,
    lowest_before,
    rsi_divergence,
    support_resistance,
    swing_highs,
    swing_lows,
    swing_trend,
    trending,
)
from .trend import adx, ema, macd, sma, wma
from .volatility import atr, bollinger, donchian, keltner, supertrend
from .volume import obv, volume_sma

__all__ = [
    "Indicator", "Incremental", "IndicatorSet", "Line", "catalogue", "categories", "indicator", "indicator_set",
    "align", "spare_pandas",
    "above", "crossed_above", "crossed_below", "crossings", "Crossing", "is_above", "sma_crossings",
    "oversold", "overbought", "left_oversold", "left_overbought", "recently", "held",
    "smoothed", "variable_average", "cycle_average", "normalised", "percent_rank", "zscore",
    "Divergences", "divergences", "rsi_divergence", "swing_highs", "swing_lows", "swing_trend", "average_trend",
    "trending", "support_resistance", "highest_before", "lowest_before",
    "sma", "ema", "wma", "macd", "adx", "supertrend", "ichimoku", "rsi", "stoch_rsi", "stochastic", "cci",
    "atr", "bollinger", "bollinger_width", "keltner", "donchian", "choppiness", "historical_volatility",
    "obv", "volume_sma", "volume_zscore", "volume_delta", "rolling_vwap",
]  # fmt: skip
