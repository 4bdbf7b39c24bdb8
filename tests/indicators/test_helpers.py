import inspect

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shared_modules import indicators as ind
from shared_modules.core.errors import UnknownName
from shared_modules.indicators import indicator

from .markets import random_bars, ticks

NAN = np.nan


def helpers(bars):
    """Every helper on one market, by name."""
    h, lo, c = bars.high, bars.low, bars.close
    line = ind.rsi(c, 5)
    apart = ind.divergences(h, lo, line, 3, 2)
    return {
        "oversold": ind.oversold(line), "overbought": ind.overbought(line),
        "left_oversold": ind.left_oversold(line, 40.0), "left_overbought": ind.left_overbought(line, 60.0),
        "recently": ind.recently(c > 100.0, 3), "held": ind.held(c > 100.0, 3),
        "smoothed": ind.smoothed(c, 9, "hma"), "normalised": ind.normalised(c, 20),
        "percent_rank": ind.percent_rank(c, 20), "swing_highs": ind.swing_highs(h, 3, 2),
        "swing_lows": ind.swing_lows(lo, 3, 2), "bullish": apart.bullish, "bearish": apart.bearish,
        "hidden_bullish": apart.hidden_bullish, "hidden_bearish": apart.hidden_bearish,
        "swing_trend": ind.swing_trend(h, lo, 3, 2), "average_trend": ind.average_trend(c, 5, 12),
        "trending": ind.trending(h, lo, c, 7), "support": ind.support_resistance(h, lo, c, 3, 2)[0],
        "highest_before": ind.highest_before(h, 9), "lowest_before": ind.lowest_before(lo, 9),
        "supertrend": ind.supertrend(h, lo, c)[1], "keltner": ind.keltner(h, lo, c)[0],
    }  # fmt: skip


@pytest.mark.parametrize("market", [random_bars, ticks])
@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 300), seed=st.integers(0, 4))
def test_a_helper_knows_nothing_of_later_bars(market, n, seed):
    whole, early = helpers(market(300, seed)), helpers(market(300, seed)[:n])
    for name, values in early.items():
        assert_array_equal(values, whole[name][:n], err_msg=name)


def test_a_swing_is_known_when_the_bars_after_it_are_over_and_not_before():
    values = np.array([1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 1.0, 0.0])
    assert np.flatnonzero(ind.swing_highs(values, 2, 2)).tolist() == [4]
    assert np.flatnonzero(ind.swing_highs(values, 1, 1)).tolist() == [3, 6]
    assert np.flatnonzero(ind.swing_lows(values, 1, 1)).tolist() == [5]


def test_of_equal_highs_the_first_is_the_swing():
    assert np.flatnonzero(ind.swing_highs(np.array([1.0, 3.0, 3.0, 1.0, 0.0]), 1, 1)).tolist() == [2]


@pytest.mark.parametrize("market", [random_bars, ticks])
@pytest.mark.parametrize(("left", "right"), [(1, 1), (5, 3), (2, 6)])
def test_the_swings_of_the_catalogue_are_those_of_the_helpers(market, left, right):
    bars = market(600, 3)
    held = NAN
    lines = indicator("swings").compute(bars, left=left, right=right)
    for i, confirmed in enumerate(ind.swing_highs(bars.high, left, right)):
        held = bars.high[i - right] if confirmed else held
        assert lines["high"][i] == held or np.isnan(lines["high"][i]) == np.isnan(held)


def test_a_lower_low_of_the_price_with_a_higher_one_of_the_line_is_bullish():
    low = np.array([9, 8, 5, 8, 9, 8, 7, 4, 7, 8, 9.0])
    line = np.array([50, 40, 20, 40, 50, 45, 40, 30, 40, 50, 50.0])
    found = ind.divergences(low + 1, low, line, 2, 2)
    assert np.flatnonzero(found.bullish).tolist() == [9]
    assert not found.hidden_bullish.any()
    hidden = ind.divergences(low + 1, -low + 20, line, 2, 2)
    assert not hidden.bullish.any()
    far = ind.divergences(low + 1, low, line, 2, 2, within=4)
    assert not far.bullish.any()


def test_a_higher_high_with_a_lower_one_of_the_line_is_bearish_and_the_reverse_is_hidden():
    high = np.array([1, 2, 5, 2, 1, 2, 3, 6, 3, 2, 1.0])
    line = np.array([50, 60, 80, 60, 50, 55, 60, 70, 60, 50, 50.0])
    assert np.flatnonzero(ind.divergences(high, high - 1, line, 2, 2).bearish).tolist() == [9]
    assert np.flatnonzero(ind.divergences(line, line - 1, high, 2, 2).hidden_bearish).tolist() == [9]


def test_the_divergence_of_the_catalogue_is_that_of_the_helper():
    bars = random_bars(1500, 5)
    found = ind.divergences(bars.high, bars.low, ind.rsi(bars.close, 14))
    line = indicator("rsi_divergence").compute(bars)["rsi_divergence"]
    assert found.bullish[60:].any()
    assert found.bearish[60:].any()
    # from the second swing on that has an RSI they agree
    assert_array_equal(line[120:], (100.0 * found.bullish - 100.0 * found.bearish)[120:])


def test_rising_swings_are_a_rising_trend_and_falling_ones_a_falling():
    wave = 10 * np.sin(np.arange(200) / 5)
    up = np.arange(200) + wave
    assert ind.swing_trend(up + 1, up - 1)[-1] == 1.0
    assert ind.swing_trend(200 - up, 198 - up)[-1] == -1.0
    assert np.isnan(ind.swing_trend(up, up)[10])
    assert ind.average_trend(np.arange(100.0))[-1] == 1.0
    assert ind.average_trend(-np.arange(100.0) + 200)[-1] == -1.0


def test_a_level_needs_as_many_touches_as_asked():
    wave = 95.0 + np.abs((np.arange(240) % 20) - 10)
    support, resistance = ind.support_resistance(wave + 0.1, wave - 0.1, wave, touches=3)
    assert support[-1] == pytest.approx(94.9)
    assert resistance[-1] == pytest.approx(105.1)
    never, _ = ind.support_resistance(wave + 0.1, wave - 0.1, wave, kept=4, touches=5)
    assert np.isnan(never).all()


def test_flags_that_were_or_stayed():
    flags = np.array([False, True, False, False, True, True, True])
    assert ind.recently(flags, 1).tolist() == [False, True, True, False, True, True, True]
    assert ind.held(flags, 1).tolist() == [False, False, False, False, False, True, True]
    assert ind.recently(flags[:1], 5).tolist() == [False]


def test_oversold_is_under_the_level_and_missing_values_are_neither():
    line = np.array([NAN, 20.0, 30.0, 80.0])
    assert ind.oversold(line).tolist() == [False, True, False, False]
    assert ind.overbought(line).tolist() == [False, False, False, True]
    assert ind.left_oversold(line, 25.0).tolist() == [False, False, True, False]


def test_smoothing_is_talibs_and_an_unknown_kind_is_refused():
    close = random_bars(100, 1).close
    assert_allclose(ind.smoothed(close, 10, "kama"), talib.KAMA(close, 10))
    with pytest.raises(UnknownName, match="'ema'"):
        ind.smoothed(close, 10, "emma")


def test_everything_public_has_a_sentence():
    for name in ind.__all__:
        assert (inspect.getdoc(getattr(ind, name)) or "").strip(), name
