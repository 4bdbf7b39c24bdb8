"""`data import` of recordings of other venues: candles built from the trades in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shared_modules.core.errors import InvalidInput

from .data_doors import open_store
from .output import emit, table, when

if TYPE_CHECKING:
    from shared_modules.core.bars import Bars
    from shared_modules.core.market import Series
    from shared_modules.data_collection.edits import EditOutcome
    from shared_modules.data_collection.import_recordings import RecordingMapping


@dataclass(frozen=True)
class BuiltSeries:
    """Candles that the trades of a recording cover whole."""

    path: Path
    series: Series
    bars: Bars


def is_recorded(path: Path) -> bool:
    """Whether ``path`` is a recording of messages and not a table."""
    from shared_modules.data_collection.import_recordings import is_recorded as recorded

    return recorded(path)


def built_series(files: Sequence[Path], symbol: str | None, mapping: RecordingMapping) -> list[BuiltSeries]:
    """Candles of each market, or of ``symbol``, whose trades are in ``files``.

    Raises `InvalidInput` when the trades cover no candle.
    """
    from shared_modules.data_collection.import_recordings import read_recording

    found = [
        BuiltSeries(path, series, bars)
        for path in files
        for series, bars in read_recording(path, mapping)
        if symbol in (None, series.market.symbol)
    ]
    if not found:
        raise InvalidInput(f"the trades in there cover no whole {mapping.timeframe} candle")
    return found


def bring(built: Sequence[BuiltSeries], data_dir: Path, replace: bool) -> list[EditOutcome]:
    """Store ``built``; where a candle is stored already it stays unless ``replace``."""
    from shared_modules.core.clock import SystemClock
    from shared_modules.data_collection.edits import import_bars

    with open_store(data_dir) as (paths, store):
        now = SystemClock().now()
        return [import_bars(paths, store, one.series, one.bars, str(one.path), now, replace) for one in built]


def show_built(built: Sequence[BuiltSeries], json: str | None) -> None:
    """Tell what would be imported."""
    rows = [
        {"file": str(one.path), "exchange": one.series.market.exchange, "category": one.series.market.category.value,
         "symbol": one.series.market.symbol, "timeframe": one.series.timeframe.name, "rows": len(one.bars),
         "first": int(one.bars.time[0]), "last": int(one.bars.time[-1])}
        for one in built
    ]  # fmt: skip
    emit({"files": rows}, json)
    if json != "-":
        columns = ["category", "symbol", "timeframe", "rows"]
        shown = [[*(r[name] for name in columns), when(one.bars.time[0]), when(one.bars.time[-1])]
                 for r, one in zip(rows, built, strict=True)]  # fmt: skip
        table("Would be built", [*columns, "first", "last"], shown)
