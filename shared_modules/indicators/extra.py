"""Entries of the catalogue that TA-Lib has not."""

from . import channels, cycles, estimators, flow, levels, oscillators, statistics, structure
from .entry import Indicator
from .entry import bars_parameter as _bars
from .entry import choice_parameter as _choice
from .entry import number_parameter as _number
from .entry import period_parameter as _period
from .incremental import Steps
from .running import RunningChoppiness, RunningScore, RunningSteps, RunningWidth
from .talib_table import AVERAGES

_HL, _HLC, _OHLC = ("high", "low"), ("high", "low", "close"), ("open", "high", "low", "close")
_BANDS = ("upper", "middle", "lower")
_SESSION = _choice("session", "day", "Session, in UTC", "day", "week", "month")
_SWING = (_bars("left", 5, "Bars before the extreme that must not reach it", 1, 100),
          _bars("right", 5, "Bars after the extreme that confirm it", 1, 100))  # fmt: skip
# an exponential mean forgets its start to 1e-13 within so many of its periods, Wilder's within twice as many
_EMA, _WILDER = 16, 32


def extra_indicators() -> tuple[Indicator, ...]:
    """The entries, by category."""
    return (*_trend(), *_cycles(), *_momentum(), *_volatility(), *_statistics(), *_volume(), *_sessions(), *_swings())


def _trend() -> tuple[Indicator, ...]:
    spans = (
        _bars("conversion", 9, "Conversion line"),
        _bars("base", 26, "Base line"),
        _bars("span", 52, "Slow edge of the cloud"),
        _bars("shift", 26, "Bars the cloud is drawn ahead", 1),
    )
    return (
        Indicator("alma", "Arnaud Legoux moving average",
                  (_period(20), _number("offset", 0.85, "Place of the largest weight, 1 the newest", 0.0, 1.0, 0.05),
                   _number("sigma", 6.0, "Narrowness of the weights", 1.0, 20.0, 0.5)),
                  ("close",), ("alma",), "price", "Legoux 2009", channels.alma, lambda period, **_: period - 1),
        Indicator("mcginley", "McGinley dynamic", (_period(14),), ("close",), ("mcginley",), "price",
                  "McGinley 1990, with 0.6 of the period", channels.mcginley, lambda period: 0,
                  steps=channels.mcginley.steps),
        Indicator("super_smoother", "Super smoother", (_period(10),), ("close",), ("super_smoother",), "price",
                  "Ehlers, Cycle Analytics for Traders, 2013", channels.super_smoother, lambda period: 0,
                  steps=channels.super_smoother.steps),
        Indicator("envelope", "Moving average envelope",
                  (_period(20, 1), _number("percent", 2.5, "Distance of the lines in percent", 0.01, 50.0, 0.1)),
                  ("close",), _BANDS, "price", "arithmetic mean", channels.envelope,
                  lambda period, percent: period - 1),
        Indicator("regression_channel", "Linear regression channel",
                  (_period(50, 3), _number("width", 2.0, "Width in deviations", 0.1, 10.0, 0.1)),
                  ("close",), _BANDS, "price", "least squares", channels.regression_channel,
                  lambda period, width: period - 1),
        Indicator("atr_bands", "ATR bands", (_period(14), _number("width", 2.0, "Width in ranges", 0.1, 20.0, 0.1)),
                  _HLC, ("upper", "lower"), "price", "TA-Lib ATR", channels.atr_bands, lambda period, width: period,
                  memory=lambda period, width: _WILDER * period + 1),
        Indicator("chandelier", "Chandelier exit",
                  (_period(22), _number("width", 3.0, "Distance in average true ranges", 0.1, 20.0, 0.1)),
                  _HLC, ("long", "short"), "price", "LeBeau, in Elder, Come Into My Trading Room, 2002",
                  channels.chandelier, lambda period, width: period, memory=lambda period, width: _WILDER * period + 1),
        Indicator("ichimoku", "Ichimoku", spans, _HL, ("conversion", "base", "span_a", "span_b"), "price",
                  "Hosoda 1969", channels.ichimoku,
                  lambda conversion, base, span, shift: max(conversion, base, span) + shift - 1),
        Indicator("ichimoku_lagging", "Ichimoku lagging span", (_bars("shift", 26, "Bars it is drawn back", 1),),
                  ("close",), ("lagging",), "price", "Hosoda 1969", channels.ichimoku_lagging, lambda shift: 0,
                  causal=False, sparse=True),
        Indicator("alligator", "Alligator", (), _HL, ("jaw", "teeth", "lips"), "price",
                  "Williams, Trading Chaos, 1995", channels.alligator, lambda: 20, memory=lambda: _WILDER * 13 + 9),
        Indicator("choppiness", "Choppiness index", (_period(14),), _HLC, ("choppiness",), "own",
                  "Dreiss; true ranges over the range of highs and lows", channels.choppiness, lambda period: period,
                  memory=lambda period: period + 1, steps=_choppiness_steps),
        Indicator("disparity", "Disparity index", (_period(20),), ("close",), ("disparity",), "own",
                  "Nison, Beyond Candlesticks, 1994", channels.disparity, lambda period: period - 1),
    )  # fmt: skip


