"""Strategies that look ahead, each by another technique; the line to blame ends with the word leak.

They are written as people write them: with pandas, in loops, compiled, over helpers and over several lines.
"""

from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np
import pandas as pd

from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.indicators import atr, crossed_above, crossed_below, ema, indicator, rsi, sma
from shared_modules.strategies.base import Signals, Strategy

H1 = TIMEFRAMES["1h"]


@dataclass(frozen=True)
class Planted(Strategy):
    """What they have in common: nothing but a name."""

    name: ClassVar[str] = "planted"
    title: ClassVar[str] = "Planted"
    columns: ClassVar[tuple[str, ...]] = ("enter_long",)


def both(up, down):
    up, down = np.asarray(up, np.bool_), np.asarray(down, np.bool_)
    never = np.zeros(len(up), np.bool_)
    return Signals(up & ~down, down, never, never)


def scaled(values):
    low = values.min()  # leak
    return (values - low) / (values.max() - low)  # leak


@numba.njit
def compiled_peaks(high, low):
    up, down = np.zeros(len(high), np.bool_), np.zeros(len(high), np.bool_)
    for i in range(1, len(high) - 1):
        if low[i] < low[i - 1] and low[i] < low[i + 1]:  # leak
            up[i] = True
        elif high[i] > high[i - 1]:
            down[i] = True
    return up, down


class NegativeShift(Planted):
    def signals(self, view):
        close = pd.Series(view.bars.close)
        following = close.shift(-1)  # leak
        return both(following > close * 1.001, following < close * 0.999)


class Rolled(Planted):
    def signals(self, view):
        close = view.bars.close
        tomorrow = np.roll(close, -1)  # leak
        rising = tomorrow > close
        return both(rising, ~rising)


class CentredWindow(Planted):
    def signals(self, view):
        frame = view.bars.to_frame()
        frame["slow"] = frame["close"].rolling(50).mean()
        frame["smooth"] = frame["close"].rolling(11, center=True).mean()  # leak
        up = (frame["smooth"] > frame["slow"]).to_numpy()
        return both(up, ~up)


class ReversedAverage(Planted):
    def signals(self, view):
        close = view.bars.close
        backwards = ema(close[::-1].copy(), 10)  # leak
        line = backwards[::-1]
        return both(crossed_above(close, line), crossed_below(close, line))


class HighestOfAll(Planted):
    def signals(self, view):
        close = view.bars.close
        top = close.max()  # leak
        share = close / top
        return both(share < 0.96, share > 0.99)


class MinMaxHelper(Planted):
    def signals(self, view):
        place = scaled(view.bars.close)
        return both(place < 0.2, place > 0.8)


class WholeZScore(Planted):
    def signals(self, view):
        close = view.bars.close
        fast = sma(close, 10)
        z = (fast - np.nanmean(fast)) / np.nanstd(fast)  # leak
        return both(z < -1.0, z > 1.0)


class QuantileOfAll(Planted):
    def signals(self, view):
        moves = np.r_[0.0, np.diff(np.log(view.bars.close))]
        never = np.zeros(len(moves), np.bool_)
        return Signals(
            enter_long=moves > np.quantile(moves, 0.98),  # leak
            exit_long=moves < -0.002,
            enter_short=never,
            exit_short=never,
        )


class BackFilled(Planted):
    def signals(self, view):
        frame = view.bars.to_frame()
        level = frame["high"].where(frame["high"] > frame["high"].shift(1).rolling(20).max())
        level = level.bfill()  # leak
        up = frame["close"] < level * 0.995
        return both(up, ~up)


class Interpolated(Planted):
    def signals(self, view):
        close = pd.Series(view.bars.close)
        sparse = close.where(np.arange(len(close)) % 12 == 0)
        line = sparse.interpolate()  # leak
        return both(line > close, line < close)


class NextBarInALoop(Planted):
    def signals(self, view):
        close = view.bars.close
        up, down = np.zeros(len(close), np.bool_), np.zeros(len(close), np.bool_)
        for i in range(20, len(close) - 1):
            mean = close[i - 20 : i].mean()
            ahead = close[i + 1]  # leak
            if close[i] > mean and ahead > close[i]:
                up[i] = True
            elif close[i] < mean:
                down[i] = True
        return both(up, down)


class BestOfTheNextBars(Planted):
    def signals(self, view):
        close, high = view.bars.close, view.bars.high
        up = np.zeros(len(close), np.bool_)
        for i in range(len(close)):
            window = high[i + 1 : i + 6]  # leak
            if len(window) and window.max() > close[i] * 1.004:
                up[i] = True
        return both(up, ~up)


