"""The indicators that TA-Lib has not, against their published formulas written down plainly, or against pandas."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import talib
from numpy.testing import assert_allclose, assert_array_equal

from shared_modules.core.bars import Bars
from shared_modules.core.errors import OutOfRange
from shared_modules.indicators import indicator

from .markets import HOUR, START, random_bars

BARS = random_bars(600, 11)
S, H, L, C, V = (pd.Series(getattr(BARS, n)) for n in ("open", "high", "low", "close", "volume"))  # S for start
R = np.log(C / C.shift())
RANGES = pd.concat([H - L, (H - C.shift()).abs(), (L - C.shift()).abs()], axis=1).max(axis=1)
YEARLY = 100 * math.sqrt(365 * 24)


def lines(name, bars=BARS, **params):
    return indicator(name).compute(bars, **params)


def line(name, bars=BARS, **params):
    (found,) = lines(name, bars, **params).values()
    return found


def close_to(found, expected, rtol=1e-9, atol=1e-10):
    expected = np.asarray(expected, float)
    known = ~np.isnan(expected)
    assert known.any()
    assert_array_equal(np.isnan(found), ~known)
    assert_allclose(found[known], expected[known], rtol=rtol, atol=atol)


def test_statistics_are_those_of_pandas():
    close_to(line("zscore", period=20), (C - C.rolling(20).mean()) / C.rolling(20).std(ddof=0))
    close_to(line("drawdown", period=50), 100 * (C / C.rolling(50).max() - 1))
    close_to(line("log_return", period=3), 100 * np.log(C / C.shift(3)))
    close_to(line("sharpe", period=30), R.rolling(30).mean() / R.rolling(30).std(ddof=0))
    close_to(line("volume_zscore", period=30), (V - V.rolling(30).mean()) / V.rolling(30).std(ddof=0))
    close_to(line("disparity", period=30), 100 * (C / C.rolling(30).mean() - 1))
    moved = R.rolling(40).apply(lambda x: ((x - x.mean()) ** 3).mean() / x.std() ** 3, raw=True)
    close_to(line("skewness", period=40), moved, rtol=1e-7)
    moved = R.rolling(40).apply(lambda x: ((x - x.mean()) ** 4).mean() / x.std() ** 4 - 3, raw=True)
    close_to(line("kurtosis", period=40), moved, rtol=1e-7)


def test_autocorrelation_and_variance_ratio_are_their_definitions():
    def correlation(x, lag=2):
        x = x - x.mean()
        return (x[lag:] * x[:-lag]).sum() / (x**2).sum()

    close_to(line("autocorrelation", period=40, lag=2), R.rolling(40).apply(correlation, raw=True), rtol=1e-8)
    four = np.log(C / C.shift(4))
    ratio = four.rolling(60).var(ddof=0) / (4 * R.rolling(60).var(ddof=0))
    close_to(line("variance_ratio", period=60, step=4), ratio)


def test_volatilities_are_their_definitions():
    close_to(line("historical_volatility", period=30), YEARLY * R.rolling(30).std())
    parkinson = (np.log(H / L) ** 2 / (4 * math.log(2)))[1:].rolling(30).mean().reindex(C.index)
    close_to(line("parkinson", period=30), YEARLY * np.sqrt(parkinson))
    gk = (0.5 * np.log(H / L) ** 2 - (2 * math.log(2) - 1) * np.log(C / S) ** 2)[1:].rolling(30).mean().reindex(C.index)
    close_to(line("garman_klass", period=30), YEARLY * np.sqrt(gk))
    rs = np.log(H / C) * np.log(H / S) + np.log(L / C) * np.log(L / S)
    rs = rs[1:].rolling(30).mean().reindex(C.index)
    close_to(line("rogers_satchell", period=30), YEARLY * np.sqrt(rs))
    k = 0.34 / (1.34 + 31 / 29)
    gap, body = np.log(S / C.shift()).rolling(30).var(), np.log(C / S)[1:].rolling(30).var().reindex(C.index)
    close_to(line("yang_zhang", period=30), YEARLY * np.sqrt(gap + k * body + (1 - k) * rs))
    close_to(line("bollinger_width"), 400 * C.rolling(20).std(ddof=0) / C.rolling(20).mean())
    upper, lower = (C.rolling(20).mean() + s * 2 * C.rolling(20).std(ddof=0) for s in (1, -1))
    close_to(line("bollinger_place"), (C - lower) / (upper - lower))
    down = 100 * (C / C.rolling(14).max() - 1)
    close_to(line("ulcer"), np.sqrt((down**2).rolling(14).mean()))


def test_a_gap_in_the_bars_does_not_count_as_a_longer_bar():
    kept = np.r_[0:300, 340:600]
    bars = Bars(*(getattr(BARS, n)[kept] for n in ("time", "open", "high", "low", "close", "volume", "turnover")))
    returns = np.log(bars.close[1:] / bars.close[:-1])
    found = line("historical_volatility", bars, period=30)
    assert found[310] == pytest.approx(YEARLY * returns[280:310].std(ddof=1))


def test_garch_is_its_recursion():
    long_run, alpha, beta = 0.8, 0.1, 0.85
    variance = (long_run / 100) ** 2
    expected = [np.nan]
    for r in R[1:]:
        variance = (long_run / 100) ** 2 * (1 - alpha - beta) + alpha * r * r + beta * variance
        expected.append(100 * math.sqrt(variance))
    close_to(line("garch", long_run=long_run, alpha=alpha, beta=beta), expected)
    squares = (R[1:] ** 2).ewm(alpha=0.06, adjust=False).mean().reindex(C.index)
    close_to(line("ewma_volatility", decay=0.94), 100 * np.sqrt(squares))


def test_channels_are_their_definitions():
    found = lines("envelope", period=10, percent=3.0)
    close_to(found["upper"], 1.03 * C.rolling(10).mean())
    found = lines("regression_channel", period=30, width=1.5)
    x = np.arange(30.0)
    slope, start = np.polyfit(x, C[100:130], 1)
    left = (C[100:130] - (start + slope * x)).std(ddof=0)
    assert found["middle"][129] == pytest.approx(start + slope * 29)
    assert found["upper"][129] == pytest.approx(start + slope * 29 + 1.5 * left)
    weights = np.exp(-((np.arange(20) - 0.85 * 19) ** 2) / (2 * (20 / 6) ** 2))
    close_to(line("alma"), C.rolling(20).apply(lambda v: (v * weights).sum() / weights.sum(), raw=True))
    path = RANGES[1:].rolling(14).sum().reindex(C.index)
    reach = H.rolling(14).max() - L.rolling(14).min()
    close_to(line("choppiness"), 100 * np.log10(path / reach) / math.log10(14))


def test_the_chandelier_hangs_off_the_extremes_by_wilders_ranges():
    wilder = RANGES[1:23].mean()
    for r in RANGES[23:]:
        wilder = (wilder * 21 + r) / 22
    found = lines("chandelier")
    assert found["long"][-1] == pytest.approx(H[-22:].max() - 3 * wilder)
    assert found["short"][-1] == pytest.approx(L[-22:].min() + 3 * wilder)
    assert lines("atr_bands", period=22, width=3.0)["upper"][-1] == pytest.approx(C.iloc[-1] + 3 * wilder)


def test_ichimokus_cloud_is_what_was_drawn_ahead():
    middle = {n: (H.rolling(n).max() + L.rolling(n).min()) / 2 for n in (9, 26, 52)}
    found = lines("ichimoku")
    close_to(found["conversion"], middle[9])
    close_to(found["base"], middle[26])
    close_to(found["span_a"], ((middle[9] + middle[26]) / 2).shift(26))
    close_to(found["span_b"], middle[52].shift(26))


def test_the_alligator_is_three_wilder_averages_drawn_ahead():
    price = ((H + L) / 2).to_numpy()
    mean = price[:5].mean()
    for p in price[5:-3]:
        mean += (p - mean) / 5
    assert lines("alligator")["lips"][-1] == pytest.approx(mean)


def test_filters_are_their_recursions():
    a = math.exp(-math.sqrt(2) * math.pi / 10)
    b = 2 * a * math.cos(math.sqrt(2) * math.pi / 10)
    y = [C[0], C[0]]
    for i in range(len(C)):
        y.append((1 - b + a * a) * (C[i] + C[max(0, i - 1)]) / 2 + b * y[-1] - a * a * y[-2])
    close_to(line("super_smoother"), y[2:])
    md = [C[0]]
    for c in C[1:]:
        md.append(md[-1] + (c - md[-1]) / max(1.0, 0.6 * 14 * (c / md[-1]) ** 4))
    close_to(line("mcginley"), md)
    middle = (H + L) / 2
    place = ((middle - middle.rolling(10).min()) / (middle.rolling(10).max() - middle.rolling(10).min())).to_numpy()
    x, f, expected = 0.0, 0.0, [np.nan] * 9
    for p in place[9:]:
        x = 0.66 * (p - 0.5) + 0.67 * x
        x = 0.999 if x > 0.99 else -0.999 if x < -0.99 else x
        f = 0.5 * math.log((1 + x) / (1 - x)) + 0.5 * f
        expected.append(f)
    close_to(lines("fisher")["fisher"], expected)


def test_oscillators_are_their_definitions():
    def rate(back, mean):
        return (100 * (C / C.shift(back) - 1)).rolling(mean).mean()

    kst = rate(10, 10) + 2 * rate(15, 10) + 3 * rate(20, 10) + 4 * rate(30, 15)
    found = lines("kst")
    close_to(found["kst"], kst)
    close_to(found["signal"], kst.rolling(9).mean())
    body, reach = (x + 2 * x.shift() + 2 * x.shift(2) + x.shift(3) for x in (C - S, H - L))
    vigor = body.rolling(10).sum() / reach.rolling(10).sum()
    found = lines("rvgi")
    close_to(found["rvgi"], vigor)
    close_to(found["signal"], (vigor + 2 * vigor.shift() + 2 * vigor.shift(2) + vigor.shift(3)) / 6)
    close_to(line("psychological_line"), 100 * (C.diff()[1:] > 0).rolling(12).mean().reindex(C.index))


def test_connors_rsi_is_the_mean_of_three():
    streak = [0.0]
    for d in C.diff()[1:]:
        streak.append(math.copysign(1, d) * (abs(streak[-1]) + 1 if streak[-1] * d > 0 else 1))
    change = C.pct_change()
    rank = change.rolling(101).apply(lambda x: 100 * (x[:-1] < x[-1]).mean(), raw=True)
    ups = [Bars.of(BARS.time, s, s, s, s) for s in (BARS.close, np.array(streak))]
    rsi = [indicator("rsi").compute(b, period=p)["rsi"] for b, p in zip(ups, (3, 2), strict=True)]
    close_to(line("connors_rsi"), (rsi[0] + rsi[1] + rank) / 3, rtol=1e-7)


def test_the_squeeze_is_on_while_the_deviations_are_narrower_than_the_ranges():
    found = lines("squeeze")
    spread = 2 * C.rolling(20).std(ddof=0)
    ranges = 1.5 * indicator("atr").compute(BARS, period=20)["atr"]
    known = ~np.isnan(found["on"])
    assert_array_equal(found["on"][known], (spread < ranges)[known].astype(float))
    off = C - ((H.rolling(20).max() + L.rolling(20).min()) / 2 + C.rolling(20).mean()) / 2
    slope, start = np.polyfit(np.arange(20), off[-20:], 1)
    assert found["momentum"][-1] == pytest.approx(start + 19 * slope)


def test_wave_trend_is_its_definition():
    def ema(x, n):
        x = x.dropna()
        seeded = pd.concat([pd.Series([x.iloc[:n].mean()], index=[x.index[n - 1]]), x.iloc[n:]])
        return seeded.ewm(alpha=2 / (n + 1), adjust=False).mean()

    price = (H + L + C) / 3
    off = (price - ema(price, 10)).dropna()
    wave = ema(off / (0.015 * ema(off.abs(), 10)), 21)
    found = lines("wave_trend")
    close_to(found["wave_trend"], wave.reindex(C.index))
    close_to(found["signal"], wave.rolling(4).mean().reindex(C.index))


def test_the_session_vwap_starts_again_at_each_utc_day():
    price, day = (H + L + C) / 3, pd.Series(BARS.time // (24 * HOUR))
    value, volume = (price * V).groupby(day).cumsum(), V.groupby(day).cumsum()
    found = lines("vwap_session", width=1.0)
    close_to(found["vwap"], value / volume)
    spread = np.sqrt(((price**2 * V).groupby(day).cumsum() / volume - (value / volume) ** 2).clip(0))
    close_to(found["upper"], value / volume + spread, rtol=1e-6)


def test_weeks_begin_on_monday_and_months_on_their_first():
    days = random_bars(500, 3, step=24 * HOUR, start=START + 5 * HOUR)
    price, when = (days.high + days.low + days.close) / 3, pd.to_datetime(days.time, unit="ms")
    for session, key in (("week", when.to_period("W")), ("month", when.to_period("M"))):
        value = pd.Series(price * days.volume).groupby(key).cumsum() / pd.Series(days.volume).groupby(key).cumsum()
        close_to(lines("vwap_session", days, session=session)["vwap"], value)


def test_the_anchored_vwap_begins_on_its_day_and_the_rolling_one_forgets():
    price = (H + L + C) / 3
    first = int(np.argmax(BARS.time >= pd.Timestamp("2025-01-03").value // 10**6))
    value = (price * V)[first:].cumsum() / V[first:].cumsum()
    close_to(lines("vwap_anchored", anchor=20250103)["vwap"], value.reindex(C.index))
    close_to(lines("vwap_rolling")["vwap"], (price * V).rolling(50).sum() / V.rolling(50).sum())
    with pytest.raises(OutOfRange, match="yyyymmdd"):
        lines("vwap_anchored", anchor=20250231)


def test_delta_is_an_estimate_from_body_colour_or_place():
    delta = V * (C - S) / (H - L)
    close_to(line("volume_delta"), delta)
    close_to(line("volume_delta", method="colour"), V * np.sign(C - S))
    close_to(line("volume_delta", method="place"), V * (2 * C - H - L) / (H - L))
    close_to(line("cvd", session="never"), delta.cumsum())
    close_to(line("cvd"), delta.groupby(BARS.time // (24 * HOUR)).cumsum())
    close_to(line("mean_trade_price"), C)


def test_ease_of_movement_is_its_definition():
    middle = (H + L) / 2
    moved = 1e4 * middle.pct_change() * (H - L) / middle * V.rolling(14).mean() / V
    close_to(line("ease_of_movement"), moved.rolling(14).mean())


def test_the_profile_holds_its_share_around_the_price_of_most_volume():
    found = lines("volume_profile", period=100, rows=20, share=70.0)
    h, lo, v = (x[-100:].to_numpy() for x in (H, L, V))
    edges = np.linspace(lo.min(), h.max(), 21)
    rows = np.array([
        (v * np.clip(np.minimum(h, b) - np.maximum(lo, a), 0, None) / (h - lo)).sum()
        for a, b in pairwise(edges)
    ])  # fmt: skip
    assert rows.sum() == pytest.approx(v.sum())
    peak = rows.argmax()
    assert found["poc"][-1] == pytest.approx((edges[peak] + edges[peak + 1]) / 2)
    inside = (edges[:-1] >= found["val"][-1] - 1e-9) & (edges[1:] <= found["vah"][-1] + 1e-9)
    assert rows[inside].sum() >= 0.7 * rows.sum()
    assert rows[inside].sum() - min(rows[inside][0], rows[inside][-1]) < 0.7 * rows.sum()


def test_pivots_come_from_the_last_whole_day():
    day = pd.Series(BARS.time // (24 * HOUR))
    n = day.iloc[-1]
    before = day == n - 1
    h, lo, c = H[before].max(), L[before].min(), C[before].iloc[-1]
    p = (h + lo + c) / 3
    last = {
        name: {k: v[-1] for k, v in lines(name).items()}
        for name in ("pivots_classic", "pivots_fibonacci", "pivots_camarilla", "pivots_woodie", "previous_session")
    }
    assert last["pivots_classic"] == pytest.approx(
        {"pivot": p, "r1": 2 * p - lo, "r2": p + h - lo, "r3": h + 2 * (p - lo),
         "s1": 2 * p - h, "s2": p - h + lo, "s3": lo - 2 * (h - p)})  # fmt: skip
    assert last["pivots_fibonacci"]["r2"] == pytest.approx(p + 0.618 * (h - lo))
    assert last["pivots_fibonacci"]["s3"] == pytest.approx(p - (h - lo))
    assert last["pivots_camarilla"]["r4"] == pytest.approx(c + 1.1 * (h - lo) / 2)
    assert last["pivots_camarilla"]["s1"] == pytest.approx(c - 1.1 * (h - lo) / 12)
    opened = S[day == n].iloc[0]
    assert last["pivots_woodie"]["pivot"] == pytest.approx((h + lo + 2 * opened) / 4)
    assert last["previous_session"] == pytest.approx({"open": S[before].iloc[0], "high": h, "low": lo, "close": c})


def test_a_day_of_which_only_the_end_is_known_gives_no_pivots():
    found = lines("pivots_classic")["pivot"]
    assert np.isnan(found[: 5 + 24]).all()
    assert np.isfinite(found[5 + 24 :]).all()
    whole = lines("pivots_classic", random_bars(60, 1, start=START + 5 * HOUR))["pivot"]
    assert np.isfinite(whole[24:]).all()


def test_fibonacci_levels_lie_between_the_last_swings():
    up = np.r_[np.linspace(100, 80, 30), np.linspace(81, 120, 40), np.linspace(119, 110, 10)]
    bars = Bars.of(START + np.arange(80) * HOUR, up, up, up, up)
    last = {k: v[-1] for k, v in lines("fibonacci", bars).items()}
    assert (last["level_0"], last["level_1000"]) == (120.0, 80.0)
    assert last["level_618"] == pytest.approx(120 - 0.618 * 40)


def test_the_zigzag_knows_a_turn_when_the_move_is_made():
    close = np.array([100, 105, 110, 108, 104, 100, 101, 106.0])
    bars = Bars.of(START + np.arange(8) * HOUR, close, close, close, close)
    found = line("zigzag", bars, percent=5.0)
    assert_array_equal(found, [np.nan, 100, 100, 100, 110, 110, 110, 100])


def test_the_average_of_the_cycle_has_its_length():
    close = C.to_numpy()
    lengths = np.clip(talib.HT_DCPERIOD(close), 6, 50)
    expected = [np.nan] * len(C)
    for i in range(32 + 49, len(C)):
        expected[i] = close[i - int(lengths[i]) + 1 : i + 1].mean()
    close_to(line("mavp"), expected)