def _cycles() -> tuple[Indicator, ...]:
    kinds = _choice("average", "sma", "Kind of average", *(k for k in AVERAGES if k != "mama"))
    periods = (_bars("shortest", 6, "Shortest period"), _bars("longest", 50, "Longest period"))
    return (
        Indicator("mavp", "Average of the dominant cycle's period", (*periods, kinds), ("close",), ("mavp",), "price",
                  "TA-Lib MAVP over HT_DCPERIOD; Ehlers 2001", cycles.cycle_average, cycles.cycle_lookback,
                  category="cycle", steps=cycles.CycleSteps),
    )  # fmt: skip


def _momentum() -> tuple[Indicator, ...]:
    category = "momentum"
    return (
        Indicator("kst", "Know sure thing", (_bars("signal", 9, "Signal line", 1),), ("close",), ("kst", "signal"),
                  "own", "Pring 1992", oscillators.know_sure_thing, lambda signal: 43 + signal, category=category),
        Indicator("rvgi", "Relative vigor index", (_period(10),), _OHLC, ("rvgi", "signal"), "own", "Ehlers 2002",
                  oscillators.relative_vigor, lambda period: period + 5, category=category),
        Indicator("psychological_line", "Psychological line", (_period(12),), ("close",), ("psychological_line",),
                  "own", "counting", oscillators.psychological_line, lambda period: period,
                  category=category),
        Indicator("connors_rsi", "Connors RSI",
                  (_period(3), _bars("streak", 2, "RSI of the streak"), _bars("rank", 100, "Percent rank")),
                  ("close",), ("connors_rsi",), "own", "Connors and Alvarez 2012", oscillators.connors_rsi,
                  lambda period, streak, rank: max(period, streak, rank + 1), category=category,
                  memory=lambda period, streak, rank: max(_WILDER * max(period, streak), rank + 1) + 120),
        Indicator("wave_trend", "Wave trend",
                  (_bars("channel", 10, "Mean of the price"), _bars("average", 21, "Smoothing")), _HLC,
                  ("wave_trend", "signal"), "own", "LazyBear 2014", oscillators.wave_trend,
                  lambda channel, average: 2 * channel + average, category=category,
                  memory=lambda channel, average: _EMA * (2 * channel + average) + 4),
        Indicator("squeeze", "Squeeze",
                  (_period(20), _number("width", 2.0, "Bollinger width in deviations", 0.1, 10.0, 0.1),
                   _number("ranges", 1.5, "Keltner width in average true ranges", 0.1, 10.0, 0.1)),
                  _HLC, ("on", "momentum"), "own", "Carter, Mastering the Trade, 2005", oscillators.squeeze,
                  lambda period, width, ranges: 2 * period - 2, category=category,
                  memory=lambda period, width, ranges: _WILDER * period + 1),
        Indicator("fisher", "Fisher transform", (_period(10),), _HL, ("fisher", "before"), "own", "Ehlers 2002",
                  oscillators.fisher, lambda period: period - 1, category=category, steps=oscillators.fisher_steps),
    )  # fmt: skip


