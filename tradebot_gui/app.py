"""The window's process: what is set up before it, what runs in it, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core import settings
from shared_modules.core.errors import InvalidInput, TradeBotError
from shared_modules.core.events import Notice
from shared_modules.core.paths import DataPaths, default_data_dir, frozen, missing_data_dir
from shared_modules.core.settings import Settings

from .options import GuiOptions

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from shared_modules.system_integration import Engine

    from .desk import Desk
    from .guards import Guards
    from .instance import Instance
    from .main_window import MainWindow
    from .splash import Splash

_log = logging.getLogger(__name__)
SCALE = "QT_SCALE_FACTOR"
APP_ID = "TradeBot.Terminal.Desktop.1"
# the start is over this long after the first painted candle, seconds
SETTLE = 2.0
# the splash lies over the window for so long, seconds: it is painted when it comes into sight
UNCOVERED = 0.1
# loading what is compiled already takes less, seconds
SLOW_WARM_UP = 3.0


def run_gui(options: GuiOptions) -> dict[str, Any]:
    """Open the terminal and return, when it was closed, what happened.

    Keys: ``candles_drawn``, ``messages``, ``series``, ``startup_seconds`` (process start to first painted candle, None
    if none was), ``longest_ui_block_ms`` (from two seconds after that), ``errors`` (sentences).
    """
    _environment()
    try:
        return _guarded(options)
    except TradeBotError as error:
        # a windowed program has no other place to say why it does not open
        if sys.stderr is None:
            _box(str(error))
        raise


def _box(sentence: str) -> None:
    from PySide6.QtWidgets import QMessageBox

    _application()
    QMessageBox.critical(None, "TradeBot Terminal", sentence[:1].upper() + sentence[1:] + ".")


def _guarded(options: GuiOptions) -> dict[str, Any]:
    from .guards import Guards
    from .instance import Instance

    paths = DataPaths(options.data_dir or default_data_dir()).ready()
    lock = Instance(paths.root)
    guards = Guards(paths.logs)
    guards.install()
    before = os.environ.get(SCALE)
    try:
        summary = _run(options, guards, lock)
    finally:
        guards.remove()
        lock.release()
    if summary.pop("restart"):
        subprocess.Popen(again(), env=again_environment(before), close_fds=True)
    return summary


def again() -> list[str]:
    """The command that opened this terminal, to open it once more."""
    if frozen():
        return [sys.executable, *sys.argv[1:]]
    return [sys.executable, *sys.orig_argv[1:]]


def again_environment(scale: str | None) -> dict[str, str]:
    """The environment of this process as it was before the window, with Qt's ``scale`` of then."""
    kept = {name: value for name, value in os.environ.items() if name not in (SCALE, "TRADEBOT_STARTED")}
    return kept if scale is None else {**kept, SCALE: scale}


def _environment() -> None:
    """Choose PySide6 for the libraries that would take any Qt, and a platform that exists."""
    os.environ["QT_API"] = "pyside6"
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise InvalidInput(
            "there is no screen to open a window on; start it in a desktop session, under xvfb-run, "
            "or with QT_QPA_PLATFORM=offscreen"
        )


def _run(options: GuiOptions, guards: Guards, lock: Instance) -> dict[str, Any]:
    look = _early(options).appearance
    _zoom(look.zoom)
    app = _application()
    _speak(look.language, app)
    splash = _splash(options.theme or look.theme)
    try:
        engine = _engine(options)
        # the simulated exchange starts in its own process while this one loads the rest
        engine.launch()
        import qasync

        from shared_modules.indicators import spare_pandas

        # strategies, which may want it, run in processes of their own
        spare_pandas()
        loop = qasync.QEventLoop(app)
        guards.watch(loop)
        with loop:
            return loop.run_until_complete(Session(options, engine, guards, lock, splash).run())
    finally:
        splash.close()


