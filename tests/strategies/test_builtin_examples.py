"""For each built-in strategy a market in which it must trade, and one in which it must not."""

import re

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
from shared_modules.core.bars import Bars
from shared_modules.core.errors import OutOfRange
from shared_modules.core.parameters import build, declared
from shared_modules.strategies import strategies, strategy

from .markets import M5, START, random_bars, signals_of


def market(close, volume=None, wick: float = 0.2) -> Bars:
    """Bars that open at the close before, with wicks on both sides."""
    close = np.asarray(close, np.float64)
    open_ = np.r_[close[0], close[:-1]]
    high, low = np.maximum(open_, close) + wick, np.minimum(open_, close) - wick
    return Bars.of(START + np.arange(len(close)) * M5.ms, open_, high, low, close, volume)


def wished(name: str, bars: Bars, **values):
    return signals_of(build(strategy(name), {"side": "both", **values}), bars)


def entered(signals) -> tuple[list[int], list[int]]:
    return np.flatnonzero(signals.enter_long).tolist(), np.flatnonzero(signals.enter_short).tolist()


def calm(n: int, seed: int = 1, size: float = 0.1) -> np.ndarray:
    return 100.0 + np.random.default_rng(seed).normal(0, size, n)


RISE = np.linspace(100, 200, 400)
WAVES = RISE + 4 * np.sin(np.arange(400) / 8)


def test_macd_trend_buys_the_dips_of_a_rising_market_and_sells_none():
    longs, shorts = entered(wished("macd_trend", market(WAVES), trend=50))
    assert longs
    assert not shorts
    longs, shorts = entered(wished("macd_trend", market(WAVES[::-1]), trend=50))
    assert shorts
    assert not longs


def test_macd_trend_does_nothing_where_prices_do_not_move():
    assert entered(wished("macd_trend", market(np.full(400, 100.0)))) == ([], [])


def test_bollinger_breakout_follows_the_break_after_calm_and_not_the_one_after_noise():
    noisy = calm(200, size=2.0)
    quiet = np.r_[noisy, calm(60, 2), 103.0, 104.0, 105.0]
    longs, shorts = entered(wished("bollinger_breakout", market(quiet)))
    assert 260 in longs
    assert 260 not in shorts
    loud = np.r_[calm(260, size=0.1), calm(60, 3, size=2.0), 120.0]
    longs, _ = entered(wished("bollinger_breakout", market(loud), within=0))
    assert 320 not in longs


def test_bollinger_breakout_leaves_at_the_middle():
    quiet = np.r_[calm(200, size=2.0), calm(60, 2), 103.0, 104.0, 105.0, 99.0]
    assert wished("bollinger_breakout", market(quiet)).exit_long[263]


def test_bollinger_reversion_buys_the_return_into_the_bands_of_a_calm_market():
    dip = np.r_[calm(200, size=0.5), 97.0, 99.0]
    longs, shorts = entered(wished("bollinger_reversion", market(dip)))
    assert 201 in longs
    assert 201 not in shorts
    assert wished("bollinger_reversion", market(np.r_[dip, 101.0])).exit_long[202]


def test_bollinger_reversion_does_not_buy_into_a_strong_fall():
    fall = np.r_[calm(100, size=0.2), np.linspace(100, 40, 80), 42.0, 46.0, 47.0]
    longs, _ = entered(wished("bollinger_reversion", market(fall)))
    assert all(i < 100 for i in longs)
    assert entered(wished("bollinger_reversion", market(fall), quiet=100.0))[0]


def test_mean_reversion_buys_far_under_the_mean_and_leaves_near_it():
    dip = np.r_[calm(260), 99.0, 99.6, 99.95]
    signals = wished("mean_reversion", market(dip, np.full(263, 5.0)), volatility_limit=100.0)
    assert 260 in entered(signals)[0]
    assert signals.exit_long[262]
    assert signals.stop[260] < 99.0
    assert signals.strength[260] > 2.0


def test_mean_reversion_keeps_away_from_a_volume_shock_and_from_wild_markets():
    dip = np.r_[calm(260), 99.0]
    shock = np.r_[np.random.default_rng(1).uniform(4, 6, 260), 500.0]
    assert 260 not in entered(wished("mean_reversion", market(dip, shock), volatility_limit=100.0))[0]
    wild = np.r_[calm(200), calm(60, 2, size=1.0), 94.0]
    assert 260 in entered(wished("mean_reversion", market(wild, np.full(261, 5.0)), volatility_limit=100.0))[0]
    assert 260 not in entered(wished("mean_reversion", market(wild, np.full(261, 5.0)), volatility_limit=50.0))[0]


def test_trend_following_joins_on_volume_only():
    busy = np.full(400, 10.0)
    busy[::3] = 40.0
    longs, shorts = entered(wished("trend_following", market(WAVES, busy), trail_ranges=10))
    assert longs
    assert not shorts
    assert all(busy[i] == 40.0 for i in longs)
    assert entered(wished("trend_following", market(WAVES, busy), trail_ranges=10, volume_factor=9.0)) == ([], [])


