import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from shared_modules.core.errors import OutOfRange
from shared_modules.core.parameters import build, declared
from shared_modules.strategies import strategies, strategy

from .markets import bars_of, random_bars, signals_of, view_of

NAMES = (
    "adaptive_momentum", "bollinger_breakout", "bollinger_reversion", "breakout", "buy_and_hold", "dca", "grid",
    "macd_trend", "mean_reversion", "momentum", "rsi_reversal", "sma_cross", "stoch_rsi_mtf", "template",
    "trend_following", "volatility_breakout",
)  # fmt: skip
WISHES = ("enter_long", "exit_long", "enter_short", "exit_short")


def variants(name):
    cls = strategy(name)
    sides = [{"side": s} for s in ("long", "short", "both")] if any(p.name == "side" for p in declared(cls)) else [{}]
    return [build(cls, values) for values in sides]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20, deadline=None)
@given(cut=st.integers(1, 900), seed=st.integers(0, 3))
def test_a_wish_depends_on_nothing_after_its_close(name, cut, seed):
    bars = random_bars(900, seed)
    for made in variants(name):
        whole, early = signals_of(made, bars), signals_of(made, bars[:cut])
        for field in (*WISHES, "stop", "target"):
            if getattr(whole, field) is not None:
                assert_array_equal(getattr(early, field), getattr(whole, field)[:cut])


@pytest.mark.parametrize("name", NAMES)
def test_with_its_defaults_it_trades_on_a_long_random_market(name):
    for made in variants(name):
        signals = signals_of(made, random_bars(6000, 3))
        assert (signals.enter_long | signals.enter_short).any()


@pytest.mark.parametrize("name", NAMES)
def test_only_the_asked_side_is_entered(name):
    for made in variants(name):
        signals = signals_of(made, random_bars(6000, 4))
        side = getattr(made, "side", "long")
        assert signals.enter_long.any() == (side != "short")
        assert signals.enter_short.any() == (side != "long")


@pytest.mark.parametrize("name", NAMES)
def test_one_bar_is_enough_to_be_asked(name):
    for made in variants(name):
        assert len(signals_of(made, random_bars(1)).enter_long) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_decision_at_the_last_close_is_the_last_signal(name):
    bars = random_bars(600, 5)
    for made in variants(name):
        decision, signals = made.on_bar(view_of(made, bars)), signals_of(made, bars)
        assert [getattr(decision, w) for w in WISHES] == [bool(getattr(signals, w)[-1]) for w in WISHES]
        assert math.isnan(decision.stop) == (signals.stop is None or math.isnan(signals.stop[-1]))


@pytest.mark.parametrize("name", NAMES)
def test_it_says_its_idea_when_it_fails_and_its_source(name):
    cls = strategy(name)
    text = (cls.__doc__ or "").lower()
    assert "fail" in text
    assert "source" in text or "where it is from" in text
    assert cls().summary.endswith((".", ",", "same way.", "last bars, with a stop some average ranges below it."))
    assert all(p.help and p.default == p.parse(p.default) for p in declared(cls))


def test_the_built_in_strategies_are_there():
    assert set(NAMES) <= set(strategies())


def crossing(closes, **values):
    return signals_of(build(strategy("sma_cross"), {"fast": 2, "slow": 3, **values}), bars_of(closes))


def test_sma_cross_acts_at_the_close_of_the_crossing_bar_alone():
    signals = crossing([10, 9, 8, 7, 9, 11, 12, 10, 8, 7], side="both")
    # fast 9.5 8.5 7.5 8 10 11.5 11 9 7.5 | slow 9 8 8 9 10.67 11 10 8.33, from the second and third bar on
    assert np.flatnonzero(signals.enter_long).tolist() == [5]
    assert np.flatnonzero(signals.enter_short).tolist() == [8]
    assert_array_equal(signals.exit_long, signals.enter_short)
    assert_array_equal(signals.exit_short, signals.enter_long)


def test_sma_cross_does_not_act_at_the_first_bar_that_has_both_averages():
    assert not crossing([1, 2, 3, 4, 5, 6], side="both").enter_long.any()
    assert not crossing([6, 5, 4, 3, 2, 1], side="both").enter_short.any()


def test_sma_cross_puts_stop_and_target_on_the_right_sides():
    signals = crossing([10, 9, 8, 7, 9, 11, 12, 10, 8, 7], side="both", stop_loss=0.1, take_profit=0.2)
    assert (signals.stop[5], signals.target[5]) == pytest.approx((11 * 0.9, 11 * 1.2))
    assert (signals.stop[8], signals.target[8]) == pytest.approx((8 * 1.1, 8 * 0.8))


def test_parameters_that_contradict_each_other_are_refused():
    for name, values in [
        ("sma_cross", {"fast": 50, "slow": 20}),
        ("rsi_reversal", {"oversold": 40, "leave_at": 30}),
        ("stoch_rsi_mtf", {"middle": "1h", "long_term": "15m"}),
    ]:
        with pytest.raises(OutOfRange, match="must be"):
            build(strategy(name), values)


def test_rsi_reversal_buys_the_return_from_the_oversold_zone():
    falling = [100 - i for i in range(30)]
    signals = signals_of(strategy("rsi_reversal")(), bars_of([*falling, 72, 76, 80, 84, 88]))
    bought = np.flatnonzero(signals.enter_long)
    assert len(bought) == 1
    assert bought[0] >= 30
    assert signals.exit_long[bought[0] :].any()


def test_the_longer_timeframes_hold_back_entries_against_them():
    bars = random_bars(6000, 6)
    gated = signals_of(strategy("stoch_rsi_mtf")(), bars)
    easier = signals_of(build(strategy("stoch_rsi_mtf"), {"middle": "12h", "long_term": "1d"}), bars)
    assert gated.enter_long.sum() > 0
    assert not np.array_equal(gated.enter_long, easier.enter_long)