def _splash(theme: str) -> Splash:
    """The sign that the program starts: most of its parts are loaded after it."""
    from .splash import Splash
    from .theme.theme import THEMES

    splash = Splash(THEMES[theme])
    splash.open()
    return splash


def _speak(language: str, app: QApplication) -> None:
    """Have the window speak ``language``; a file that cannot be read leaves it English."""
    from . import language as words
    from .qt_language import install

    if language == "en":
        return
    try:
        words.use(words.words_of(language), language)
    except TradeBotError as error:
        _log.warning("%s; the window speaks English", error)
        return
    install(app)


def _zoom(percent: int) -> None:
    """Have Qt draw everything larger, on top of the screen's own scale; only before there is an application."""
    if percent > 100 and SCALE not in os.environ:
        os.environ[SCALE] = f"{percent / 100:g}"


def _engine(options: GuiOptions) -> Engine:
    from shared_modules.system_integration import Engine, EngineOptions

    session: dict[str, Any] = {}
    if options.symbols is not None:
        session["collector.symbols"] = options.symbols
    if options.retention != "unset":
        session["data.retention"] = options.retention
    if options.theme is not None:
        session["appearance.theme"] = options.theme
    if options.live or _live_chosen(options):
        return Engine(EngineOptions(options.data_dir, None, session))
    return Engine(EngineOptions(options.data_dir, _venue(options), session))


def _live_chosen(options: GuiOptions) -> bool:
    """Whether the settings ask for live data and nothing on the command line for another market."""
    if options.demo or options.replay or options.speed is not None:
        return False
    return _early(options).start.market == "live"


def _venue(options: GuiOptions) -> Any:
    from shared_modules.exchanges.simulated import VenueOptions

    demo = _early(options).demo
    speed = options.speed if options.speed is not None else (1.0 if options.replay else demo.speed)
    return VenueOptions(seed=demo.seed, symbols=demo.symbols, replay=options.replay, speed=speed)


def _early(options: GuiOptions) -> Settings:
    """The settings, needed before there is an engine, which tells about those that cannot be read."""
    import tomllib

    path = DataPaths(options.data_dir or default_data_dir()).settings
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        data = {}
    for section, values in settings.environment_overrides(os.environ).items():
        data.setdefault(section, {}).update(values)
    return settings.usable(data)[0]


def _application() -> QApplication:
    from PySide6.QtWidgets import QApplication

    if sys.platform == "win32":
        import ctypes

        # without it the task bar shows Python's icon and groups the window with other Python programs
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0]])
    app.setOrganizationName("TradeBot")
    app.setApplicationName("TradeBot Terminal")
    app.setApplicationDisplayName("")
    app.setStyle("Fusion")
    # closing the last window would end the loop before the engine has closed
    app.setQuitOnLastWindowClosed(False)
    font = app.font()
    font.setPointSizeF(9.0)
    app.setFont(font)
    return app