def test_trend_following_leaves_when_the_close_falls_off_its_high():
    fall = np.r_[WAVES, np.linspace(200, 150, 20)]
    signals = wished("trend_following", market(fall, np.full(420, 10.0)))
    assert signals.exit_long[400:420].any()


def box(after: list[float], volume: float = 10.0) -> Bars:
    """Prices between 98 and 102, then ``after`` on ``volume`` three times the usual."""
    inside = 100 + 2 * np.sin(np.arange(200) / 3)
    return market(np.r_[inside, after], np.r_[np.full(200, 10.0), np.full(len(after), volume)])


def test_breakout_enters_after_the_close_held_beyond_the_level():
    signals = wished("breakout", box([104.0, 104.5, 105.0], 30.0))
    assert entered(signals) == ([201], [])
    assert signals.stop[201] < 102.0 < signals.target[201]
    assert entered(wished("breakout", box([96.0, 95.5, 95.0], 30.0))) == ([], [201])
    assert entered(wished("breakout", box([104.0, 104.5], 30.0), hold=0)) == ([200], [])


def test_breakout_passes_over_false_breaks_thin_ones_and_loose_ranges():
    # back under a level that was just broken upwards is a break downwards, but longs there are none
    assert entered(wished("breakout", box([104.0, 101.0, 100.0], 30.0)))[0] == []
    assert entered(wished("breakout", box([104.0, 104.5, 105.0], 10.0))) == ([], [])
    assert entered(wished("breakout", box([104.0, 104.5, 105.0], 30.0), tight=2.0)) == ([], [])


def test_momentum_needs_the_asked_confidence():
    rise = np.r_[calm(200), np.linspace(100, 130, 40)]
    volume = np.r_[np.full(200, 10.0), np.full(40, 30.0)]
    longs, shorts = entered(wished("momentum", market(rise, volume), confidence=1.0))
    assert any(i >= 200 for i in longs)
    assert not any(i >= 200 for i in shorts)
    without = entered(wished("momentum", market(rise, np.full(240, 10.0)), confidence=1.0))
    assert without == ([], [])
    some = wished("momentum", market(rise, np.full(240, 10.0)), confidence=0.75)
    assert any(i >= 200 for i in entered(some)[0])
    assert some.strength.max() == pytest.approx(0.75)


def test_momentum_leaves_when_nothing_is_left_of_it():
    turn = np.r_[calm(200), np.linspace(100, 130, 40), np.linspace(130, 100, 40)]
    assert wished("momentum", market(turn, np.full(280, 10.0))).exit_long[250:].any()


def test_adaptive_momentum_follows_highs_in_trends_and_fades_them_in_ranges():
    trend = market(np.r_[calm(100), np.linspace(100, 160, 60)])
    longs, shorts = entered(wished("adaptive_momentum", trend))
    assert any(i > 110 for i in longs)
    assert not any(i > 110 for i in shorts)
    rng = np.r_[100 + np.tile([0.5, -0.5], 100), 97.0]
    longs, shorts = entered(wished("adaptive_momentum", market(rng)))
    assert (longs, shorts) == ([200], [])
    assert entered(wished("adaptive_momentum", market(rng), ranging=100.0)) == ([], [])


def test_volatility_breakout_follows_a_large_bar_until_its_force_is_spent():
    jump = np.r_[calm(100), 103.0, np.full(40, 103.2)]
    signals = wished("volatility_breakout", market(jump))
    assert 100 in entered(signals)[0]
    assert not signals.exit_long[101]
    assert signals.exit_long[102:135].any()
    slow = wished("volatility_breakout", market(jump), half_life=100)
    assert not slow.exit_long[101:].any()


def test_volatility_breakout_ignores_usual_bars():
    assert entered(wished("volatility_breakout", market(100 + np.tile([0.1, 0.0], 100)))) == ([], [])
    assert entered(wished("volatility_breakout", market(np.full(100, 100.0), wick=0.0))) == ([], [])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("macd_trend", {"fast": 30, "slow": 20}),
        ("mean_reversion", {"enter_at": 1.0, "leave_at": 1.5}),
        ("trend_following", {"fast": 60, "slow": 50}),
        ("momentum", {"confidence": 0.3, "leave_below": 0.5}),
        ("adaptive_momentum", {"trending": 70.0, "ranging": 60.0}),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(name, values):
    with pytest.raises(OutOfRange, match="must be below"):
        build(strategy(name), values)


def test_trend_following_adds_thirds_trails_them_and_gives_them_a_time() -> None:
    signals = wished("trend_following", market(WAVES, np.full(400, 10.0)), trail_ranges=10, hold=40)
    assert len(entered(signals)[0]) > 1
    assert build(strategy("trend_following"), {}).max_entries == 3
    at = entered(signals)[0][0]
    assert (signals.max_bars[at], signals.confidence[at]) == (40.0, 1.0 / 3.0)
    assert signals.trail[at] == pytest.approx((market(WAVES).close[at] - signals.stop[at]) / 3.0 * 10.0)
    without = wished("trend_following", market(WAVES), trail_ranges=0.0, hold=0)
    assert without.trail is None
    assert without.max_bars is None


