import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shared_modules.core.bars import Bars
from shared_modules.core.errors import OutOfRange, UnknownName
from shared_modules.indicators import catalogue, indicator
from shared_modules.indicators.catalogue import categories

from .markets import random_bars, ticks

NAMES = sorted(catalogue())
CAUSAL = [n for n in NAMES if indicator(n).causal]
STEADY = [n for n in NAMES if not indicator(n).sparse]


@pytest.mark.parametrize("market", [random_bars, ticks])
@pytest.mark.parametrize("name", CAUSAL)
@settings(max_examples=3, deadline=None)
@given(n=st.integers(1, 400), seed=st.integers(0, 5))
def test_a_value_depends_on_nothing_after_its_bar(name, market, n, seed):
    whole = indicator(name).compute(market(400, seed))
    for line, values in indicator(name).compute(market(400, seed)[:n]).items():
        assert_array_equal(values, whole[line][:n])


def test_what_needs_later_bars_says_so_and_does():
    assert set(NAMES) - set(CAUSAL) == {"ichimoku_lagging"}
    bars = random_bars(100, 1)
    assert_array_equal(indicator("ichimoku_lagging").compute(bars)["lagging"][:74], bars.close[26:])


@pytest.mark.parametrize("name", STEADY)
def test_the_first_whole_value_comes_right_after_the_warmup(name):
    lines = indicator(name).compute(random_bars(300, 1))
    whole = np.all([np.isfinite(v) for v in lines.values()], axis=0)
    assert np.argmax(whole) == indicator(name).warmup()
    assert whole[indicator(name).warmup() :].all()


@pytest.mark.parametrize("name", sorted(set(CAUSAL) - set(STEADY)))
def test_what_may_lack_values_has_no_whole_one_before_its_warmup(name):
    lines = indicator(name).compute(random_bars(300, 1))
    whole = np.all([np.isfinite(v) for v in lines.values()], axis=0)
    assert not whole[: indicator(name).warmup()].any()
    assert whole.any() or name in ("acos", "asin")  # prices have none


@pytest.mark.parametrize("name", CAUSAL)
def test_after_a_missing_value_it_starts_afresh(name):
    bars = random_bars(200, 2)
    for column in set(indicator(name).inputs) - {"time"}:
        getattr(bars, column)[80] = np.nan
    holed = indicator(name).compute(bars)
    for line, values in indicator(name).compute(bars[81:]).items():
        assert np.isnan(holed[line][80])
        assert_array_equal(holed[line][81:], values)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_input_gives_lines_of_its_length(name, n):
    for values in indicator(name).compute(random_bars(n, 3)).values():
        assert values.shape == (n,)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_says_what_it_is(name):
    entry = indicator(name)
    assert entry.summary.endswith((".", ":"))
    assert entry.source
    assert entry.title
    assert len(set(entry.outputs)) == len(entry.outputs)
    assert all(p.help and p.parse(p.default) == p.default for p in entry.parameters)


@pytest.mark.parametrize("name", NAMES)
def test_the_ends_of_each_range_can_be_computed(name):
    bars = random_bars(300, 7)
    for parameter in indicator(name).parameters:
        for value in parameter.choices or (parameter.low, parameter.high):
            lines = indicator(name).compute(bars, **{parameter.name: value} if name != "vwap_anchored" else {})
            assert all(len(v) == 300 for v in lines.values())


def test_there_are_more_than_two_hundred_entries_in_named_categories():
    assert len(NAMES) > 200
    assert set(categories()) == {
        "trend", "momentum", "volatility", "volume", "statistics", "levels", "cycle", "price", "arithmetic",
        "candlestick",
    }  # fmt: skip
    assert sum(map(len, categories().values())) == len(NAMES)


def test_a_misspelt_name_or_parameter_or_range_is_told():
    with pytest.raises(UnknownName, match="'sma'"):
        indicator("smma")
    with pytest.raises(UnknownName, match="'period'"):
        indicator("sma").compute(random_bars(5, 0), perod=3)
    with pytest.raises(OutOfRange, match="1 to 1000"):
        indicator("sma").compute(random_bars(5, 0), period=0)


def windows(values, period):
    return np.lib.stride_tricks.sliding_window_view(values, period)


def test_averages_and_bands_agree_with_plain_numpy():
    bars = random_bars(20_000, 4)
    close = bars.close
    assert_allclose(indicator("sma").compute(bars, period=30)["sma"][29:], windows(close, 30).mean(1), rtol=1e-13)
    weights = np.arange(1, 11) / np.arange(1, 11).sum()
    assert_allclose(indicator("wma").compute(bars, period=10)["wma"][9:], windows(close, 10) @ weights, rtol=1e-9)
    bands = indicator("bollinger").compute(bars, period=20, width=2.5)
    spread = 2.5 * windows(close, 20).std(1)
    assert_allclose(bands["upper"][19:], windows(close, 20).mean(1) + spread, rtol=1e-6)
    channel = indicator("donchian").compute(bars, period=20)
    assert_array_equal(channel["upper"][19:], windows(bars.high, 20).max(1))


def test_recursive_ones_agree_with_their_definition():
    bars = random_bars(300, 5)
    close = bars.close
    mean = close[:10].mean()
    gain, loss = np.maximum(np.diff(close), 0), np.maximum(-np.diff(close), 0)
    up, down = gain[:14].mean(), loss[:14].mean()
    for i in range(10, 300):
        mean += 2 / 11 * (close[i] - mean)
    for i in range(14, 299):
        up, down = (up * 13 + gain[i]) / 14, (down * 13 + loss[i]) / 14
    assert indicator("ema").compute(bars, period=10)["ema"][-1] == pytest.approx(mean, rel=1e-12)
    assert indicator("rsi").compute(bars)["rsi"][-1] == pytest.approx(100 * up / (up + down), rel=1e-10)


def test_the_stochastic_rsi_is_the_place_of_the_rsi_between_its_extremes():
    bars = random_bars(200, 6)
    rsi = indicator("rsi").compute(bars)["rsi"]
    last = rsi[-14:]
    k = indicator("stoch_rsi").compute(bars, smooth_k=1, smooth_d=1)["k"]
    assert k[-1] == pytest.approx(100 * (last[-1] - last.min()) / (last.max() - last.min()))
    assert ((k[28:] >= 0) & (k[28:] <= 100)).all()


def test_the_stochastic_rsi_of_prices_that_rise_evenly_is_in_the_middle():
    close = np.arange(100.0, 200.0)
    bars = Bars.of(np.arange(100) * 60_000, close, close, close, close)
    assert_array_equal(indicator("stoch_rsi").compute(bars)["k"][40:], 50.0)
