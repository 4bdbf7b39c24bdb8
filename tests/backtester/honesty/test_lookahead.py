import inspect
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from shared_modules.backtester.honesty.blame import blame
from shared_modules.backtester.honesty.ground import FUTURES, Ground, differing
from shared_modules.backtester.honesty.lookahead import look_ahead, probe
from shared_modules.core.errors import Cancelled, InvalidInput
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.strategies.base import Signals, Strategy
from tests.strategies.markets import random_bars

from . import planted
from .clean import OWN, built_in
from .planted import PLANTED

M5, H1 = TIMEFRAMES["5m"], TIMEFRAMES["1h"]
BARS = random_bars(2400, 5)
LINES = inspect.getsource(planted).splitlines()


def ground(strategy, bars=BARS):
    return Ground("TEST", bars, M5, M5, strategy.timeframes)


def verdict(strategy, bars=BARS):
    return look_ahead(strategy, [ground(strategy, bars)], Progress())


def test_there_are_thirty_of_each_kind():
    assert len(PLANTED) >= 30
    assert len(OWN) + len(built_in()) >= 30


@pytest.mark.parametrize("cls", PLANTED, ids=lambda cls: cls.__name__)
def test_a_look_ahead_is_found_with_its_column_and_line(cls):
    leaks = probe(cls(), ground(cls())).leaks
    assert set(cls.columns) <= {leak.column for leak in leaks}
    found = blame(cls(), leaks[0])
    assert found.certain
    assert found.file == "planted.py"
    assert LINES[found.line - 1].endswith("# leak"), f"{found} is blamed"


@pytest.mark.parametrize("strategy", [*OWN, *built_in()], ids=lambda s: f"{type(s).__name__}-{getattr(s, 'side', '')}")
def test_a_strategy_that_looks_at_the_past_alone_is_not_blamed(strategy):
    assert verdict(strategy).level == "good"


def test_the_verdict_names_column_bar_line_and_both_values():
    found = verdict(planted.NegativeShift())
    assert found.level == "bad"
    assert "'enter_long' at 2023-11-" in found.text
    assert "planted.py, line" in found.text
    assert "close.shift(-1)" in found.text
    assert "is yes; with the future" in found.details[0] or "is no; with the future" in found.details[0]


@dataclass(frozen=True)
class Odd(Strategy):
    name: ClassVar[str] = "odd"
    title: ClassVar[str] = "Odd"


def wishes(up):
    return Signals(up, ~up, np.zeros(len(up), np.bool_), np.zeros(len(up), np.bool_))


class Chance(Odd):
    def signals(self, view):
        return wishes(np.random.default_rng().random(len(view.bars)) > 0.5)


class Overwriting(Odd):
    def signals(self, view):
        view.bars.close[10:] *= 1.0001
        return wishes(view.bars.close > 100.0)


class OnlyDrawn(Odd):
    def signals(self, view):
        close = view.bars.close
        found = wishes(close > 100.0)
        return Signals(found.enter_long, found.exit_long, found.enter_short, found.exit_short,
                       plots={"Later": np.roll(close, -5)})  # fmt: skip


class Demanding(Odd):
    def signals(self, view):
        if len(view.bars) < 2400:
            raise InvalidInput("this needs 2400 bars")
        return wishes(view.bars.close > 100.0)


def test_signals_that_differ_between_two_runs_are_bad():
    found = verdict(Chance())
    assert (found.level, "can't be repeated" in found.text) == ("bad", True)


def test_a_strategy_that_overwrites_its_candles_is_bad_and_they_stay_as_they_were():
    before = BARS.close.copy()
    found = verdict(Overwriting())
    assert (found.level, "overwrites the candles" in found.text) == ("bad", True)
    assert np.array_equal(before, BARS.close)


def test_without_a_source_file_the_look_ahead_is_still_told():
    names = {"Odd": Odd, "wishes": wishes, "np": np, "__name__": __name__}
    body = "c = view.bars.close\n        return wishes(np.roll(c, -1) > c)"
    code = f"class Typed(Odd):\n    def signals(self, view):\n        {body}"
    exec(code, names)
    found = verdict(names["Typed"]())
    assert found.level == "bad"
    assert "'enter_long' at 2023-11-" in found.text
    assert "the line could not be found" in found.text


def test_a_line_of_the_chart_alone_that_knows_later_bars_is_a_warning():
    found = verdict(OnlyDrawn())
    assert found.level == "warning"
    assert "'Later' of the chart" in found.text


def test_a_strategy_that_fails_on_shorter_data_is_told_so_and_harms_nothing():
    found = verdict(Demanding())
    assert found.level == "warning"
    assert "this needs 2400 bars" in found.details[0]


def test_wishes_that_never_came_are_named_as_tested_less():
    assert "enter_short" in verdict(built_in()[0]).details[-1]


def test_the_same_data_give_the_same_verdict_twice():
    assert verdict(planted.CompiledPeaks()) == verdict(planted.CompiledPeaks())


def test_it_stops_when_told_to():
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        look_ahead(OWN[0], [ground(OWN[0])], progress)


@pytest.mark.parametrize("kind", FUTURES)
def test_another_future_leaves_the_past_as_it_was_and_is_made_of_possible_candles(kind):
    bars = ground(OWN[0]).with_future(1000, kind, 3).bars()
    assert bars[:1000].equals(BARS[:1000])
    assert len(bars) == (1000 if kind == FUTURES[0] else len(BARS))
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert (bars.low > 0).all()


def test_another_future_of_longer_bars_starts_after_the_last_finished_one():
    one = Ground("TEST", BARS, M5, M5, (H1,))
    real, other = one.view().higher[H1], one.with_future(1000, "twice as high").view().higher[H1]
    same = real.close == other.close
    assert same.sum() == 1000 * M5.ms // H1.ms
    assert same[: same.sum()].all()


def test_rounding_is_no_difference_and_a_missing_value_is_one():
    one = np.array([1.0, 2.0, np.nan, 4.0])
    assert len(differing(one, one * (1 + 1e-12), 4)) == 0
    assert differing(one, np.array([1.0, 2.0, 3.0, 4.1]), 4).tolist() == [2, 3]
    assert differing(one, np.array([1.0, 2.0, 3.0, 4.1]), 2).tolist() == []
