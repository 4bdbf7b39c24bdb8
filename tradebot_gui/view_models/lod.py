"""Level-of-detail pyramids: the work of a frame is bounded by its pixels, whatever the length of the history.

Every level folds four entries of the level below into one. A chart that shows more bars than it has pixels reads
the level whose entries are about a pixel wide. Entries are folded, a chunk at a time, when they are first read, or
before that by `Pyramid.fold_next` while there is nothing else to do. Positions (x) are bar indexes: the first bar
given is 0, bars prepended later are negative, so nothing on screen moves when older history arrives.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Bars, Floats, Times

FACTOR = 4
_TOP = 512  # a level this short is folded no further
_ALIGN = FACTOR**6
_SPARE = 4096  # bars of room behind the newest
_CHUNK = 4_096  # entries folded at a time: what is in between then stays in the processor's cache

OPEN, HIGH, LOW, CLOSE, VOLUME, TURNOVER, TIME = range(7)

Reduce = Callable[[Floats], Floats]
Rows = Floats | Sequence[Floats | Times]  # one array, or one a row


def _each(ufunc: Callable[[Floats, Floats], Floats]) -> Reduce:
    # four strided passes are several times quicker than a reduction over a short last axis
    return lambda block: functools.reduce(ufunc, (block[..., i] for i in range(block.shape[-1])))


def _known(pick: Callable[..., float]) -> Callable[[list[float]], float]:
    """``pick`` of the numbers among some, NaN where there is none."""
    return lambda values: pick((v for v in values if v == v), default=math.nan)


@dataclass(frozen=True, slots=True)
class Fold:
    """How one row of a level is made: from which row of the level below, by what reduction of the last axis.

    ``single`` gives the same of a few plain numbers: for one entry an array operation is mostly its call.
    """

    source: int
    reduce: Reduce
    single: Callable[[list[float]], float]


_BAR_FOLDS = (
    Fold(OPEN, lambda block: block[..., 0], lambda values: values[0]),
    Fold(HIGH, _each(np.maximum), max),
    Fold(LOW, _each(np.minimum), min),
    Fold(CLOSE, lambda block: block[..., -1], lambda values: values[-1]),
    Fold(VOLUME, _each(np.maximum), max),
)
_LINE_BASE = (Fold(0, _each(np.fmin), _known(min)), Fold(0, _each(np.fmax), _known(max)))
_LINE_FOLDS = (Fold(0, _each(np.fmin), _known(min)), Fold(1, _each(np.fmax), _known(max)))


@dataclass(frozen=True, slots=True)
class Columns:
    """Entries for drawing: entry j covers bars ``first + j * span`` to ``first + (j + 1) * span`` (exclusive)."""

    first: int
    span: int
    values: Floats

    def __len__(self) -> int:
        return self.values.shape[1]

    @property
    def centres(self) -> Floats:
        """The x of the middle of each entry."""
        return self.first + (self.span - 1) / 2 + np.arange(len(self), dtype=np.float64) * self.span


class Pyramid:
    """Rows over bars with their folded levels; writing anywhere at the ends costs a few entries per level."""

    def __init__(self, rows: Rows, base: Sequence[Fold], folds: Sequence[Fold], front: int = 0) -> None:
        self._base = tuple(base)
        self._folds = tuple(folds)
        self._origin = 0
        self._start = self._stop = 0
        self._levels: list[Floats] = []
        self._done: list[NDArray[np.bool_]] = []  # of each level, which of its chunks are folded
        self._allocate(rows, front, len(rows[0]) // 8 + _SPARE)

    @property
    def first(self) -> int:
        """The x of the oldest bar."""
        return self._start - self._origin

    @property
    def end(self) -> int:
        """One past the x of the newest bar."""
        return self._stop - self._origin

    def __len__(self) -> int:
        return self._stop - self._start

    def rows(self, x0: int | None = None, x1: int | None = None) -> Floats:
        """Views of the plain rows of bars x0 to x1 (exclusive); None is the end of that side."""
        a = self._start if x0 is None else max(self._start, x0 + self._origin)
        b = self._stop if x1 is None else min(self._stop, x1 + self._origin)
        return self._levels[0][:, a : max(a, b)]

    def write(self, x: int, block: Floats) -> None:
        """Put ``block`` (rows, m) at bars x onward: over bars that are there, or joining either end."""
        m = block.shape[1]
        if m == 0:
            return
        a = x + self._origin
        if len(self) and (a > self._stop or a + m < self._start):
            raise ValueError(f"bars at {x} would leave a hole beside {self.first} to {self.end}")
        if a < 0 or a + m > self._levels[0].shape[1]:
            self._grow(self._start - a, a + m - self._stop)
            a = x + self._origin
        self._levels[0][:, a : a + m] = block
        known = self._start <= a and a + m <= self._stop
        self._start, self._stop = min(self._start, a), max(self._stop, a + m)
        self._fold_up(a, a + m, known)

    def cut(self, count: int) -> Self:
        """The oldest ``count`` bars, without a copy; this one must not be used any more."""
        made = copy.copy(self)
        made._stop = min(self._stop, self._start + count)
        # what was folded with bars that are cut off is folded anew
        made._done = [done.copy() for done in self._done]
        for level, done in enumerate(made._done):
            done[max(0, made._stop - 1) // FACTOR**level // _CHUNK :] = False
        return made

    def append(self, row: Sequence[float]) -> None:
        self.write(self.end, np.array(row, np.float64).reshape(-1, 1))

    def prepend(self, block: Floats) -> None:
        self.write(self.first - block.shape[1], block)

    def columns(self, x0: float, x1: float, width: float) -> Columns:
        """At most about one entry a pixel for the bars in [x0, x1] shown over ``width`` pixels.

        Entries are aligned to the bar index, so that they do not shimmer while the chart is moved; the first and
        last may reach outside [x0, x1]. With a bar a pixel or less the entries are the plain rows.
        """
        a = max(self._start, math.floor(x0) + self._origin)
        b = min(self._stop, math.ceil(x1) + 1 + self._origin)
        if b <= a:
            return Columns(0, 1, self._levels[0][:, :0])
        per_pixel = (x1 - x0) / max(1.0, width)
        if per_pixel <= 1.0:
            return Columns(a - self._origin, 1, self._levels[0][:, a:b])
        level = min(len(self._levels) - 1, int(math.log(per_pixel, FACTOR)))
        size = FACTOR**level
        group = math.ceil(per_pixel / size)
        span = size * group
        j0, j1 = a // span, -(-b // span)
        first = j0 * span - self._origin
        if group == 1 and level:
            self._ready(level, j0, j1)
            return Columns(first, span, self._levels[level][:, j0:j1])
        return Columns(first, span, self._folded(level, group, j0, j1))

    def _allocate(self, rows: Rows, front: int, back: int) -> None:
        n = len(rows[0])
        base = np.empty((len(rows), front + n + back))
        for kept, row in zip(base, rows, strict=True):
            kept[front : front + n] = row
        self._levels = [base]
        while self._levels[-1].shape[1] > _TOP:
            self._levels.append(np.empty((len(self._folds), -(-self._levels[-1].shape[1] // FACTOR))))
        self._origin += front - self._start
        self._start, self._stop = front, front + n
        self._done = [np.zeros(-(-level.shape[1] // _CHUNK), np.bool_) for level in self._levels]

    def _grow(self, before: int, after: int) -> None:
        """Make room for ``before`` more bars in front and ``after`` more behind, and for half as many again."""
        spare = len(self) // 2
        front = self._start
        if before > front:  # moved by whole groups, so that the alignment of the columns stays as it is
            front += -(-(before + spare) // _ALIGN) * _ALIGN
        self._allocate(self.rows(), front, max(0, after) + spare + _SPARE)

    def _fold_up(self, a: int, b: int, known: bool = False) -> None:
        """Fold anew what was folded above bars a to b (exclusive); ``known`` when no bar of them is new."""
        for level in range(1, len(self._levels)):
            a, b = a // FACTOR, -(-b // FACTOR)
            if b - a > 1:
                for chunk in range(a // _CHUNK, (b - 1) // _CHUNK + 1):
                    if self._done[level][chunk]:
                        start, stop = max(a, chunk * _CHUNK), min(b, (chunk + 1) * _CHUNK)
                        self._levels[level][:, start:stop] = self._folded(level - 1, FACTOR, start, stop)
            elif self._done[level][a // _CHUNK] and not self._fold_one(level, a) and known:
                return

    def fold_next(self) -> bool:
        """Fold one more chunk that was not read yet; False when there is none."""
        for level in range(1, len(self._levels)):
            first, last = self._start // FACTOR**level // _CHUNK, (self._stop - 1) // FACTOR**level // _CHUNK
            if len(self) and (left := np.flatnonzero(~self._done[level][first : last + 1])).size:
                self._fold_chunk(level, first + int(left[-1]))  # the newest first
                return True
        return False

    def _ready(self, level: int, a: int, b: int) -> None:
        """Have entries a to b (exclusive) of ``level``, of which each has a bar, be folded."""
        for chunk in range(a // _CHUNK, (b - 1) // _CHUNK + 1) if level else ():
            if not self._done[level][chunk]:
                self._fold_chunk(level, chunk)

    def _fold_chunk(self, level: int, chunk: int) -> None:
        a, b = chunk * _CHUNK, min((chunk + 1) * _CHUNK, self._levels[level].shape[1])
        size = FACTOR**level
        a, b = max(a, self._start // size), min(b, -(-self._stop // size))
        self._levels[level][:, a:b] = self._folded(level - 1, FACTOR, a, b)
        self._done[level][chunk] = True

    def _fold_one(self, level: int, entry: int) -> bool:
        """Fold one entry of ``level`` anew; whether that changed it, and with it those above."""
        size = FACTOR ** (level - 1)
        start, stop = max(self._start // size, entry * FACTOR), min(-(-self._stop // size), (entry + 1) * FACTOR)
        self._ready(level - 1, start, stop)
        source = self._levels[level - 1][:, start:stop].tolist()
        made = [fold.single(source[fold.source]) for fold in (self._folds if level > 1 else self._base)]
        kept = self._levels[level]
        if kept[:, entry].tolist() == made:
            return False
        kept[:, entry] = made
        return True

    def _folded(self, level: int, group: int, j0: int, j1: int) -> Floats:
        """Entries j0 to j1 (exclusive), each folded from ``group`` columns of ``level``."""
        source = self._levels[level]
        folds = self._folds if level else self._base
        size = FACTOR**level
        start, stop = self._start // size, -(-self._stop // size)
        self._ready(level, max(start, j0 * group), min(stop, j1 * group))
        out = np.empty((len(folds), j1 - j0))
        whole0 = -(-max(start, j0 * group) // group)
        whole1 = max(whole0, min(stop, j1 * group) // group)
        if whole1 > whole0:
            block = source[:, whole0 * group : whole1 * group].reshape(len(source), whole1 - whole0, group)
            for row, fold in enumerate(folds):
                out[row, whole0 - j0 : whole1 - j0] = fold.reduce(block[fold.source])
        for j in (*range(j0, min(whole0, j1)), *range(max(whole1, whole0, j0), j1)):
            part = source[:, max(start, j * group) : min(stop, (j + 1) * group)]
            for row, fold in enumerate(folds):
                out[row, j - j0] = fold.reduce(part[fold.source])
        return out


class BarPyramid(Pyramid):
    """Candles: rows open, high, low, close, volume on every level; turnover and time on the plain one."""

    def __init__(self, bars: Bars) -> None:
        super().__init__(_rows(bars), _BAR_FOLDS, _BAR_FOLDS, front=_ALIGN)

    @classmethod
    def of_rows(cls, rows: Floats, first: int) -> BarPyramid:
        """Candles without a time from their rows; the oldest stands at x ``first``.

        Its entries fall on the same bars as those of a pyramid made from bars.
        """
        made = cls.__new__(cls)
        Pyramid.__init__(made, rows, _BAR_FOLDS, _BAR_FOLDS, front=_ALIGN + first % _ALIGN)
        made._origin -= first
        return made

    def prepend_bars(self, bars: Bars) -> None:
        self.prepend(np.stack(_rows(bars)))

    def append_bars(self, bars: Bars) -> None:
        if len(bars):
            self.write(self.end, np.stack(_rows(bars)))

    def bars(self, x0: int | None = None, x1: int | None = None) -> Bars:
        """Bars x0 to x1 (exclusive); prices are views, not copies."""
        rows = self.rows(x0, x1)
        columns: Any = (rows[i] for i in (OPEN, HIGH, LOW, CLOSE, VOLUME, TURNOVER))
        return Bars(rows[TIME].astype(np.int64), *columns)

    def extremes(self, x0: float, x1: float) -> tuple[float, float, float] | None:
        """Lowest low, highest high and largest volume of the bars in [x0, x1]; None where there are none."""
        columns = self.columns(x0, x1, 512)
        if not len(columns):
            return None
        v = columns.values
        return float(v[LOW].min()), float(v[HIGH].max()), float(v[VOLUME].max())


class LinePyramid(Pyramid):
    """One value a bar, NaN where there is none yet; the levels keep the least and the greatest."""

    def __init__(self, values: Floats, first: int = 0) -> None:
        super().__init__(np.asarray(values, np.float64).reshape(1, -1), _LINE_BASE, _LINE_FOLDS)
        self._origin -= first

    def value(self, x: int) -> float:
        """The value at bar x; NaN outside."""
        found = self.rows(x, x + 1)
        return float(found[0, 0]) if found.shape[1] else math.nan

    def extremes(self, x0: float, x1: float) -> tuple[float, float] | None:
        """Least and greatest value in [x0, x1]; None where there is no number."""
        values = self.columns(x0, x1, 512).values
        if not values.size:
            return None
        low = float(np.minimum.reduce(values, axis=None))
        if not math.isnan(low):  # the quicker way, where there is a number everywhere
            return low, float(np.maximum.reduce(values, axis=None))
        low, high = float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None))
        return None if math.isnan(low) else (low, high)


def _rows(bars: Bars) -> tuple[Floats | Times, ...]:
    return bars.open, bars.high, bars.low, bars.close, bars.volume, bars.turnover, bars.time
