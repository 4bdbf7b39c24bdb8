"""What is kept in memory of a series that is live."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars, Floats, Times
from shared_modules.core.events import SeriesState
from shared_modules.core.market import Candle, Series

from .rows import Rows
from .stream import CandleTracker

_SPARE = 16  # rows beyond those held, at least
Sink = Callable[[Series, Rows], None]


@dataclass(slots=True)
class SeriesCounters:
    """What happened to a series since it is watched; ``gaps`` counts holes in our own reception alone.

    ``corrected``: stored candles that the exchange had otherwise when the series was loaded.
    """

    updates: int = 0
    closed: int = 0
    refetched: int = 0
    gaps: int = 0
    errors: int = 0
    corrected: int = 0
    last_error: str = ""


class CandleMemory:
    """The newest finished candles, between ``most`` and a tenth more than that.

    They lie in one block that has room for all from the start: thousands of series do not grow as candles come, and
    a candle costs its 56 bytes. A full block is replaced, never written over, so bars handed out stay as they are.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._block: Floats = np.empty((len(COLUMNS), 0))
        self._time: Times = np.empty(0, np.int64)
        self._bars: Bars | None = None

    def __len__(self) -> int:
        return self._count

    @property
    def most(self) -> int:
        """How many are held."""
        return self._most

    def hold(self, most: int) -> None:
        """Hold ``most`` from now on."""
        self._most = most
        self.reset(self.bars())

    def add(self, candle: Candle) -> None:
        """Add a candle newer than all."""
        if self._count == len(self._time):
            self._take(self._block[:, -self._most :], self._room)
        row = self._count
        self._time[row] = candle.time
        self._block[1:, row] = (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.turnover)
        self._count = row + 1
        self._bars = None

    def merge(self, bars: Bars) -> None:
        """Merge ``bars`` in; they win."""
        self.reset(self.bars().merged(bars))

    def reset(self, bars: Bars) -> None:
        """Hold the newest of ``bars`` and nothing else."""
        newest = bars.tail(self._most)
        columns = [newest.time.view(np.float64), *(getattr(newest, name) for name in COLUMNS[1:])]
        self._take(np.array(columns), self._room)

    def bars(self) -> Bars:
        """All of it; of the block itself, without a copy."""
        if self._bars is None:
            end = self._count
            self._bars = Bars(self._time[:end], *self._block[1:, :end])
        return self._bars

    @property
    def last(self) -> int | None:
        """Open time of the newest candle."""
        return self.newest(1)

    @property
    def first(self) -> int | None:
        """Open time of the oldest candle."""
        return self.newest(self._count)

    def newest(self, count: int) -> int | None:
        """Open time of the candle that is ``count``-th from the end; None when there are fewer."""
        return int(self._time[self._count - count]) if 0 < count <= self._count else None

    @property
    def _room(self) -> int:
        return self._most + max(_SPARE, self._most // 10)

    def _take(self, rows: Floats, room: int) -> None:
        """Move ``rows`` (7, n), the bits of times first, into a new block that has ``room`` for so many."""
        self._count = rows.shape[1]
        self._block = np.empty((len(COLUMNS), room))
        self._block[:, : self._count] = rows
        self._time = self._block[0].view(np.int64)
        self._bars = None


@dataclass(eq=False)
class LiveSeries:
    """A watched series: how many watch it, what is known of it, and who looks after it."""

    series: Series
    history: int
    memory: CandleMemory
    tracker: CandleTracker
    told: Callable[[Series, SeriesState], None] = lambda _series, _state: None
    holds: list[int] = field(default_factory=list)  # what each watcher wants held in memory
    loaded: bool = False
    check: bool = False
    checked_at: int = 0
    heard: float = float("-inf")  # our clock at the last message of it, s
    relook: tuple[int, int] | None = None  # when, by the exchange's clock, candles from where are looked at again
    doubt: int | None = None  # candles from here on may have been revised unheard
    announced: bool = False
    counters: SeriesCounters = field(default_factory=SeriesCounters)
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    refused: Exception | None = None
    task: asyncio.Task[None] | None = None
    unsubscribe: Callable[[], None] = lambda: None

    _state: SeriesState = SeriesState.WAITING

    @property
    def state(self) -> SeriesState:
        """What is going on with it; each change is told."""
        return self._state

    @state.setter
    def state(self, state: SeriesState) -> None:
        if state is not self._state:
            self._state = state
            self.told(self.series, state)

    @property
    def needs_care(self) -> bool:
        """Whether something must be fetched."""
        return not self.loaded or self.check or self.tracker.hole is not None
