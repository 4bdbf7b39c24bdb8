"""The user's strategies while the terminal runs: changed files are noticed and loaded, away from the window."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared_modules.core.bus import EventBus
from shared_modules.core.errors import InvalidInput, StoreError
from shared_modules.core.events import StrategiesChanged
from shared_modules.core.paths import safe_name, write_whole
from shared_modules.strategies.base import Strategy
from shared_modules.strategies.registry import BrokenStrategy, broken_strategies, source_file, strategies
from shared_modules.strategies.user_folder import KEPT, keep_working, user_files

from .jobs import Jobs
from .strategy_checks import StrategyChecks

_log = logging.getLogger(__name__)
EVERY = 0.7  # seconds between two looks at the folder

Stamps = dict[Path, tuple[int, int]]


@dataclass(frozen=True)
class Shelf:
    """The strategies there are, by name, and the files that can't be used."""

    classes: Mapping[str, type[Strategy]] = field(default_factory=dict)
    broken: tuple[BrokenStrategy, ...] = ()


class StrategyWatch:
    """Keeps the shelf of strategies as the user's ``folder`` is; tells the bus when that changes.

    A file is loaded once it has stayed the same from one look to the next: an editor may write in several goes. The
    files run in this object's thread, never in the window's, since they may do anything and take their time.
    """

    def __init__(self, folder: Path, bus: EventBus, every: float = EVERY, jobs: Jobs | None = None) -> None:
        self.folder = folder
        # with ``jobs`` what is saved is asked at once whether it looks ahead
        self.checks = None if jobs is None else StrategyChecks(folder, bus, jobs)
        self.shelf = Shelf(strategies(folder / KEPT / "none"))
        self._bus, self._every = bus, every
        self._seen: Stamps | None = None
        self._loaded: Stamps | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._tell: Callable[[StrategiesChanged], object] = bus.publish

    def start(self) -> None:
        """Look at the folder from now on; to be called on the event loop, where the bus delivers."""
        loop = asyncio.get_running_loop()

        def tell(event: StrategiesChanged) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._bus.publish, event)

        self._tell = tell
        self._thread = threading.Thread(target=self._run, name="strategy-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the looking; a file that is being run is not waited for."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(0.5)

    def look(self) -> None:
        """One look: load what has changed and rests now, and tell if that changed the shelf."""
        stamps = _stamps(self.folder)
        settled = stamps == self._seen or self._loaded is None
        self._seen = stamps
        if not settled or stamps == self._loaded:
            return
        self._loaded = stamps
        self._load()

    def create(self, title: str) -> Path:
        """Write a new strategy called ``title`` into the folder, from the lesson; raises `InvalidInput`."""
        name = "_".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
        if not name.isidentifier() or not name.isascii():
            raise InvalidInput(f"'{title}' can't be the name of a strategy; begin with a letter from a to z")
        path = self.folder / f"{safe_name(name)}.py"
        if path.exists() or name in self.shelf.classes:
            raise InvalidInput(f"there is a strategy called '{name}' already; choose another name")
        try:
            write_whole(path, _lesson(name, title).encode())
        except OSError as error:
            raise StoreError(f"{path} can't be written: {error.strerror or error}", path=str(path)) from error
        return path

    def file_of(self, name: str) -> Path | None:
        """The user's file of the strategy called ``name``; None for a built-in one."""
        cls = self.shelf.classes.get(name)
        if cls is None:
            return None
        path = source_file(cls)
        path = path.parent.parent / path.name if path.parent.name == KEPT else path
        return path if path.parent == self.folder else None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except OSError as error:
                _log.warning("the folder of strategies can't be read: %s", error)
            self._stop.wait(self._every)

    def _load(self) -> None:
        files = user_files(self.folder)
        try:
            keep_working(self.folder, files)
        except OSError as error:
            _log.warning("no copy of the working strategies can be kept: %s", error)
        before, self.shelf = self.shelf, Shelf(strategies(self.folder), broken_strategies(self.folder))
        old, new = before.classes, self.shelf.classes
        changed = tuple(name for name in new if name in old and new[name] is not old[name])
        event = StrategiesChanged(
            tuple(sorted(new.keys() - old.keys())), changed, tuple(sorted(old.keys() - new.keys()))
        )
        if event.added or event.changed or event.removed or before.broken != self.shelf.broken:
            self._tell(event)


def _stamps(folder: Path) -> Stamps:
    found: Stamps = {}
    for path in folder.glob("*.py"):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue  # gone between the two
        found[path] = (stat.st_mtime_ns, stat.st_size)
    return found


def _lesson(name: str, title: str) -> str:
    """The lesson as a strategy of its own."""
    from shared_modules.strategies.builtin import template

    source = Path(template.__file__).with_suffix(".py").read_text(encoding="utf-8")
    words = "".join(word.capitalize() for word in name.split("_"))
    quoted = title.strip().replace("\\", "").replace('"', "'")
    source = source.replace("TemplateSteps", f"{words}Steps").replace("Template", words)
    source = source.replace('str] = "template"', f'str] = "{name}"')
    return source.replace(f'str] = "{words}: channel breakout"', f'str] = "{quoted}"')