class CompiledPeaks(Planted):
    columns: ClassVar[tuple[str, ...]] = ("enter_long", "exit_long")

    def signals(self, view):
        up, down = compiled_peaks(view.bars.high, view.bars.low)
        return both(up, down)


class UnfinishedHour(Planted):
    def signals(self, view):
        frame = view.bars.to_frame()
        hourly = frame["close"].resample("1h").last()  # leak
        trend = (hourly > hourly.rolling(5).mean()).reindex(frame.index, method="ffill")
        up = trend.to_numpy(np.bool_)
        return both(up, ~up)


class RunningHigherBar(Planted):
    @property
    def timeframes(self):
        return (H1,)

    def signals(self, view):
        hours = view.higher[H1]
        row = np.searchsorted(hours.time, view.bars.time, side="right") - 1
        row = np.maximum(row, 0)
        up = hours.close[row] > hours.open[row]  # leak
        return both(up, ~up)


class TrendLineOfAll(Planted):
    def signals(self, view):
        close = view.bars.close
        x = np.arange(len(close), dtype=np.float64)
        slope, base = np.polyfit(x, close, 1)  # leak
        line = base + slope * x
        return both(close < line * 0.995, close > line)


class Regression(Planted):
    def signals(self, view):
        close = view.bars.close
        moves = np.r_[0.0, np.diff(np.log(close))]
        features = np.column_stack([moves, np.r_[0.0, moves[:-1]], np.ones(len(moves))])
        target = np.r_[moves[1:], 0.0]  # leak
        weights = np.linalg.lstsq(features[100:], target[100:], rcond=None)[0]  # leak
        guess = features @ weights
        return both(guess > 0.0, guess < 0.0)


