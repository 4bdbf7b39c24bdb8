"""What is kept in memory of a series that is live."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from shared_modules.core.bars import Bars
from shared_modules.core.events import SeriesState
from shared_modules.core.market import Candle, Series

from .stream import CandleTracker

_PILE = 48
Sink = Callable[[Series, Bars], None]


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
    """The newest finished candles, between ``most`` and a tenth more than that."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bars = Bars.empty()
        self._recent: list[Candle] = []

    def __len__(self) -> int:
        return len(self._bars) + len(self._recent)

    @property
    def most(self) -> int:
        """How many are held."""
        return self._most

    def hold(self, most: int) -> None:
        """Hold ``most`` from now on."""
        self._most = most
        self._bars = self._trimmed(self.bars())

    def add(self, candle: Candle) -> None:
        """Add a candle newer than all."""
        self._recent.append(candle)

    def merge(self, bars: Bars) -> None:
        """Merge ``bars`` in; they win."""
        self._bars = self._trimmed(self.bars().merged(bars))

    def reset(self, bars: Bars) -> None:
        """Hold the newest of ``bars`` and nothing else."""
        self._bars, self._recent = self._trimmed(bars), []

    def bars(self) -> Bars:
        """All of it."""
        # joined when somebody looks: closes come far more often
        if self._recent:
            bars = self._bars.merged(Bars.from_candles(self._recent))
            self._recent = []
            self._bars = self._trimmed(bars) if len(bars) > self._most * 1.1 else bars
        return self._bars

    def _trimmed(self, bars: Bars) -> Bars:
        # a copy: a view would keep what it was cut from
        return bars if len(bars) <= self._most else bars.tail(self._most).copy()

    @property
    def last(self) -> int | None:
        """Open time of the newest candle."""
        if self._recent:
            return self._recent[-1].time
        return int(self._bars.time[-1]) if len(self._bars) else None

    @property
    def first(self) -> int | None:
        """Open time of the oldest candle."""
        if len(self._bars):
            return int(self._bars.time[0])
        return self._recent[0].time if self._recent else None

    def newest(self, count: int) -> int | None:
        """Open time of the candle that is ``count``-th from the end; None when there are fewer."""
        if 0 < count <= len(self._recent):
            return self._recent[-count].time
        row = len(self._bars) + len(self._recent) - count
        return int(self._bars.time[row]) if 0 <= row < len(self._bars) else None

    def settle(self) -> None:
        """Join what piled up, when it is much."""
        # a candle by itself takes four times its room in columns
        if len(self._recent) > _PILE:
            self.bars()


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
