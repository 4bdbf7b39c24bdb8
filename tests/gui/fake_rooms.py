"""The rooms of the fake engine: each does nothing but what a test says, and tells it on the real bus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared_modules.core.bus import EventBus
from shared_modules.core.errors import Cancelled, Unreachable
from shared_modules.core.events import CollectorChanged, ConnectionState, RecorderChanged, SeriesState
from shared_modules.core.log import LogLine
from shared_modules.core.market import Market, Series
from shared_modules.core.progress import ProgressReport
from shared_modules.exchanges.base import ConnectionHealth, RequestHealth
from shared_modules.exchanges.recorder import RecorderStatus
from shared_modules.exchanges.simulated import DRILLS
from shared_modules.system_integration import DrillState, Outage, RecordingInfo, SeriesStatus

START = 1_700_000_100_000


class FakeJob:
    """A job that a test reports on and ends."""

    title = "Backtest"

    def __init__(self) -> None:
        self.report: ProgressReport | None = None
        self.cancelled = False
        self._listeners: list[Callable[[ProgressReport], None]] = []
        self._future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    @property
    def done(self) -> bool:
        return self._future.done()

    async def result(self) -> Any:
        return await self._future

    def cancel(self) -> None:
        self.cancelled = True
        self._future.set_exception(Cancelled())

    def on_report(self, listener: Callable[[ProgressReport], None]) -> None:
        self._listeners.append(listener)

    def on_done(self, listener: Callable[[FakeJob], None]) -> None:
        self._future.add_done_callback(lambda _: listener(self))

    def tell(self, share: float) -> None:
        self.report = ProgressReport(share, "", 1.0, 3.0)
        for listener in self._listeners:
            listener(self.report)

    def finish(self, value: Any) -> None:
        self._future.set_result(value)


class FakeCollector:
    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self.running = False
        self.series: tuple[Series, ...] = ()
        self.differs: dict[Series, dict[str, Any]] = {}

    def status(self, only: Sequence[Series] | None = None) -> tuple[SeriesStatus, ...]:
        return tuple(
            replace(
                SeriesStatus(s, SeriesState.LIVE, 50, START, START + 60_000, 2.0, 1.0, 0, 0, ""),
                **self.differs.get(s, {}),
            )
            for s in (self.series if only is None else only)
        )

    async def add(self, series: Sequence[Series], history: int) -> None:
        self.become((*self.series, *series))

    async def remove(self, series: Sequence[Series]) -> None:
        left = tuple(s for s in self.series if s not in series)
        self.running, self.series = True, left
        self._bus.publish(CollectorChanged(True, left))

    def activity(self) -> list[tuple[int, str]]:
        return [(START, f"collecting {len(self.series)} series")] if self.running else []

    def become(self, series: tuple[Series, ...]) -> None:
        self.running, self.series = bool(series), series
        self._bus.publish(CollectorChanged(self.running, series))


class FakeFeeds:
    """Which books and tapes are looked at."""

    def __init__(self) -> None:
        self.books: list[str] = []
        self.tapes: list[str] = []

    def watch_book(self, market: Market, depth: int = 50) -> Callable[[], None]:
        return self._watch(self.books, market.symbol)

    def watch_trades(self, market: Market) -> Callable[[], None]:
        return self._watch(self.tapes, market.symbol)

    def book(self, market: Market) -> None:
        return None

    def _watch(self, watched: list[str], symbol: str) -> Callable[[], None]:
        watched.append(symbol)
        return lambda: watched.remove(symbol) if symbol in watched else None


class FakeDrills:
    """Drills that nobody but the test sees."""

    possible = True

    def __init__(self) -> None:
        self.states = tuple(DrillState(drill) for drill in DRILLS)
        self.seeds: list[int | None] = []
        self.away = False

    @property
    def active(self) -> tuple[DrillState, ...]:
        return tuple(state for state in self.states if state.active)

    async def begin(self, name: str, seed: int | None = None) -> None:
        self.seeds.append(seed)
        self._set(name, True)

    async def end(self, name: str) -> None:
        self._set(name, False)

    async def end_all(self) -> None:
        for state in self.states:
            self._set(state.drill.name, False)

    async def look(self) -> tuple[DrillState, ...]:
        if self.away:
            raise Unreachable("nobody there")
        return self.states

    def _set(self, name: str, on: bool) -> None:
        self.states = tuple(
            replace(s, begun=on, active=on, hits=3 * on) if s.drill.name == name else s for s in self.states
        )


class FakeConnections:
    """Connections that a test cuts."""

    def __init__(self) -> None:
        self.rest = ConnectionState.CONNECTED
        self.offline: tuple[int, float] | None = None
        self.outages: list[Outage] = []
        self.sockets: tuple[ConnectionHealth, ...] = (
            ConnectionHealth("public linear", "ws://fake", ConnectionState.CONNECTED, "connected", 36, 900, 44.0, 0.2,
                             0, 20.0, 65.0),
        )  # fmt: skip
        self.requests = RequestHealth(12, 0, 0, 0.0, 8.0, "")

    def log(self) -> tuple[Outage, ...]:
        return tuple(self.outages)


class FakeData:
    """Nothing is stored."""

    async def overview(self) -> list[Any]:
        return []


class FakeRecorder:
    """A recorder that records nothing."""

    def __init__(self, bus: EventBus, root: Path) -> None:
        self._bus, self.root = bus, root
        self.running = False
        self.found: list[tuple[Path, int]] = []
        self.jobs: list[FakeJob] = []

    def status(self) -> RecorderStatus:
        return RecorderStatus(self.running, messages=1200 * self.running, bytes=1_000_000, raw_bytes=7_000_000)

    async def start(self) -> Path:
        self.running = True
        self.found.append((self.root / "2026-11-21", 1_000_000))
        self._bus.publish(RecorderChanged(True, ""))
        return self.root

    async def stop(self) -> RecorderStatus:
        self.running = False
        self._bus.publish(RecorderChanged(False, ""))
        return self.status()

    def recordings(self) -> list[tuple[Path, int]]:
        return self.found

    def look(self, folder: Path) -> RecordingInfo:
        return RecordingInfo(folder, 1_000_000, 2, 1200, START * 1000, (START + 60_000) * 1000,
                             ("BTCUSDT 1m", "BTCUSDT 5m", "ETHUSDT 1m"))  # fmt: skip

    def sample(self, folder: Path) -> list[str]:
        return ["1 w first", "2 w second"]

    async def delete(self, folder: Path) -> None:
        self.found = [(one, size) for one, size in self.found if one != folder]

    def replay(self, folder: Path) -> tuple[FakeJob, Path]:
        self.jobs.append(FakeJob())
        return self.jobs[-1], self.root / "replays" / folder.name


class FakeLog:
    def __init__(self) -> None:
        self.listeners: list[Callable[[LogLine], None]] = []

    def listen(self, listener: Callable[[LogLine], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener) if listener in self.listeners else None

    def write(self, level: str, text: str) -> None:
        for listener in self.listeners:
            listener(LogLine(START, level, "shared_modules.fake", text))
