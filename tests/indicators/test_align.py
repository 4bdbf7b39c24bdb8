import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.indicators import align

M1, M5, H1 = TIMEFRAMES["1m"], TIMEFRAMES["5m"], TIMEFRAMES["1h"]
MINUTE = 60_000


def test_a_higher_bar_is_seen_first_at_the_base_close_that_finishes_it():
    times = np.arange(12) * MINUTE
    seen = align(np.array([1.0, 2.0]), np.array([0, 5 * MINUTE]), M5, times, M1)
    np.testing.assert_array_equal(seen, [np.nan] * 4 + [1.0] * 5 + [2.0] * 3)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 600), min_size=1, max_size=80, unique=True))
def test_an_unfinished_higher_bar_is_never_shown(minutes):
    times = np.sort(np.array(minutes, np.int64)) * MINUTE
    opens = np.unique(times // H1.ms * H1.ms)
    seen = align(opens.astype(float), opens, H1, times, M1)
    for time, value in zip(times, seen, strict=True):
        finished = opens[opens + H1.ms <= time + MINUTE]
        assert np.isnan(value) if not len(finished) else value == finished[-1]


def test_a_month_is_finished_when_the_next_begins():
    month, day = TIMEFRAMES["1M"], TIMEFRAMES["1d"]
    times = np.arange(0, 70) * day.ms
    opens = np.array([0, 31 * day.ms])
    seen = align(np.array([1.0, 2.0]), opens, month, times, day)
    assert np.isnan(seen[29])
    assert seen[30] == 1.0
    assert seen[57] == 1.0
    assert seen[58] == 2.0