def _volatility() -> tuple[Indicator, ...]:
    category = "volatility"
    width = _number("width", 2.0, "Band width in standard deviations", 0.1, 10.0, 0.1)
    ranges = (
        (
            "historical_volatility",
            "Historical volatility",
            ("time", "close"),
            estimators.historical_volatility,
            "close to close, unbiased",
        ),
        ("parkinson", "Parkinson volatility", ("time", *_HL), estimators.parkinson, "Parkinson 1980"),
        ("garman_klass", "Garman-Klass volatility", ("time", *_OHLC), estimators.garman_klass, "Garman and Klass 1980"),
        (
            "rogers_satchell",
            "Rogers-Satchell volatility",
            ("time", *_OHLC),
            estimators.rogers_satchell,
            "Rogers and Satchell 1991",
        ),
        ("yang_zhang", "Yang-Zhang volatility", ("time", *_OHLC), estimators.yang_zhang, "Yang and Zhang 2000"),
    )
    return (
        *(Indicator(name, title, (_period(30),), inputs, (name,), "own", source, function, lambda period: period,
                    category=category) for name, title, inputs, function, source in ranges),
        Indicator("garch", "GARCH volatility",
                  (_number("long_run", 0.5, "Long-run deviation of a bar's return, in percent", 0.01, 100.0, 0.01),
                   _number("alpha", 0.08, "Weight of the newest squared return", 0.0, 1.0, 0.01),
                   _number("beta", 0.9, "Weight of the variance before", 0.0, 1.0, 0.01)),
                  ("close",), ("garch",), "own", "Bollerslev 1986; given parameters, no fit", estimators.garch,
                  lambda **_: 1, category=category, steps=estimators.garch.steps),
        Indicator("ewma_volatility", "Exponential volatility",
                  (_number("decay", 0.94, "Weight of the variance before", 0.5, 0.99, 0.01),),
                  ("close",), ("ewma_volatility",), "own", "RiskMetrics 1996", estimators.ewma_volatility,
                  lambda decay: 1, category=category, steps=estimators.ewma_volatility.steps),
        Indicator("bollinger_width", "Bollinger band width", (_period(20), width), ("close",), ("bollinger_width",),
                  "own", "Bollinger 2001", estimators.bollinger_width, lambda period, width: period - 1,
                  category=category, steps=_width_steps),
        Indicator("bollinger_place", "Bollinger %b", (_period(20), width), ("close",), ("bollinger_place",), "own",
                  "Bollinger 2001", estimators.bollinger_place, lambda period, width: period - 1, category=category),
        Indicator("ulcer", "Ulcer index", (_period(14),), ("close",), ("ulcer",), "own", "Martin and McCann 1989",
                  channels.ulcer, lambda period: 2 * period - 2, category=category),
    )  # fmt: skip


def _statistics() -> tuple[Indicator, ...]:
    category, close = "statistics", ("close",)
    return (
        Indicator("zscore", "Z-score", (_period(20),), close, ("zscore",), "own", "standard score", statistics.zscore,
                  lambda period: period - 1, category=category, steps=_score_steps),
        Indicator("skewness", "Skewness of returns", (_period(50, 3),), close, ("skewness",), "own", "third moment",
                  statistics.skewness, lambda period: period, category=category),
        Indicator("kurtosis", "Excess kurtosis of returns", (_period(50, 4),), close, ("kurtosis",), "own",
                  "fourth moment", statistics.kurtosis, lambda period: period, category=category),
        Indicator("autocorrelation", "Autocorrelation of returns",
                  (_period(50, 5), _bars("lag", 1, "Bars between the returns compared", 1, 100)), close,
                  ("autocorrelation",), "own", "Box and Jenkins 1970", statistics.autocorrelation,
                  lambda period, lag: period, category=category),
        Indicator("variance_ratio", "Variance ratio", (_period(100, 5), _bars("step", 4, "Bars of the longer return")),
                  close, ("variance_ratio",), "own", "Lo and MacKinlay 1988", statistics.variance_ratio,
                  lambda period, step: period + step - 1, category=category, sparse=True),
        Indicator("drawdown", "Drawdown from the high", (_period(200),), close, ("drawdown",), "own", "share of high",
                  statistics.drawdown, lambda period: period - 1, category=category),
        Indicator("log_return", "Logarithmic return", (_period(1, 1),), close, ("log_return",), "own", "logarithm",
                  statistics.log_return, lambda period: period, category=category),
        Indicator("sharpe", "Rolling Sharpe ratio", (_period(50),), close, ("sharpe",), "own", "Sharpe 1966",
                  statistics.sharpe, lambda period: period, category=category),
    )  # fmt: skip


