"""Lines computed for all bars beforehand, for runs in which every bar is on record.

A strategy that decides bar by bar asks its lines bar by bar. Where the numbers it hands over are those of the record,
the line's values have been computed in one pass; with the first that is another number the line follows what it is
given from then on, as it does live. Only lines whose two ways give the very same numbers are foreseen, so nothing in a
result tells which way was taken, and no value depends on a later bar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain, repeat

import numpy as np

from shared_modules.core.bars import Bars, Floats

from .incremental import Incremental, Line, Values

_current: ContextVar[Foresight | None] = ContextVar("foresight", default=None)
_Row = tuple[Values | None, Values, int]


class Foresight:
    """The record that lines may be computed on ahead; `block` turns to the bars that come next."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self._lines: list[ForeseenLine] = []

    def add(self, line: ForeseenLine) -> None:
        self._lines.append(line)

    def block(self, first: int, last: int) -> None:
        """The rows ``first`` to ``last`` are handed over next; blocks follow each other without a gap."""
        for line in self._lines:
            line.turn(first, last)


@contextmanager
def foresight(bars: Bars) -> Iterator[Foresight]:
    """Lines that are made within this are foreseen on ``bars``, all that will be handed over one by one."""
    made = Foresight(bars)
    token = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(token)


def line_of(follower: Incremental) -> Line:
    """The plain numbers of ``follower``: foreseen where there is a record and that gives the same numbers."""
    current = _current.get()
    if current is None or not getattr(follower.start(), "exact", False):
        return Line(follower.start, len(follower.outputs))
    line = ForeseenLine(follower, current.bars)
    current.add(line)
    return line


class ForeseenLine(Line):
    """A `Line` that knows what it will be asked, until it is asked something else."""

    __slots__ = ("_columns", "_next", "_values")

    def __init__(self, follower: Incremental, bars: Bars) -> None:
        super().__init__(follower.start, len(follower.outputs))
        self._columns = tuple(getattr(bars, name) for name in follower.inputs)
        self._values: tuple[Floats, ...] | None = tuple(follower.extend(bars).values())
        self._next = self._end(0)

    def __call__(self, *values: float) -> Values:
        expected, found, row = self._next()
        if expected == values:
            return found
        if row >= 0:
            self._follow(row)
        return super().__call__(*values)

    def turn(self, first: int, last: int) -> None:
        """Take up the rows ``first`` to ``last``, if all before were asked for."""
        if self._values is None:
            return
        expected, _, row = self._next()
        if expected is not None or row != first:
            # fewer bars were asked for than there were
            self._follow(row)
            return
        inputs = zip(*(c[first:last].tolist() for c in self._columns), strict=True)
        lines = zip(*(v[first:last].tolist() for v in self._values), strict=True)
        rows: Iterator[_Row] = zip(inputs, lines, range(first, last), strict=True)
        self._next = chain(rows, repeat((None, self._missing, last))).__next__

    def _end(self, row: int) -> Callable[[], _Row]:
        rows: Iterator[_Row] = repeat((None, self._missing, row))
        return rows.__next__

    def _follow(self, row: int) -> None:
        """Go on by what is given, having been given the ``row`` first rows of the record."""
        self._values, self._next = None, self._end(-1)
        columns = np.array([c[:row] for c in self._columns])
        missing = np.flatnonzero(~np.isfinite(columns).all(axis=0))
        since = int(missing[-1]) + 1 if len(missing) else 0
        steps = self._start()
        if since < row:
            steps.extend(columns[:, since:])
        self._update = getattr(steps, "running", steps).update
