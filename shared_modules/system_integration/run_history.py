"""The kept backtests: listed, read, renamed, deleted, and written to while others begin and end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shared_modules.core.bus import EventBus
from shared_modules.core.errors import StateError, StoreError
from shared_modules.core.events import RunHistoryChanged
from shared_modules.storage.runs import RunRecord, RunStore

if TYPE_CHECKING:
    from shared_modules.backtester.result import BacktestResult

T = TypeVar("T")
_log = logging.getLogger(__name__)


def opened(payload: bytes) -> BacktestResult:
    """The result in ``payload``; for a thread beside the loop."""
    from shared_modules.backtester.archive import unpack

    return unpack(payload)


class RunHistory:
    """The history in ``file``; its methods belong on the event loop, its file on one thread of its own."""

    def __init__(self, file: Path, bus: EventBus) -> None:
        self.file = file
        self._bus = bus
        self._thread = ThreadPoolExecutor(1, "run history")
        self._store: RunStore | None = None
        self._closed = False

    async def open(self) -> str:
        """Open the file and mark the runs that the program's last end cut off; a sentence if something was wrong."""
        return await self._do(self._opened)

    def _opened(self) -> str:
        self._store = RunStore(self.file)
        cut = self._store.mark_cut()
        if self._store.set_aside is not None:
            return (
                f"The history of backtests was damaged. It lies in {self._store.set_aside.name}; a new one was begun."
            )
        return f"{cut} backtests were cut off when the program last ended; the history marks them." if cut else ""

    async def list(self) -> tuple[RunRecord, ...]:
        """All kept runs, the newest first."""
        return await self._do(lambda: self._there.list())

    async def record(self, run: str) -> RunRecord:
        """What the list tells of ``run``."""
        return await self._do(lambda: self._there.record(run))

    async def load(self, run: str) -> BacktestResult:
        """The whole result of ``run``; raises `UnknownName` or `InvalidInput` when there is none."""

        return await asyncio.to_thread(opened, await self._do(lambda: self._there.load(run)))

    async def delete(self, *runs: str) -> None:
        """Forget ``runs``."""
        await self._change(lambda: self._there.delete(*runs))

    async def rename(self, run: str, title: str) -> None:
        """Give ``run`` another title."""
        await self._change(lambda: self._there.rename(run, title))

    async def note(self, run: str, text: str) -> None:
        """Keep ``text`` with ``run``."""
        await self._change(lambda: self._there.note(run, text))

    async def begin(self, run: str, title: str, created: int, summary: dict[str, Any]) -> None:
        """Write a waiting run down."""
        await self._change(lambda: self._there.begin(run, title, created, summary))

    async def is_now(self, run: str, state: str) -> None:
        """Note another state of ``run``."""
        await self._change(lambda: self._there.is_now(run, state))

    async def finish(self, run: str, state: str, ended: int, **more: Any) -> None:
        """Note how ``run`` ended, with what `RunStore.finish` takes."""
        await self._change(lambda: self._there.finish(run, state, ended, **more))

    async def close(self) -> None:
        """Close the file after what waits to be written; twice is safe."""
        if self._closed:
            return
        self._closed = True
        await self._do(lambda: None if self._store is None else self._store.close())
        self._thread.shutdown(wait=False)

    @property
    def _there(self) -> RunStore:
        if self._store is None:
            raise StoreError("the history of backtests is not open; see the log for the reason")
        return self._store

    async def _change(self, work: Callable[[], None]) -> None:
        await self._do(work)
        self._bus.publish(RunHistoryChanged())

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:  # the thread is gone
            raise StateError("the history of backtests is closed; start the terminal again") from error
