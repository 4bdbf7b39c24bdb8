"""The entries of the catalogue that charts and strategies use most."""

from typing import Any

from . import momentum, trend, volatility, volume
from .entry import Indicator, number_parameter
from .entry import bars_parameter as _bars
from .entry import period_parameter as _period
from .incremental import ChainSteps, Steps
from .running import RunningChannel, RunningMean, RunningPlace, RunningSteps
from .talib_entries import talib_steps

_SMOOTH = (_bars("smooth_k", 3, "Smoothing of K", 1), _bars("smooth_d", 3, "Smoothing of D", 1))
_HLC = ("high", "low", "close")
_BANDS = ("upper", "middle", "lower")


def house_indicators() -> tuple[Indicator, ...]:
    """The entries, those of trends first."""
    width = number_parameter("width", 2.0, "Band width in standard deviations", 0.1, 10.0, 0.1)
    lines = (_bars("fast", 12, "Fast mean"), _bars("slow", 26, "Slow mean"), _bars("signal", 9, "Signal line", 1))
    return (
        Indicator("sma", "Simple moving average", (_period(20, 1),), ("close",), ("sma",), "price",
                  "arithmetic mean", trend.sma, lambda period: period - 1, steps=_mean_steps),
        Indicator("ema", "Exponential moving average", (_period(20),), ("close",), ("ema",), "price",
                  "TA-Lib EMA", trend.ema, lambda period: period - 1, steps=lambda period: talib_steps("EMA", period)),
        Indicator("wma", "Weighted moving average", (_period(20),), ("close",), ("wma",), "price",
                  "TA-Lib WMA", trend.wma, lambda period: period - 1, steps=lambda period: talib_steps("WMA", period)),
        Indicator("bollinger", "Bollinger bands", (_period(20), width), ("close",), _BANDS, "price",
                  "TA-Lib BBANDS; Bollinger 2001", volatility.bollinger, lambda period, width: period - 1,
                  category="volatility", steps=lambda period, width: talib_steps("BBANDS", period, width, width, 0)),
        Indicator("donchian", "Donchian channel", (_period(20),), ("high", "low"), _BANDS, "price",
                  "TA-Lib MAX and MIN; Donchian", volatility.donchian, lambda period: period - 1, steps=_channel_steps),
        Indicator("rsi", "Relative strength index", (_period(14),), ("close",), ("rsi",), "own",
                  "TA-Lib RSI; Wilder 1978", momentum.rsi, lambda period: period, category="momentum",
                  steps=lambda period: talib_steps("RSI", period)),
        Indicator("stoch_rsi", "Stochastic RSI", (_period(14), _bars("stoch", 14, "Bars of the extremes"), *_SMOOTH),
                  ("close",), ("k", "d"), "own", "Chande and Kroll 1994, on TA-Lib RSI", momentum.stoch_rsi,
                  lambda period, stoch, smooth_k, smooth_d: period + stoch + smooth_k + smooth_d - 3,
                  category="momentum", steps=_stoch_rsi_steps),
        Indicator("stochastic", "Stochastic oscillator", (_period(14, 1), *_SMOOTH), _HLC, ("k", "d"), "own",
                  "TA-Lib STOCH; Lane", momentum.stochastic,
                  lambda period, smooth_k, smooth_d: period + smooth_k + smooth_d - 3, category="momentum",
                  steps=lambda period, smooth_k, smooth_d: talib_steps("STOCH", period, smooth_k, 0, smooth_d, 0)),
        Indicator("macd", "MACD", lines, ("close",), ("macd", "signal", "histogram"), "own",
                  "TA-Lib MACD; Appel", trend.macd, lambda fast, slow, signal: max(fast, slow) + signal - 2,
                  category="momentum", steps=lambda fast, slow, signal: talib_steps("MACD", fast, slow, signal)),
        Indicator("adx", "Average directional index", (_period(14),), _HLC, ("adx",), "own",
                  "TA-Lib ADX; Wilder 1978", trend.adx, lambda period: 2 * period - 1,
                  steps=lambda period: talib_steps("ADX", period)),
        Indicator("cci", "Commodity channel index", (_period(20),), _HLC, ("cci",), "own",
                  "TA-Lib CCI; Lambert 1980", momentum.cci, lambda period: period - 1, category="momentum",
                  steps=lambda period: talib_steps("CCI", period)),
        Indicator("atr", "Average true range", (_period(14),), _HLC, ("atr",), "own",
                  "TA-Lib ATR; Wilder 1978", volatility.atr, lambda period: period, category="volatility",
                  steps=lambda period: talib_steps("ATR", period)),
        Indicator("volume_sma", "Volume average", (_period(20, 1),), ("volume",), ("volume_sma",), "own",
                  "arithmetic mean", volume.volume_sma, lambda period: period - 1, category="volume",
                  steps=_mean_steps),
        Indicator("obv", "On-balance volume", (), ("close", "volume"), ("obv",), "own",
                  "TA-Lib OBV; Granville 1963", volume.obv, lambda: 0, category="volume",
                  steps=lambda: talib_steps("OBV")),
    )  # fmt: skip


def _mean_steps(period: int) -> Steps:
    return RunningSteps(lambda: RunningMean(period), trend.sma, {"period": period}, period)


def _channel_steps(period: int) -> Steps:
    return RunningSteps(lambda: RunningChannel(period), volatility.donchian, {"period": period}, period)


def _stoch_rsi_steps(period: int, **rest: Any) -> Steps:
    then = RunningSteps(lambda: RunningPlace(**rest), momentum.stoch_of, rest, sum(rest.values()) - 2)
    return ChainSteps(talib_steps("RSI", period), then, 2)
