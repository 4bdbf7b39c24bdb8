import numpy as np
import pytest
from numpy.testing import assert_array_equal

from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.indicators import indicator
from shared_modules.indicators.sets import SETS, indicator_set

from .markets import random_bars


def test_a_set_is_its_entries_and_the_advanced_one_holds_the_base():
    bars = random_bars(400, 1)
    base, advanced = indicator_set("base").compute(bars), indicator_set("advanced").compute(bars)
    assert_array_equal(base["macd.signal"], indicator("macd").compute(bars)["signal"])
    assert_array_equal(base["sma 50.sma"], indicator("sma").compute(bars, period=50)["sma"])
    assert base.keys() < advanced.keys()
    assert {"cvd.cvd", "mfi.mfi", "stoch_rsi.k", "hma.hma", "choppiness.choppiness"} <= advanced.keys()


@pytest.mark.parametrize("name", SETS)
def test_from_its_warm_up_on_every_line_is_known(name):
    found = indicator_set(name)
    lines = found.compute(random_bars(400, 2))
    assert all(np.isfinite(line[found.warmup() :]).all() for line in lines.values())
    assert all(len(line) == 400 for line in lines.values())


def test_what_candles_do_not_tell_is_passed_through_by_the_advanced_set_alone():
    bars, known = random_bars(50, 3), np.arange(50.0)
    assert_array_equal(indicator_set("advanced").compute(bars, {"funding": known})["funding"], known)
    with pytest.raises(UnknownName, match="funding"):
        indicator_set("base").compute(bars, {"funding": known})
    with pytest.raises(InvalidInput, match="49 values for 50 bars"):
        indicator_set("advanced").compute(bars, {"open_interest": known[:49]})
    with pytest.raises(UnknownName, match="'base'"):
        indicator_set("bas")