def test_momentum_can_size_by_how_many_agree() -> None:
    rise = np.r_[calm(200), np.linspace(100, 130, 40)]
    signals = wished("momentum", market(rise, np.full(240, 10.0)), sized=True)
    at = [i for i in entered(signals)[0] if i >= 200]
    assert signals.confidence[at].max() == pytest.approx(0.75)
    assert wished("momentum", market(rise)).confidence is None


def played(name: str, close: list[float], start: int | None = None, **values):
    sources = (BarSource("A", "5m", bars=market(close, wick=0.0)),)
    return run_backtest(BacktestRequest(name, values, sources, fee=0.0, start=start))


def test_grid_sells_each_step_one_step_higher_and_begins_again() -> None:
    found = played("grid", [100, 100, 98.9, 100.1, 98.9, 100.1, 100.5], levels=2, step=0.01)
    assert [(t.entry_price, t.exit_price) for t in found.trades] == [(pytest.approx(100 / 1.01), 100.0)] * 2
    # half of the size each, and the gain of the first in the second
    assert found.trades[0].qty == pytest.approx(5000 / (100 / 1.01))


def test_grid_follows_a_rise_and_gives_up_below_its_last_order() -> None:
    rise = wished_long("grid", [100, 100.5, 101.1, 101.5, 102.2], levels=2, step=0.01)
    assert np.flatnonzero(rise.enter_long).tolist() == [0, 2, 4]
    assert not rise.exit_long.any()
    fall = wished_long("grid", [100, 99, 98, 96, 95.0, 94.9], levels=2, step=0.01)
    assert np.flatnonzero(fall.exit_long).tolist() == [4]
    assert fall.grid[0][4] == pytest.approx(95.0 / 1.01)
    assert not wished_long("grid", [100, 50, 20], give_up=0.0).exit_long.any()


def wished_long(name: str, close: list[float], **values):
    return signals_of(build(strategy(name), values), market(close, wick=0.0))


def test_grid_begins_where_trading_begins_and_not_in_the_warm_up() -> None:
    close = [100, 100, 100, 100, 98.9, 100.1, 100.5]
    assert len(played("grid", close, start=START + 2 * M5.ms, levels=2, step=0.01).trades) == 1


def test_dca_buys_equal_parts_in_time_sooner_after_a_fall_and_sells_at_its_gain() -> None:
    signals = wished_long("dca", [100, 100, 100, 96, 96, 96, 96, 101.1], every=3, parts=4, dip=0.03, target=0.03)
    # the fall of 4 % at bar 3 comes together with the time; three bars later the third
    assert np.flatnonzero(signals.enter_long).tolist() == [0, 3, 6]
    assert np.flatnonzero(signals.exit_long).tolist() == [7]
    early = wished_long("dca", [100, 100, 96, 96, 96, 96], every=3, parts=4, dip=0.03, target=0.03)
    assert np.flatnonzero(early.enter_long).tolist() == [0, 2, 5]
    few = wished_long("dca", [100.0] * 10, every=2, parts=2, dip=0.0, target=0.0)
    assert np.flatnonzero(few.enter_long).tolist() == [0, 2]


def test_dca_spends_a_part_of_the_size_on_each_purchase() -> None:
    found = played("dca", [100, 100, 50, 50, 50, 80], every=2, parts=2, dip=0.0, target=0.2)
    (trade,) = found.trades
    # half of the equity of 10,000, then half of the 7,500 that the fall has left
    assert trade.qty == pytest.approx(5000 / 100 + 3750 / 50)
    assert trade.pnl > 0.0


def test_every_strategy_but_the_benchmark_brings_a_preset(tmp_path):
    without = {name for name, cls in strategies(tmp_path).items() if not getattr(cls, "presets", {})}
    assert without == {"buy_and_hold"}


def test_every_strategy_says_what_it_does_when_it_fails_and_where_it_is_from(tmp_path):
    for name, cls in strategies(tmp_path).items():
        text = " ".join((cls.__doc__ or "").split())
        assert re.search(r"[Ff]ails?\b", text), name
        assert "Source:" in text or "where it is from:" in text, name


def test_every_preset_is_another_set_of_allowed_parameters(tmp_path):
    found = 0
    for cls in strategies(tmp_path).values():
        for values in getattr(cls, "presets", {}).values():
            assert build(cls, values) != cls()
            assert set(values) <= {p.name for p in declared(cls)}
            found += 1
    assert found >= 9


def test_stops_are_behind_and_targets_ahead_of_each_entry(tmp_path):
    bars = random_bars(6000, 8)
    for name, cls in strategies(tmp_path).items():
        if "side" not in {p.name for p in declared(cls)}:
            continue
        signals = wished(name, bars)
        for side, way in ((signals.enter_long, 1.0), (signals.enter_short, -1.0)):
            # an entry on both sides at once is none
            at = np.flatnonzero(side & ~(signals.enter_long & signals.enter_short))
            if signals.stop is not None:
                assert (way * (bars.close[at] - signals.stop[at]) > 0.0).all(), name
            if signals.target is not None:
                assert (way * (signals.target[at] - bars.close[at]) > 0.0).all(), name
