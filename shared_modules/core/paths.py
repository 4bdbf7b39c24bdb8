"""Where things lie on disk, and file operations that Windows does not trip over."""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from platformdirs import user_data_path

from .errors import InvalidInput, StoreError
from .market import Market, Series

T = TypeVar("T")
APP = "TradeBotTerminal"
# names that Windows keeps for devices, with any extension
_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *(d + n for d in ("COM", "LPT") for n in "0123456789¹²³")}
_FORBIDDEN = set('<>:"/\\|?*')

# whoever writes a file whole has one of these meanwhile; which one depends on the file
_TURNS = tuple(threading.Lock() for _ in range(16))

# in the usual data folder, names another one that is used instead
POINTER = "data-folder.txt"


def frozen() -> bool:
    """Whether this is the packaged program."""
    return bool(getattr(sys, "frozen", False))


def project_root() -> Path:
    """The folder that holds `resources`: of the sources, or of the packaged program."""
    if frozen():
        return Path(getattr(sys, "_MEIPASS", Path(sys.executable).parent))
    return Path(__file__).resolve().parents[2]


def resources() -> Path:
    return project_root() / "resources"


def default_data_dir() -> Path:
    """The folder that `choose_data_dir` noted, if it is there; else the usual one."""
    chosen = _chosen_data_dir()
    return chosen if chosen is not None and chosen.is_dir() else usual_data_dir()


def missing_data_dir() -> Path | None:
    """The folder that `choose_data_dir` noted when it is not there, such as one on a stick that is not plugged in."""
    chosen = _chosen_data_dir()
    return None if chosen is None or chosen.is_dir() else chosen


def _chosen_data_dir() -> Path | None:
    try:
        chosen = Path((usual_data_dir() / POINTER).read_text(encoding="utf-8-sig").strip())
    except (OSError, UnicodeDecodeError):
        return None
    return chosen if chosen.is_absolute() else None


def usual_data_dir() -> Path:
    """``data`` beside the sources, or the user's local application folder for the packaged program."""
    if frozen():
        return user_data_path(APP, appauthor=False, roaming=False)
    return project_root() / "data"


def choose_data_dir(folder: Path | None) -> None:
    """Keep data in ``folder`` from the next start on; None is the usual place. Raises OSError."""
    usual = usual_data_dir()
    usual.mkdir(parents=True, exist_ok=True)
    if folder is None:
        (usual / POINTER).unlink(missing_ok=True)
        return
    _prove_writable(folder)
    write_whole(usual / POINTER, str(folder.resolve()).encode())


@dataclass(frozen=True, slots=True)
class DataPaths:
    """The folders and files under one data folder."""

    root: Path

    @property
    def candles(self) -> Path:
        return self.root / "candles"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def settings(self) -> Path:
        return self.root / "settings.toml"

    @property
    def layout(self) -> Path:
        return self.root / "layout.json"

    @property
    def workspaces(self) -> Path:
        return self.root / "workspaces"

    @property
    def alerts(self) -> Path:
        return self.root / "alerts.json"

    @property
    def watch_groups(self) -> Path:
        """Favourites and other lists of symbols."""
        return self.root / "watch-groups.json"

    @property
    def recent_commands(self) -> Path:
        """What was chosen last in the command palette."""
        return self.root / "recent-commands.json"

    @property
    def shortcuts(self) -> Path:
        return self.root / "shortcuts.json"

    @property
    def presets(self) -> Path:
        return self.root / "presets"

    @property
    def strategies(self) -> Path:
        return self.root / "strategies"

    @property
    def runs(self) -> Path:
        """The history of backtests."""
        return self.root / "runs.sqlite"

    def market_dir(self, market: Market) -> Path:
        return self.candles / safe_name(market.exchange) / market.category.value / safe_name(market.symbol)

    def series(self, series: Series) -> Path:
        """The CSV file of ``series``."""
        # Windows does not tell 1m from 1M
        name = "1month" if series.timeframe.is_month else series.timeframe.name
        return self.market_dir(series.market) / f"{name}.csv"

    def ready(self) -> "DataPaths":
        """These paths, with the root made and proved writable; raises `StoreError` with what to do."""
        try:
            _prove_writable(self.root)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            note = usual_data_dir() / POINTER
            choose = "choose another with --data-dir"
            if _chosen_data_dir() == self.root:
                choose += f", or delete {note} to have the usual one"
            raise StoreError(
                f"cannot write to the data folder {self.root} ({reason}); {choose}", path=str(self.root)
            ) from error
        return self


def _prove_writable(folder: Path) -> None:
    """Make ``folder`` where it lacks and write a file in it that goes again; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=".probe-"):
        pass


def safe_name(name: str) -> str:
    """``name`` as one part of a path that Windows accepts too; raises `InvalidInput` for what could leave it."""
    if not name or len(name) > 200 or name[-1] in ". " or any(c in _FORBIDDEN or ord(c) < 32 for c in name):
        raise InvalidInput(f"the name {name!r} cannot be used for a file or folder", name=name)
    stem, dot, rest = name.partition(".")
    # the mark belongs to the stem: CON.X_ would still be the device
    return f"{stem}_{dot}{rest}" if _like_device(stem) else name


def plain_name(part: str) -> str:
    """The name that `safe_name` turned into ``part``."""
    stem, dot, rest = part.partition(".")
    return f"{stem[:-1]}{dot}{rest}" if stem.endswith("_") and _like_device(stem) else part


def _like_device(stem: str) -> bool:
    # CON_ counts too, so that it and CON get names of their own
    return stem.rstrip(" _").upper() in _DEVICES


def patiently(operation: Callable[[], T], tries: int = 6, first: float = 0.02) -> T:
    """The result of ``operation``, tried again while another program (scanner, Excel) holds the file."""
    for attempt in range(tries - 1):
        try:
            return operation()
        except PermissionError:
            time.sleep(first * 2**attempt)
    return operation()


def replace(source: Path, target: Path) -> None:
    """`os.replace`, patient with files that are held for a moment."""
    patiently(lambda: os.replace(source, target))


def set_aside(path: Path) -> Path:
    """Keep a damaged file as 'name.damaged.ext' beside those of before, and return that; raises OSError."""
    aside, n = path.with_name(f"{path.stem}.damaged{path.suffix}"), 2
    while aside.exists():
        aside, n = path.with_name(f"{path.stem}.damaged-{n}{path.suffix}"), n + 1
    replace(path, aside)
    return aside


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` so that a crash leaves the old file or the new one, never a part.

    Threads that write the same file take turns; the last one's data stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with _TURNS[hash(path) % len(_TURNS)]:
        try:
            with open(draft, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            replace(draft, path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise
