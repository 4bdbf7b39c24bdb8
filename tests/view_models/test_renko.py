"""Renko bricks: one height, one after another, made by closes alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from tradebot_gui.view_models.renko import Renko

MINUTE = 60_000


def bars(*closes: float) -> Bars:
    close = np.array(closes, np.float64)
    return Bars.of(np.arange(len(close)) * MINUTE, close, close + 0.3, close - 0.3, close, np.full(len(close), 2.0))


def ends(renko: Renko) -> list[tuple[float, float]]:
    return [(b.open, b.close) for b in (renko.bars.candle(n) for n in range(len(renko)))]


def test_a_brick_comes_with_each_box_the_close_has_gone():
    renko = Renko(1.0)
    assert renko.feed(bars(10.0, 10.9, 11.0, 13.5)) == 3
    assert ends(renko) == [(10, 11), (11, 12), (12, 13)]


def test_it_turns_only_a_whole_box_beyond_the_other_end_of_the_last_brick():
    renko = Renko(1.0)
    renko.feed(bars(10.0, 12.0, 10.1))
    assert ends(renko) == [(10, 11), (11, 12)]
    renko.feed(bars(10.0))
    assert ends(renko)[2:] == [(11, 10)]


def test_times_are_those_of_the_bars_in_which_bricks_began():
    renko = Renko(1.0)
    renko.feed(bars(10.0, 10.5, 13.0, 13.2, 14.0))
    assert renko.bars.time.tolist() == [0, 2 * MINUTE, 2 * MINUTE + 1, 2 * MINUTE + 2]
    assert renko.forming().time == 4 * MINUTE


def test_the_brick_under_way_goes_with_the_price():
    renko = Renko(1.0)
    renko.feed(bars(10.0, 11.0))
    assert (renko.forming().open, renko.forming().close) == (11.0, 11.0)
    running = Candle(2 * MINUTE, 11, 12, 11, 11.7, 1.0, 1.0, False)
    assert (renko.forming(running).open, renko.forming(running).close) == (11.0, 11.7)
    assert not renko.forming(running).confirmed
    fallen = Candle(2 * MINUTE, 11, 12, 9, 9.6, 1.0, 1.0, False)
    assert (renko.forming(fallen).open, renko.forming(fallen).close) == (10.0, 9.6)


@pytest.mark.parametrize("box", [0.0, -1.0, float("nan"), float("inf")])
def test_a_box_without_height_is_refused(box):
    with pytest.raises(ValueError, match="box"):
        Renko(box)


walks = st.lists(st.floats(-3, 3), min_size=1, max_size=60).map(lambda steps: 100 + np.cumsum(np.round(steps, 2)))


@given(walks, st.sampled_from([0.1, 0.5, 1.0, 2.5]), st.integers(0, 60))
def test_bricks_are_one_box_high_join_up_rise_in_time_and_keep_all_volume(closes, box, cut):
    given_ = bars(*closes)
    renko, parts = Renko(box), Renko(box)
    renko.feed(given_)
    parts.feed(given_[:cut])
    parts.feed(given_[cut:])
    found = renko.bars
    for column in ("time", "open", "close", "volume", "turnover"):
        np.testing.assert_allclose(getattr(found, column), getattr(parts.bars, column), rtol=1e-9)
    np.testing.assert_allclose(np.abs(found.close - found.open), box)
    assert (np.diff(found.time) > 0).all()
    same = np.sign(found.close - found.open)
    turned = same[1:] != same[:-1]
    np.testing.assert_allclose(found.open[1:], np.where(turned, found.open[:-1], found.close[:-1]))
    assert found.volume.sum() + renko.forming().volume == pytest.approx(given_.volume.sum())
