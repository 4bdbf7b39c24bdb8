"""Recordings of other venues brought in: what markets are in there, which candles their trades make, where they go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared_modules.core.bars import Bars
from shared_modules.core.errors import InvalidInput
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import timeframe

from .import_lines import head_of
from .import_trades import RecordedMarket, candles_of, is_recording, recorded_trades, venue_of
from .importing import FOLDER

_HEAD = 20
_READ = 0.8  # of the work is reading, the rest is building


@dataclass(frozen=True, slots=True)
class RecordingMapping:
    """What is taken of a recording and where it goes.

    ``markets``: those that are wanted, None for all. ``category``: the kind of market under which they are stored,
    None for what the messages tell. ``replace``: the recording wins where a candle is stored already.
    """

    timeframe: str = "1m"
    exchange: str = FOLDER
    category: str | None = None
    markets: frozenset[RecordedMarket] | None = None
    replace: bool = False

    def series(self, market: RecordedMarket) -> Series:
        """Where the candles of ``market`` go; raises `InvalidInput` for what cannot be."""
        if self.category not in (None, *Category):
            raise InvalidInput(f"'{self.category}' is no kind of market; there are: {', '.join(Category)}")
        kind, symbol = market
        place = Market(self.exchange.strip(), kind if self.category is None else Category(self.category), symbol)
        return Series(place, timeframe(self.timeframe))


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSeries:
    """One market of a recording: how many trades, from ``first`` to ``last`` (ms UTC), and the candles they cover."""

    market: RecordedMarket
    trades: int
    first: int
    last: int
    bars: Bars


@dataclass(frozen=True, slots=True, eq=False)
class RecordingPreview:
    """What is in a recording, with its first lines as they are."""

    path: Path
    venue: str
    timeframe: str
    lines: tuple[str, ...]
    found: tuple[RecordedSeries, ...]

    @property
    def usable(self) -> bool:
        """Whether its trades cover a candle."""
        return any(len(one.bars) for one in self.found)


def is_recorded(path: Path) -> bool:
    """Whether ``path`` is a recording of another venue's messages and no table; raises what `lines_of` raises."""
    return any(map(is_recording, head_of(path, 1)))


def preview_recording(path: Path, frame: str = "1m", progress: Progress | None = None) -> RecordingPreview:
    """What ``path`` holds, as candles of ``frame``; reads all of it. Raises `DataFormatError` when it has no trades."""
    head = head_of(path, _HEAD)
    found = _read(path, frame, None, progress or Progress())
    return RecordingPreview(path, venue_of(head[0]), frame, tuple(line[:400] for line in head), tuple(found))


def read_recording(
    path: Path, mapping: RecordingMapping, progress: Progress | None = None
) -> list[tuple[Series, Bars]]:
    """The candles of the wanted markets of ``path`` by the series they go to; none where the trades cover none."""
    mapping.series((Category.LINEAR, "ANY"))  # what cannot be is said before long reading
    found = _read(path, mapping.timeframe, mapping.markets, progress or Progress())
    built = [(mapping.series(one.market), one.bars) for one in found if len(one.bars)]
    names = [series for series, _ in built]
    for series in names:
        if names.count(series) > 1:
            raise InvalidInput(f"two markets of {path.name} would become {series}; take one of them, or each as it is")
    return built


def _read(path: Path, frame: str, wanted: frozenset[RecordedMarket] | None, progress: Progress) -> list[RecordedSeries]:
    to = timeframe(frame)
    by_market = recorded_trades(path, progress.part(0.0, _READ))
    found = []
    for n, (market, trades) in enumerate(sorted(by_market.items())):
        progress.step(_READ + (1 - _READ) * n / len(by_market), f"building {market[1]}")
        if wanted is None or market in wanted:
            times = [trade.time for trade in trades]
            found.append(RecordedSeries(market, len(trades), min(times), max(times), candles_of(trades, to)))
    progress.step(1.0)
    return found
