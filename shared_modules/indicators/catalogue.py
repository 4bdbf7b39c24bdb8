"""Every indicator as one declaration: parameters, inputs, outputs, pane, warm-up, source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.errors import UnknownName
from shared_modules.core.parameters import Parameter

from . import momentum, trend, volatility, volume
from .finite import Outputs

Pane = Literal["price", "own"]


@dataclass(frozen=True)
class Indicator:
    """``inputs`` are columns of `Bars`; ``outputs`` name the lines; ``pane`` says whether they share the price's axis.

    ``causal``: no value depends on later bars. ``source``: where the definition is from.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    pane: Pane
    source: str
    function: Callable[..., Floats | Outputs]
    lookback: Callable[..., int]
    causal: bool = True

    def compute(self, bars: Bars, **params: Any) -> dict[str, Floats]:
        """The lines by name, each of the bars' length; NaN during the warm-up.

        Raises `UnknownName` or `OutOfRange` for ``params``.
        """
        values = self.function(*(getattr(bars, name) for name in self.inputs), **self.checked(params))
        lines = values if isinstance(values, tuple) else (values,)
        return dict(zip(self.outputs, lines, strict=True))

    def warmup(self, **params: Any) -> int:
        """Bars before the first that has all lines."""
        return self.lookback(**self.checked(params))

    def checked(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters with ``params`` over the defaults, parsed and checked."""
        known = {p.name: p for p in self.parameters}
        for name in params:
            if name not in known:
                raise UnknownName.of(f"parameter of '{self.name}'", name, known)
        return {name: p.parse(params.get(name, p.default)) for name, p in known.items()}

    @property
    def summary(self) -> str:
        """The first sentence on what it is."""
        return (self.function.__doc__ or "").strip().split("\n")[0]


def _bars(name: str, default: int, help: str, low: int = 2) -> Parameter:
    return Parameter(name, int, default, help, low=low, high=1000, step=1, unit="bars")


def _period(default: int, low: int = 2) -> Parameter:
    return _bars("period", default, "Bars looked back on", low)


_SMOOTH = (_bars("smooth_k", 3, "Smoothing of K", 1), _bars("smooth_d", 3, "Smoothing of D", 1))
_HLC = ("high", "low", "close")
_BANDS = ("upper", "middle", "lower")


def _all() -> tuple[Indicator, ...]:
    width = Parameter("width", float, 2.0, "Band width in standard deviations", low=0.1, high=10.0, step=0.1)
    lines = (_bars("fast", 12, "Fast mean"), _bars("slow", 26, "Slow mean"), _bars("signal", 9, "Signal line", 1))
    return (
        Indicator("sma", "Simple moving average", (_period(20, 1),), ("close",), ("sma",), "price",
                  "arithmetic mean", trend.sma, lambda period: period - 1),
        Indicator("ema", "Exponential moving average", (_period(20),), ("close",), ("ema",), "price",
                  "TA-Lib EMA", trend.ema, lambda period: period - 1),
        Indicator("wma", "Weighted moving average", (_period(20),), ("close",), ("wma",), "price",
                  "TA-Lib WMA", trend.wma, lambda period: period - 1),
        Indicator("bollinger", "Bollinger bands", (_period(20), width), ("close",), _BANDS, "price",
                  "TA-Lib BBANDS; Bollinger 2001", volatility.bollinger, lambda period, width: period - 1),
        Indicator("donchian", "Donchian channel", (_period(20),), ("high", "low"), _BANDS, "price",
                  "TA-Lib MAX and MIN; Donchian", volatility.donchian, lambda period: period - 1),
        Indicator("rsi", "Relative strength index", (_period(14),), ("close",), ("rsi",), "own",
                  "TA-Lib RSI; Wilder 1978", momentum.rsi, lambda period: period),
        Indicator("stoch_rsi", "Stochastic RSI", (_period(14), _bars("stoch", 14, "Bars of the extremes"), *_SMOOTH),
                  ("close",), ("k", "d"), "own", "Chande and Kroll 1994, on TA-Lib RSI", momentum.stoch_rsi,
                  lambda period, stoch, smooth_k, smooth_d: period + stoch + smooth_k + smooth_d - 3),
        Indicator("stochastic", "Stochastic oscillator", (_period(14, 1), *_SMOOTH), _HLC, ("k", "d"), "own",
                  "TA-Lib STOCH; Lane", momentum.stochastic,
                  lambda period, smooth_k, smooth_d: period + smooth_k + smooth_d - 3),
        Indicator("macd", "MACD", lines, ("close",), ("macd", "signal", "histogram"), "own",
                  "TA-Lib MACD; Appel", trend.macd, lambda fast, slow, signal: max(fast, slow) + signal - 2),
        Indicator("adx", "Average directional index", (_period(14),), _HLC, ("adx",), "own",
                  "TA-Lib ADX; Wilder 1978", trend.adx, lambda period: 2 * period - 1),
        Indicator("cci", "Commodity channel index", (_period(20),), _HLC, ("cci",), "own",
                  "TA-Lib CCI; Lambert 1980", momentum.cci, lambda period: period - 1),
        Indicator("atr", "Average true range", (_period(14),), _HLC, ("atr",), "own",
                  "TA-Lib ATR; Wilder 1978", volatility.atr, lambda period: period),
        Indicator("volume_sma", "Volume average", (_period(20, 1),), ("volume",), ("volume_sma",), "own",
                  "arithmetic mean", volume.volume_sma, lambda period: period - 1),
        Indicator("obv", "On-balance volume", (), ("close", "volume"), ("obv",), "own",
                  "TA-Lib OBV; Granville 1963", volume.obv, lambda: 0),
    )  # fmt: skip


@cache
def catalogue() -> Mapping[str, Indicator]:
    """All indicators by name."""
    return {i.name: i for i in _all()}


def indicator(name: str) -> Indicator:
    """The indicator called ``name``; raises `UnknownName` with the nearest names."""
    found = catalogue().get(name)
    if found is None:
        raise UnknownName.of("indicator", name, catalogue())
    return found