def _volume() -> tuple[Indicator, ...]:
    category = "volume"
    width = _number("width", 2.0, "Width in deviations by volume", 0.1, 10.0, 0.1)
    method = _choice("method", "body", "How bought and sold are told apart", "body", "colour", "place")
    lines = ("vwap", "upper", "lower")
    timed = ("time", *_HLC, "volume")
    anchor = _bars("anchor", 20240101, "First day, as yyyymmdd in UTC", 20000101, 21001231)
    return (
        Indicator("vwap_session", "Session VWAP", (_SESSION, width), timed, lines, "price", "weighted mean of hlc/3",
                  flow.session_vwap, lambda **_: 0, category=category, sparse=True, steps=flow.session_vwap.steps),
        Indicator("vwap_anchored", "Anchored VWAP", (anchor, width), timed, lines, "price", "weighted mean of hlc/3",
                  flow.anchored_vwap, lambda **_: 0, category=category, sparse=True, steps=flow.anchored_vwap.steps),
        Indicator("vwap_rolling", "Rolling VWAP", (_period(50), width), (*_HLC, "volume"), lines, "price",
                  "weighted mean of hlc/3", flow.rolling_vwap, lambda period, width: period - 1, category=category),
        Indicator("volume_delta", "Volume delta, estimated", (method,), (*_OHLC, "volume"), ("volume_delta",), "own",
                  "estimate from candles, which do not tell the taker", flow.volume_delta, lambda method: 0,
                  category=category),
        Indicator("cvd", "Cumulative volume delta, estimated",
                  (_choice("session", "day", "When the sum restarts, in UTC", "never", "day", "week", "month"), method),
                  ("time", *_OHLC, "volume"), ("cvd",), "own", "estimate from candles, which do not tell the taker",
                  flow.cumulative_delta, lambda **_: 0, category=category, steps=flow.DeltaSteps),
        Indicator("volume_profile", "Volume profile levels",
                  (_period(200), _bars("rows", 50, "Rows of the profile", 5, 500),
                   _number("share", 70.0, "Share of the volume inside the value area, in percent", 10.0, 99.0, 1.0)),
                  (*_HL, "volume"), ("poc", "vah", "val"), "price",
                  "Steidlmayer's market profile; each bar's volume spread evenly over its range", flow.volume_profile,
                  lambda period, **_: period - 1, category=category),
        Indicator("volume_zscore", "Volume z-score", (_period(50),), ("volume",), ("volume_zscore",), "own",
                  "standard score", flow.volume_zscore, lambda period: period - 1, category=category,
                  steps=_score_steps),
        Indicator("ease_of_movement", "Ease of movement", (_period(14),), (*_HL, "volume"), ("ease_of_movement",),
                  "own", "Arms 1996, relative to price and mean volume", flow.ease_of_movement,
                  lambda period: 2 * period - 2, category=category),
        Indicator("mean_trade_price", "Mean traded price", (), ("volume", "turnover"), ("mean_trade_price",), "price",
                  "turnover over volume", flow.mean_trade_price, lambda: 0, category=category, sparse=True),
    )  # fmt: skip


