import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from shared_modules.core.bars import Bars
from shared_modules.core.errors import InvalidInput, OutOfRange, UnknownName
from shared_modules.indicators import catalogue, indicator

from .markets import random_bars, ticks

CAUSAL = sorted(n for n, i in catalogue().items() if i.causal)


def same(name: str, bars: Bars, history: int = 0, then: int = 0, **params) -> None:
    """Takes ``history`` bars at once, then all one by one but the last ``then``, which come at once again."""
    entry = indicator(name)
    whole, follower = entry.compute(bars, **params), entry.incremental(**params)
    early, last = follower.extend(bars[:history]), max(history, len(bars) - then)
    singly = [follower.update(bars.candle(i)) for i in range(history, last)]
    late = follower.extend(bars[last:])
    for line in entry.outputs:
        followed = np.r_[early[line], [values[line] for values in singly], late[line]]
        assert_allclose(followed, whole[line], rtol=1e-9, atol=1e-9, err_msg=f"{name} {line} {params}")


@pytest.mark.parametrize("name", CAUSAL)
def test_bar_by_bar_gives_what_all_bars_give(name):
    same(name, random_bars(500, 1), history=300, then=80)


@pytest.mark.parametrize("name", CAUSAL)
@settings(max_examples=3, deadline=None)
@given(
    n=st.integers(0, 300), history=st.integers(0, 300), seed=st.integers(0, 9), hole=st.integers(0, 299), data=st.data()
)
def test_whatever_the_parameters_and_holes(name, n, history, seed, hole, data):
    params = {p.name: data.draw(some(p)) for p in indicator(name).parameters if p.name != "anchor"}
    bars = data.draw(st.sampled_from([random_bars, ticks]))(300, seed)
    for column in ("open", "high", "low", "close", "volume"):
        getattr(bars, column)[hole] = np.nan
    same(name, bars[:n], min(n, history), n // 4, **params)


def some(parameter):
    """A value inside the declared range, and short enough for the bars there are."""
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if parameter.type is int:
        return st.integers(int(parameter.low), min(int(parameter.high), int(parameter.low) + 40))
    return st.sampled_from([parameter.default, (parameter.default + min(parameter.high, 2 * parameter.default)) / 2])


@pytest.mark.parametrize("name", CAUSAL)
def test_a_look_at_the_running_bar_changes_nothing(name):
    bars, other = random_bars(260, 2), random_bars(260, 3)
    plain, looking = indicator(name).incremental(), indicator(name).incremental()
    plain.extend(bars[:220])
    looking.extend(bars[:220])
    for i in range(220, 260):
        bar = bars.candle(i)
        looking.peek(other.candle(i))
        seen = looking.peek(bar)
        assert_array_equal(list(seen.values()), list(looking.update(bar).values()))
        assert_array_equal(list(seen.values()), list(plain.update(bar).values()))


def test_a_long_tail_of_the_past_does_not_matter_to_bounded_ones():
    bars = random_bars(5000, 3)
    for name in ("sma", "chandelier", "squeeze", "zscore"):
        entry = indicator(name)
        late = entry.incremental().extend(bars.tail(1500))
        for line, values in entry.compute(bars).items():
            assert_allclose(late[line][-500:], values[-500:], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["sma", "donchian", "stoch_rsi", "zscore", "choppiness", "support_resistance", "mavp"])
def test_a_line_of_plain_numbers_is_the_same(name):
    bars = random_bars(400, 4)
    for column in ("open", "high", "low", "close", "volume"):
        getattr(bars, column)[150] = np.nan
    entry = indicator(name)
    line, columns = entry.line(), [getattr(bars, column).tolist() for column in entry.inputs]
    followed = np.array([line(*values) for values in zip(*columns, strict=True)]).T
    for mine, whole in zip(followed, entry.compute(bars).values(), strict=True):
        assert_allclose(mine, whole, rtol=1e-9, atol=1e-9)


def test_what_needs_later_bars_cannot_be_followed():
    with pytest.raises(InvalidInput, match="later bars"):
        indicator("ichimoku_lagging").incremental()


def test_parameters_are_checked_at_the_door():
    with pytest.raises(UnknownName, match="'period'"):
        indicator("sma").incremental(perod=3)
    with pytest.raises(OutOfRange):
        indicator("rsi").incremental(period=0)
