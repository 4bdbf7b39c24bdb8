"""The checked-in table of TA-Lib's functions against TA-Lib itself."""

import numpy as np
import pytest
import talib
from numpy.testing import assert_array_equal
from talib import abstract

from shared_modules.indicators import indicator
from shared_modules.indicators.talib_entries import TalibFunction, talib_indicators
from shared_modules.indicators.talib_table import AVERAGES, HOUSE

from .markets import random_bars

ENTRIES = {i.name: i for i in talib_indicators()}


def behind(name: str) -> TalibFunction:
    function = ENTRIES[name].function
    assert isinstance(function, TalibFunction)
    return function


def columns_of(info) -> list[str]:
    return [c for value in info["input_names"].values() for c in ([value] if isinstance(value, str) else value)]


def test_every_function_of_talib_is_there():
    assert {behind(n).function for n in ENTRIES} | set(HOUSE) == set(talib.get_functions())


@pytest.mark.parametrize("name", ENTRIES)
def test_a_row_says_what_talib_says(name):
    entry, info = ENTRIES[name], abstract.Function(behind(name).function).info
    assert list(entry.inputs) == columns_of(info)
    assert len(behind(name).kept) == len(info["output_names"])
    assert sum(behind(name).kept) == len(entry.outputs)
    assert [AVERAGES.get(p.default, p.default) for p in entry.parameters] == list(info["parameters"].values())
    assert (entry.kind == "pattern") == (info["group"] == "Pattern Recognition")


@pytest.mark.parametrize("name", ENTRIES)
def test_the_least_number_of_bars_is_the_least_that_talib_takes(name):
    for place, parameter in enumerate(ENTRIES[name].parameters):
        if parameter.type is int:
            assert lookback_with(name, place, int(parameter.low)) >= 0
            assert lookback_with(name, place, int(parameter.low) - 1) < 0


def lookback_with(name: str, place: int, value: int) -> int:
    described = abstract.Function(behind(name).function)
    described.parameters = {list(described.info["parameters"])[place]: value}
    return described.lookback


@pytest.mark.parametrize("name", ENTRIES)
def test_the_lines_are_talibs(name):
    bars = random_bars(400, 1)
    found = getattr(talib, behind(name).function)(*(getattr(bars, c) for c in ENTRIES[name].inputs))
    found = found if isinstance(found, tuple) else (found,)
    kept = [line for line, keep in zip(found, behind(name).kept, strict=True) if keep]
    for line, expected in zip(ENTRIES[name].compute(bars).values(), kept, strict=True):
        known = ~np.isnan(line)
        assert_array_equal(line[known], expected.astype(float)[known])
        assert np.isnan(expected.astype(float)[~known]).all() or (expected[~known] == 0).all()


def test_the_numbers_of_the_averages_are_talibs():
    kinds = {name.lower(): getattr(talib.MA_Type, name) for name in dir(talib.MA_Type) if name.isupper()}
    assert AVERAGES.items() <= kinds.items()
    assert kinds.keys() - AVERAGES.keys() == {"disabled", "default"}


def test_a_pattern_is_found_where_it_is_drawn():
    bars = random_bars(40, 1)
    for column, values in (("open", 20.0), ("high", 20.5), ("low", 19.5), ("close", 20.2)):
        getattr(bars, column)[:] = values
    bars.open[38], bars.high[38], bars.low[38], bars.close[38] = 20.0, 20.1, 17.9, 18.0
    bars.open[39], bars.high[39], bars.low[39], bars.close[39] = 17.8, 21.1, 17.7, 21.0
    assert indicator("cdlengulfing").compute(bars)["cdlengulfing"][39] == 100.0
    assert indicator("cdlengulfing").kind == "pattern"