class Session:
    """One run of the window, from the first frame to the last."""

    def __init__(self, options: GuiOptions, engine: Engine, guards: Guards, lock: Instance, splash: Splash) -> None:
        self._options, self._engine, self._guards, self._lock = options, engine, guards, lock
        self._splash = splash
        self._closing = asyncio.Event()
        self._startup: float | None = None
        self._errors: list[str] = []

    async def run(self) -> dict[str, Any]:
        """The summary of the run."""
        from .desk import Desk
        from .garbage import GarbageTimer
        from .main_window import MainWindow

        self._garbage = GarbageTimer()
        desk = Desk(self._engine)
        window = MainWindow(desk, self._options.size)
        self._connect(desk, window)
        window.open()
        # once the window is painted, which happens before
        asyncio.get_running_loop().call_later(UNCOVERED, self._splash.close)
        before = signal.signal(signal.SIGINT, lambda *_: self._closing.set())
        try:
            return await self._live(desk, window)
        finally:
            signal.signal(signal.SIGINT, before)
            await self._end(desk, window)

    def _connect(self, desk: Desk, window: MainWindow) -> None:
        loop = asyncio.get_running_loop()
        window.closed.connect(self._closing.set)
        window.chart.first_painted.connect(lambda: self._first_candle(desk, window))
        desk.notice.connect(lambda level, text: self._errors.append(text) if level == "error" else None)
        self._guards.told = lambda text: loop.call_soon_threadsafe(self._engine.bus.publish, Notice("error", text))
        self._lock.listen(window.tray.show_window)
        if self._options.exit_after is not None:
            loop.call_later(self._options.exit_after, self._closing.set)

    async def _live(self, desk: Desk, window: MainWindow) -> dict[str, Any]:
        starting = asyncio.ensure_future(self._start(desk))
        closing = asyncio.ensure_future(self._closing.wait())
        await asyncio.wait({starting, closing}, return_when=asyncio.FIRST_COMPLETED)
        await closing
        if not starting.done():
            starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        window.watchdog.stop()
        longest = window.watchdog.longest
        if self._options.screenshot is not None:
            self._picture(window, self._options.screenshot)
        if not window.keep_layout():
            self._errors.append("the layout was not saved")
        return await self._summary(window, longest)

    async def _start(self, desk: Desk) -> None:
        if self._options.data_dir is None and (missing := missing_data_dir()) is not None:
            desk.notice.emit(
                "warning", f"The data folder {missing} is not there; this start uses {self._engine.paths.root}."
            )
        try:
            await self._engine.start()
        except TradeBotError as error:
            desk.notice.emit("error", f"{error}. The terminal shows nothing live; close it and try again.")
            return
        desk.engine_ready.emit()

    def _first_candle(self, desk: Desk, window: MainWindow) -> None:
        self._startup = time.time() - (self._options.started or _process_start())
        loop = asyncio.get_running_loop()
        loop.call_later(SETTLE / 2, self._warm_up, desk)
        loop.call_later(SETTLE, self._started, window)

    def _warm_up(self, desk: Desk) -> None:
        """Have the kernels loaded; compiling them, once on a machine, takes long enough to be told."""
        job = self._engine.warm_up()
        if job is not None:
            asyncio.get_running_loop().call_later(SLOW_WARM_UP, lambda: job.done or desk.job_started.emit(job))

    def _started(self, window: MainWindow) -> None:
        self._garbage.settle()
        window.watchdog.begin()
        # a run that ends by itself is a machine's: nobody is there to be welcomed
        if self._options.exit_after is None:
            window.welcome()

    def _picture(self, window: MainWindow, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not window.grab().save(str(path)):
            self._errors.append(f"the picture {path} could not be written")

    async def _summary(self, window: MainWindow, longest: float) -> dict[str, Any]:
        feed = self._engine.status().feed
        return {
            "candles_drawn": window.chart.candles_drawn,
            "messages": 0 if feed is None else feed.messages,
            "series": await self._stored(),
            "startup_seconds": None if self._startup is None else round(self._startup, 3),
            "longest_ui_block_ms": round(longest, 1),
            "restart": window.restarting,
            "errors": list(dict.fromkeys([*self._errors, *self._guards.errors])),
        }

    async def _stored(self) -> list[dict[str, Any]]:
        """Rows of every collected series, once everything is on the disk."""
        engine = self._engine
        if not engine.ready:
            return []
        collected = engine.collector.series
        await engine.stop_collecting()
        await asyncio.to_thread(engine.store.flush)
        rows = await asyncio.to_thread(lambda: [engine.store.rows(series) for series in collected])
        return [
            {"symbol": series.market.symbol, "timeframe": series.timeframe.name, "rows": n}
            for series, n in zip(collected, rows, strict=True)
        ]

    async def _end(self, desk: Desk, window: MainWindow) -> None:
        window.hide()
        await desk.close()
        await self._engine.close()
        window.closed.disconnect()
        window.deleteLater()
        # deleteLater happens on the loop's next turns
        await asyncio.sleep(0.02)
        self._garbage.close()


def _process_start() -> float:
    import psutil

    return float(psutil.Process().create_time())