def _sessions() -> tuple[Indicator, ...]:
    three = ("pivot", "r1", "r2", "r3", "s1", "s2", "s3")
    rows = (
        ("pivots_classic", "Classic pivot points", three, levels.pivots_classic, "floor traders' formula"),
        ("pivots_fibonacci", "Fibonacci pivot points", three, levels.pivots_fibonacci, "ratios 0.382, 0.618 and 1"),
        (
            "pivots_camarilla",
            "Camarilla pivot points",
            ("r1", "r2", "r3", "r4", "s1", "s2", "s3", "s4"),
            levels.pivots_camarilla,
            "Scott 1989",
        ),
        ("pivots_woodie", "Woodie pivot points", ("pivot", "r1", "r2", "s1", "s2"), levels.pivots_woodie, "Woodie"),
        (
            "previous_session",
            "Last session's prices",
            ("open", "high", "low", "close"),
            levels.previous_session,
            "the session's own bars",
        ),
    )
    return tuple(
        Indicator(name, title, (_SESSION,), ("time", *_OHLC), outputs, "price", source, function, lambda session: 0,
                  category="levels", sparse=True, steps=function.steps)
        for name, title, outputs, function, source in rows
    )  # fmt: skip


def _swings() -> tuple[Indicator, ...]:
    ratios = tuple(f"level_{1000 * r:.0f}" for r in levels.FIBONACCI)
    kept = (
        _bars("kept", 20, "Swings remembered", 2, 200),
        _number("tolerance", 0.5, "Swings so near in percent are one level", 0.01, 20.0, 0.05),
        _bars("touches", 2, "Swings that make a level", 1, 20),
    )
    return (
        Indicator("swings", "Swing highs and lows", _SWING, _HL, ("high", "low"), "price", "confirmed extremes",
                  levels.swings, _confirmed, category="levels", sparse=True, steps=levels.swings.steps),
        Indicator("swing_ages", "Bars since the last swings", _SWING, _HL, ("since_high", "since_low"), "own",
                  "confirmed extremes", levels.swing_ages, _confirmed, category="levels", sparse=True,
                  steps=levels.swing_ages.steps),
        Indicator("fibonacci", "Fibonacci retracements", _SWING, _HL, ratios, "price", "ratios of the last swing",
                  levels.fibonacci, _confirmed, category="levels", sparse=True, steps=levels.fibonacci.steps),
        Indicator("support_resistance", "Support and resistance", (*_SWING, *kept), _HLC, ("support", "resistance"),
                  "price", "groups of confirmed swings", levels.support_resistance, _confirmed, category="levels",
                  sparse=True, steps=levels.support_resistance.steps),
        Indicator("rsi_divergence", "RSI divergence",
                  (_period(14), *_SWING, _bars("within", 60, "Bars the swings may be apart", 1)), _HLC,
                  ("rsi_divergence",), "own", "Wilder 1978; confirmed swings only", structure.rsi_divergence,
                  lambda period, left, right, within: period + 2 * left + right, category="levels", kind="pattern",
                  memory=lambda period, left, right, within: _WILDER * period + 2 * (left + right) + within),
        Indicator("zigzag", "Zigzag", (_number("percent", 3.0, "Move that makes a turn, in percent", 0.05, 50.0, 0.1),),
                  _HL, ("zigzag",), "price", "confirmed turns", levels.zigzag, lambda percent: 0, category="levels",
                  sparse=True, steps=levels.zigzag.steps),
    )  # fmt: skip


def _confirmed(left: int, right: int, **_: float) -> int:
    """Bars before the first swing can be known."""
    return left + right


def _score_steps(period: int) -> Steps:
    return RunningSteps(lambda: RunningScore(period), statistics.zscore, {"period": period}, period)


def _width_steps(period: int, width: float) -> Steps:
    params = {"period": period, "width": width}
    return RunningSteps(lambda: RunningWidth(period, width), estimators.bollinger_width, params, period)


def _choppiness_steps(period: int) -> Steps:
    return RunningSteps(lambda: RunningChoppiness(period), channels.choppiness, {"period": period}, period + 1)
