import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.backtester.metrics import TradeSums, figures_of, trade_metrics
from shared_modules.backtester.sums import added, leaf, new_pairing, sums_of, sums_of_columns
from shared_modules.matching.state import ROUND_TRIP


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 127, 128, 129, 136, 257, 1000, 8191, 100_001])
def test_sums_are_numpys_to_the_last_bit(n):
    rng = np.random.default_rng(n)
    values = rng.normal(1.0, 1.0, n) * 10.0 ** rng.integers(-9, 9, n)
    assert added(values, new_pairing()) == values.sum()


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=128))
@settings(max_examples=60, deadline=None)
def test_a_leaf_tells_its_lowest_and_highest_too(values):
    column = np.array(values)
    total, least, most = leaf(column)
    assert (total, least, most) == (column.sum(), column.min(), column.max())


@given(st.integers(0, 300), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_figures_of_round_trips_are_those_of_their_columns(n, seed):
    rng, trades = np.random.default_rng(seed), np.zeros(n, ROUND_TRIP)
    for name in ("qty", "entry_price", "exit_price", "fees", "mae", "mfe"):
        trades[name] = rng.normal(0.0, 100.0, n)
    # some neither win nor lose
    trades["pnl"] = np.round(rng.normal(0.0, 1.0, n), 0)
    sums, held = sums_of(trades)
    assert isinstance(sums, TradeSums)
    assert sums == sums_of_columns(trades["pnl"], trades["fees"])
    np.testing.assert_equal(figures_of(sums), trade_metrics(trades["pnl"], trades["fees"]))
    value = np.abs(trades["qty"]) * (trades["entry_price"] + trades["exit_price"])
    assert (held.value, held.mae, held.mfe) == (value.sum(), trades["mae"].sum(), trades["mfe"].sum())
