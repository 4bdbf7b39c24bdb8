import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.backtester.metrics import _longest_fall, drawdown
from shared_modules.backtester.passes import falls


@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.floats(-0.02, 0.02))
@settings(max_examples=60, deadline=None)
def test_falls_are_those_of_the_drawdown_of_every_bar(seed, bars, drift):
    # rounded, so that highs are met again; long enough for several blocks
    steps = np.random.default_rng(seed).normal(drift, 0.05, bars)
    equity, time = np.round(100.0 * np.exp(np.cumsum(steps)), 1) + 0.1, np.arange(bars) * 60_000
    deepest, longest, total = falls(equity, 100.0, 0, time, 60_000)
    assert total == equity.sum()
    assert deepest == drawdown(equity, 100.0).min(initial=0.0)
    assert longest == _longest_fall(np.r_[0, time + 60_000], np.r_[100.0, equity])
