"""A line that was computed ahead gives what it gives bar by bar, to the last bit, whatever it is asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.indicators import catalogue
from shared_modules.indicators.foresight import ForeseenLine, foresight

BARS = 260
KNOWN = catalogue()
EXACT = sorted(n for n, i in KNOWN.items() if i.causal and getattr(i.incremental().start(), "exact", False))


def market(seed: int, holes: bool = False) -> Bars:
    random = np.random.default_rng(seed)
    close = 100.0 * np.exp(random.normal(0.0, 0.01, BARS).cumsum())
    opened = np.r_[100.0, close[:-1]]
    high = np.maximum(opened, close) * (1.0 + random.random(BARS) * 0.01)
    low = np.minimum(opened, close) * (1.0 - random.random(BARS) * 0.01)
    volume = random.random(BARS) * 100.0
    if holes:
        for column in (opened, high, low, close, volume):
            column[random.integers(0, BARS, 3)] = np.nan
    return Bars.of(60_000 * np.arange(BARS), opened, high, low, close, volume, volume * close)


def told(line, rows):
    return [line(*row) for row in rows]


def rows_of(bars: Bars, inputs: tuple[str, ...]) -> list[tuple[float, ...]]:
    return list(zip(*(getattr(bars, name).tolist() for name in inputs), strict=True))


def same(a, b) -> bool:
    return np.array_equal(np.array(a), np.array(b), equal_nan=True)


def test_most_of_the_catalogue_can_be_foreseen():
    assert {"sma", "ema", "rsi", "atr", "macd", "bollinger_width", "donchian", "stoch_rsi"} <= set(EXACT)
    assert len(EXACT) > 100


@pytest.mark.parametrize("name", EXACT)
def test_what_was_foreseen_is_what_comes_bar_by_bar_to_the_last_bit(name):
    made = KNOWN[name]
    for bars in (market(1), market(2, holes=True)):
        rows = rows_of(bars, made.inputs)
        with foresight(bars) as ahead:
            line = made.line()
        assert isinstance(line, ForeseenLine)
        found = []
        for first, last in ((0, 100), (100, 101), (101, BARS)):
            ahead.block(first, last)
            found += told(line, rows[first:last])
        assert same(found, told(made.line(), rows))


@given(
    name=st.sampled_from(("sma", "rsi", "zscore", "macd", "donchian")),
    cut=st.integers(0, BARS - 1),
    change=st.sampled_from(("another number", "nothing", "twice", "a hole")),
)
def test_a_line_that_is_asked_something_else_follows_what_it_is_given(name, cut, change):
    made, bars = KNOWN[name], market(3)
    rows = rows_of(bars, made.inputs)
    other = {
        "another number": [tuple(v * 1.01 for v in rows[cut])], "nothing": [], "twice": [rows[cut]] * 2,
        "a hole": [(float("nan"),) * len(rows[cut])],
    }[change]  # fmt: skip
    with foresight(bars) as ahead:
        line = made.line()
    found, given_rows = [], []
    for first, last in ((0, 90), (90, 180), (180, BARS)):
        ahead.block(first, last)
        block = rows[first:last]
        if first <= cut < last:
            block = [*rows[first:cut], *other, *rows[cut + 1 : last]]
        found += told(line, block)
        given_rows += block
    assert same(found, told(made.line(), given_rows))


def test_no_line_made_elsewhere_is_foreseen():
    made = KNOWN["sma"]
    with foresight(market(1)):
        pass
    assert not isinstance(made.line(), ForeseenLine)
