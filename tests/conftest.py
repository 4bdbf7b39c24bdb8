"""What every test gets: no screen needed, no trace left in the home folder, one deterministic hypothesis."""

import gc
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Qt reads these when it is first imported, which only the window's tests do
if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_API"] = "pyside6"

REAL_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"

HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")

# derandomised: a red run is red again; `--hypothesis-profile explore` looks further afield
settings.register_profile(
    "steady", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the kernels once, before several workers would each do it within the time of their first test."""
    if getattr(session.config.option, "numprocesses", None):
        code = "from shared_modules.backtester import prepare; prepare()"
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def pytest_xdist_auto_num_workers() -> int:
    """More workers than cores: half of the time of the suite is waiting for sockets and timers."""
    return (os.cpu_count() or 1) + 2


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real market data; skips where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip("no real market data beside the project")
    return REAL_DATA


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data folder of the test's own, with a space in its name as people have them."""
    folder = tmp_path / "my data"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True, scope="session")
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home folder of the tests' own, and no setting from the environment changes a result."""
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in HOMES:
            patch.setenv(name, home)
        for name in [n for n in os.environ if n.upper().startswith("TRADEBOT_")]:
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_garbage_in_workers() -> Iterator[None]:
    """Cycles are collected between tests on this thread, never by a worker that would destroy Qt objects."""
    gc.disable()
    yield
    gc.enable()


def _delete_windows() -> None:
    """What a test left open is gone: each new style sheet would be put on it as well, which takes seconds."""
    widgets: Any = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or not isinstance(app := widgets.QApplication.instance(), widgets.QApplication):
        return
    for window in app.topLevelWidgets():
        # popups that have a parent are its own to delete
        if window.parent() is None:
            window.hide()
            window.deleteLater()
    deferred_delete = 52
    app.sendPostedEvents(None, deferred_delete)


@pytest.fixture(autouse=True)
def _garbage() -> Iterator[None]:
    yield
    _delete_windows()
    if gc.get_count()[2] <= 20:
        gc.collect(1)
        return
    gc.collect()
    # what outlives a full collection is modules and long-lived fixtures: not walked through again each time
    gc.freeze()


@pytest.fixture(autouse=True)
def _quiet_log() -> Iterator[None]:
    """The root logger as it was before: no handler outlives its test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in [h for h in root.handlers if h not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