class SortedByFuture(Planted):
    def signals(self, view):
        close = view.bars.close
        gain = np.full(len(close), -1.0)
        gain[:-12] = close[12:] / close[:-12] - 1.0  # leak
        best = np.argsort(gain)[-len(close) // 20 :]
        up = np.zeros(len(close), np.bool_)
        up[best] = True
        return both(up, ~up)


class CentralDifference(Planted):
    def signals(self, view):
        line = sma(view.bars.close, 5)
        slope = np.gradient(line)  # leak
        return both(slope > 0.0, slope < 0.0)


class SameConvolution(Planted):
    def signals(self, view):
        close = view.bars.close
        kernel = np.ones(9) / 9.0
        smooth = np.convolve(close, kernel, mode="same")  # leak
        return both(smooth > close, smooth < close)


class RankOfAll(Planted):
    def signals(self, view):
        volume = pd.Series(view.bars.volume)
        rank = volume.rank(pct=True)  # leak
        return both(rank > 0.9, rank < 0.3)


class NegativeDiff(Planted):
    def signals(self, view):
        frame = view.bars.to_frame()
        ahead = -frame["close"].diff(-1)  # leak
        return both(ahead > 0, ahead < 0)


class NegativePercent(Planted):
    columns: ClassVar[tuple[str, ...]] = ("exit_long",)

    def signals(self, view):
        frame = view.bars.to_frame()
        frame["rsi"] = rsi(view.bars.close, 14)
        frame["falls"] = frame["close"].pct_change(-3) > 0.002  # leak
        return both(frame["rsi"] < 30, frame["falls"])


class Fourier(Planted):
    def signals(self, view):
        close = view.bars.close
        waves = np.fft.rfft(close)  # leak
        waves[20:] = 0.0
        smooth = np.fft.irfft(waves, len(close))
        return both(close < smooth, close > smooth)


class ForwardAndBack(Planted):
    def signals(self, view):
        close = pd.Series(view.bars.close)
        once = close.ewm(span=8).mean()
        twice = once[::-1].ewm(span=8).mean()[::-1]  # leak
        return both(close > twice, close < twice)


class StopBelowNextLow(Planted):
    columns: ClassVar[tuple[str, ...]] = ("stop",)

    def signals(self, view):
        bars = view.bars
        fast, slow = sma(bars.close, 5), sma(bars.close, 20)
        never = np.zeros(len(bars), np.bool_)
        return Signals(
            crossed_above(fast, slow),
            crossed_below(fast, slow),
            never,
            never,
            stop=0.999 * np.append(bars.low[1:], bars.low[-1]),  # leak
        )


class TargetAtFutureHigh(Planted):
    columns: ClassVar[tuple[str, ...]] = ("target",)

    def signals(self, view):
        bars = view.bars
        fast, slow = sma(bars.close, 5), sma(bars.close, 20)
        reachable = pd.Series(bars.high[::-1]).rolling(30, min_periods=1).max().to_numpy()[::-1]  # leak
        never = np.zeros(len(bars), np.bool_)
        return Signals(crossed_above(fast, slow), crossed_below(fast, slow), never, never, target=reachable * 1.0001)


class StrengthFromFuture(Planted):
    columns: ClassVar[tuple[str, ...]] = ("strength",)

    def signals(self, view):
        close = view.bars.close
        fast, slow = sma(close, 5), sma(close, 20)
        never = np.zeros(len(close), np.bool_)
        gains = [close[min(i + 10, len(close) - 1)] / close[i] for i in range(len(close))]  # leak
        strength = np.array(gains)
        return Signals(crossed_above(fast, slow), crossed_below(fast, slow), never, never, strength=strength)


class HighOfTheDay(Planted):
    def signals(self, view):
        frame = view.bars.to_frame()
        day = frame.index.floor("D")
        frame["top"] = frame.groupby(day)["high"].transform("max")  # leak
        return both(frame["close"] < frame["top"] * 0.99, frame["close"] > frame["top"] * 0.999)


class NearestMerge(Planted):
    def signals(self, view):
        frame = view.bars.to_frame().reset_index(names="at")
        marks = frame.loc[np.arange(len(frame)) % 24 == 0, ["at", "close"]].rename(columns={"close": "mark"})
        joined = pd.merge_asof(frame, marks, on="at", direction="nearest")  # leak
        up = joined["mark"] > joined["close"]
        return both(up, ~up)


class HighestStillToCome(Planted):
    def signals(self, view):
        high = view.bars.high
        coming = np.maximum.accumulate(high[::-1])[::-1]  # leak
        room = coming / view.bars.close
        return both(room > 1.01, room < 1.002)


class LastCloseKnown(Planted):
    def signals(self, view):
        close = view.bars.close
        final = close[-1]  # leak
        return both(close < final, close > final)


class BackwardLoop(Planted):
    columns: ClassVar[tuple[str, ...]] = ("enter_long", "exit_long")

    def signals(self, view):
        close = view.bars.close
        level, up = 100.0, np.zeros(len(close), np.bool_)
        for i in range(len(close) - 1, -1, -1):  # leak
            level = 0.9 * level + 0.1 * close[i]
            up[i] = level > close[i]
        return both(up, ~up)


class Buckets(Planted):
    def signals(self, view):
        width = pd.Series(atr(view.bars.high, view.bars.low, view.bars.close, 14))
        bucket = pd.qcut(  # leak
            width,
            5,
            labels=False,
        )
        return both(bucket == 4, bucket == 0)


class Learner:
    """A nearest-mean classifier."""

    def fit(self, features, labels):
        self.up = features[labels].mean(axis=0)  # leak
        self.down = features[~labels].mean(axis=0)
        return self

    def predict(self, features):
        return np.linalg.norm(features - self.up, axis=1) < np.linalg.norm(features - self.down, axis=1)


class TrainedOnAll(Planted):
    def signals(self, view):
        close = view.bars.close
        moves = np.r_[0.0, np.diff(np.log(close))]
        features = np.column_stack([moves, np.r_[0.0, moves[:-1]]])
        labels = np.r_[moves[1:] > 0.0, False]  # leak
        up = Learner().fit(features, labels).predict(features)
        return both(up, ~up)


class WhileLoop(Planted):
    def signals(self, view):
        close = view.bars.close
        up = np.zeros(len(close), np.bool_)
        i = 0
        while i < len(close) - 5:
            if close[i + 4] > close[i] * 1.002:  # leak
                up[i] = True
                i += 5
            i += 1
        return both(up, ~up)


class LimitFromFuture(Planted):
    columns: ClassVar[tuple[str, ...]] = ("limit",)

    def signals(self, view):
        bars = view.bars
        frame = bars.to_frame()
        line = sma(bars.close, 10)
        never = np.zeros(len(bars), np.bool_)
        wanted = frame["low"].rolling(5).min().shift(-5).fillna(frame["close"])  # leak
        return Signals(
            crossed_above(bars.close, line), crossed_below(bars.close, line), never, never, limit=wanted.to_numpy()
        )


class LaggingSpan(Planted):
    def signals(self, view):
        close = view.bars.close
        back = indicator("ichimoku_lagging").compute(view.bars)  # leak
        line = next(iter(back.values()))
        return both(line > close, line < close)


PLANTED = tuple(
    cls for cls in list(globals().values()) if isinstance(cls, type) and issubclass(cls, Planted) and cls is not Planted
)
