"""The pyramids against plain aggregation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from tradebot_gui.view_models.lod import CLOSE, HIGH, LOW, OPEN, VOLUME, BarPyramid, LinePyramid

MINUTE = 60_000


def random_bars(rng: np.random.Generator, n: int, start: int = 0) -> Bars:
    o, h, lo, c, v = rng.random((5, n))
    return Bars.of((start + np.arange(n)) * MINUTE, o, h, lo, c, v)


def row(rng: np.random.Generator, index: int) -> list[float]:
    return [*rng.random(6), float(index * MINUTE)]


def expect(part: np.ndarray) -> list[float]:
    return [part[0, 0], part[1].max(), part[2].min(), part[3, -1], part[4].max()]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 3, 700, 5000, 20_011, 90_000]), st.data())
def test_columns_equal_a_plain_aggregation_after_any_writes(seed, n, data):
    rng = np.random.default_rng(seed)
    bars = random_bars(rng, n)
    pyramid = BarPyramid(bars)
    plain = np.stack((bars.open, bars.high, bars.low, bars.close, bars.volume))
    first = 0
    for kind in data.draw(
        st.lists(st.sampled_from(["append", "update", "prepend", "correct", "look", "fold"]), max_size=12)
    ):
        if kind == "prepend":
            older = random_bars(rng, int(rng.integers(1, 6000)))
            pyramid.prepend_bars(older)
            first -= len(older)
            plain = np.concatenate(
                (np.stack((older.open, older.high, older.low, older.close, older.volume)), plain), axis=1
            )
        elif kind == "fold":
            for _ in range(int(rng.integers(1, 8))):
                pyramid.fold_next()
        elif kind == "look":
            x0, x1 = np.sort(rng.uniform(first - 10, pyramid.end + 10, 2))
            pyramid.columns(x0, x1, int(rng.integers(1, 200)))
        elif kind == "correct" and plain.shape[1]:
            at, new = int(rng.integers(0, plain.shape[1])), row(rng, 0)
            pyramid.write(first + at, np.array(new, np.float64).reshape(-1, 1))
            plain[:, at] = new[:5]
        elif kind == "append" or not plain.shape[1]:
            for _ in range(int(rng.integers(1, 300))):
                new = row(rng, 0)
                pyramid.append(new)
                plain = np.concatenate((plain, np.array(new[:5]).reshape(5, 1)), axis=1)
        else:
            new = row(rng, 0)
            pyramid.write(pyramid.end - 1, np.array(new, np.float64).reshape(-1, 1))
            plain[:, -1] = new[:5]
    assert (pyramid.first, pyramid.end) == (first, first + plain.shape[1])
    for _ in range(25):
        x0, x1 = np.sort(rng.uniform(first - 10, pyramid.end + 10, 2))
        columns = pyramid.columns(x0, x1, int(rng.integers(1, 2000)))
        for j in {0, len(columns) // 2, len(columns) - 1} & set(range(len(columns))):
            a = max(0, columns.first + j * columns.span - first)
            b = columns.first + (j + 1) * columns.span - first
            assert columns.values[:5, j].tolist() == expect(plain[:, a:b])
        if len(columns):
            assert columns.first <= max(first, x0)
            assert columns.first + len(columns) * columns.span >= min(pyramid.end, x1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9000), st.integers(-500, 500))
def test_a_line_keeps_its_gaps_and_its_extremes(seed, n, first):
    rng = np.random.default_rng(seed)
    values = rng.random(n)
    values[: n // 5] = np.nan
    line = LinePyramid(values, first)
    for i in range(20):
        line.append([i / 20])
    values = np.concatenate((values, np.arange(20) / 20))
    for width in (1, 7, 300, 100_000):
        columns = line.columns(first, first + len(values), width)
        low, high = columns.values[0], columns.values[-1]
        for j in range(0, len(columns), max(1, len(columns) // 9)):
            a = max(0, columns.first + j * columns.span - first)
            part = values[a : columns.first + (j + 1) * columns.span - first]
            known = part[~np.isnan(part)]
            expected = (known.min(), known.max()) if known.size else (math.nan, math.nan)
            np.testing.assert_array_equal((low[j], high[j]), expected)


def test_columns_are_aligned_to_the_index_so_that_panning_does_not_shimmer():
    pyramid = BarPyramid(random_bars(np.random.default_rng(1), 50_000))
    here = pyramid.columns(10_000, 30_000, 900)
    there = pyramid.columns(10_037.4, 30_037.4, 900)
    assert here.span == there.span
    assert (there.first - here.first) % here.span == 0


def test_prepending_leaves_every_bar_where_it_was():
    rng = np.random.default_rng(2)
    pyramid = BarPyramid(random_bars(rng, 1000, 10_000))
    before = pyramid.bars(100, 200)
    for _ in range(8):
        pyramid.prepend_bars(random_bars(rng, 1000, 10_000 + pyramid.first - 1000))
    assert pyramid.first == -8000
    assert pyramid.bars(100, 200).equals(before)


def test_a_write_that_would_leave_a_hole_is_refused():
    line = LinePyramid(np.arange(10.0))
    with pytest.raises(ValueError, match="hole"):
        line.write(20, np.zeros((1, 1)))


def test_the_plain_rows_give_the_bars_back():
    bars = random_bars(np.random.default_rng(3), 321)
    assert BarPyramid(bars).bars().equals(bars)
    assert [OPEN, HIGH, LOW, CLOSE, VOLUME] == [0, 1, 2, 3, 4]
