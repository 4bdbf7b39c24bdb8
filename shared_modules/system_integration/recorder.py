"""`engine.recorder`: the flight recorder of the engine's market data, with what was collected written into it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.errors import StoreError
from shared_modules.core.events import CollectingEnded, CollectorChanged, RecorderChanged
from shared_modules.core.market import Series
from shared_modules.exchanges.recorder import Recorder, RecorderStatus

from . import recordings, work

if TYPE_CHECKING:
    from shared_modules.data_collection.replaying import ReplayOutcome

    from .engine import Engine
    from .jobs import Job
    from .recordings import RecordingInfo

FOLDER = "recordings"
REPLAYS = "replays"


class FlightRecorder:
    """Starts, stops and tells of the recording; its methods belong on the event loop's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.taps = Recorder()
        self._forget: Callable[[], None] = lambda: None

    @property
    def root(self) -> Path:
        """The folder of all recordings."""
        return self._engine.paths.root / FOLDER

    async def start(self, folder: Path | None = None) -> Path:
        """Begin to record; returns the folder of this recording. Raises `StoreError` when it cannot be written."""
        limit = self._engine.settings.recorder.megabytes * 1_000_000
        try:
            found = await asyncio.to_thread(self.taps.start, folder or self.root, limit)
        except OSError as error:
            where = folder or self.root
            raise StoreError(f"cannot record into {where}: {error.strerror or error}", path=str(where)) from error
        self._forget()
        undo = [
            self._engine.bus.subscribe(CollectorChanged, self._collecting),
            self._engine.bus.subscribe(CollectingEnded, self._ended),
        ]

        def forget() -> None:
            for one in undo:
                one()

        self._forget = forget
        if self._engine.ready and self._engine.collector.running:
            self._collecting(CollectorChanged(True, self._engine.collector.series))
        self._engine.bus.publish(RecorderChanged(True, str(found)))
        return found

    async def stop(self) -> RecorderStatus:
        """End the recording when all of it is on the disk; twice is safe."""
        if self.taps.active:
            self._forget()
            await asyncio.to_thread(self.taps.stop)
            self._engine.bus.publish(RecorderChanged(False, str(self.taps.status().folder)))
        return self.taps.status()

    def status(self) -> RecorderStatus:
        """How it is doing; cheap enough for every second."""
        return self.taps.status()

    def recordings(self) -> list[tuple[Path, int]]:
        """The recordings there are with their bytes, the newest first; reads the folder."""
        if not self.root.is_dir():
            return []
        found = [folder for folder in self.root.iterdir() if folder.is_dir()]
        return [(f, sum(p.stat().st_size for p in f.iterdir())) for f in sorted(found, reverse=True)]

    def look(self, recording: Path) -> RecordingInfo:
        """What is in ``recording``; reads it, so call it off the loop. Raises `DataSourceError`."""
        return recordings.look(recording)

    def sample(self, recording: Path) -> list[str]:
        """The first lines of ``recording``; reads it, so call it off the loop. Raises `DataSourceError`."""
        return recordings.sample(recording)

    async def delete(self, recording: Path) -> None:
        """Remove ``recording`` for good; raises `StoreError`, also while it is being recorded."""
        if self.taps.active and self.taps.status().folder == recording:
            raise StoreError(f"{recording.name} is being recorded; stop the recording first")
        await asyncio.to_thread(recordings.delete, recording, self.root)

    def replay(self, recording: Path, speed: float | None = None) -> tuple[Job[ReplayOutcome], Path]:
        """Play ``recording`` through the collector in a worker process; the job, and the folder that takes the candles.

        ``speed`` None is as fast as possible. The folder is the recording's own; what was in it is replaced.
        """
        target = self._engine.paths.root / REPLAYS / recording.name
        return self._engine.jobs.start(f"Replay {recording.name}", work.replay, recording, target, speed), target

    def _collecting(self, event: CollectorChanged) -> None:
        settings = self._engine.settings
        mark = {
            "what": "collect" if event.running else "stop",
            "exchange": settings.exchange.name,
            "series": [_named(series) for series in event.series],
            "history": settings.collector.history,
            "retention": settings.data.retention,
        }
        self._mark(mark)

    def _ended(self, event: CollectingEnded) -> None:
        # where each series ended: an answer on its way decides that by chance, and a replay could not know
        self._mark({"what": "end", "series": [[*_named(series), last] for series, last in event.ended]})

    def _mark(self, mark: dict[str, Any]) -> None:
        self.taps.mark(json.dumps(mark, separators=(",", ":")).encode())


def _named(series: Series) -> list[str]:
    market = series.market
    return [market.exchange, market.category.value, market.symbol, series.timeframe.name]
