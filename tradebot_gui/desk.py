"""What all panels share: the engine, the bridge to its events, the theme, and what they tell each other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from shared_modules.core.errors import Cancelled, TradeBotError

from . import texts
from .bridge import Bridge
from .moving import Moving
from .sound import Sounds
from .theme.theme import THEMES, Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from shared_modules.core.settings import Settings
    from shared_modules.system_integration import Engine

_log = logging.getLogger(__name__)


class Desk(QObject):
    """The table at which the panels sit."""

    theme_changed = Signal(object)  # Theme
    streamer_changed = Signal(bool)
    restart_wanted = Signal(str)  # what needs it
    symbol_selected = Signal(str)
    series_selected = Signal(object)  # Series
    show_trade = Signal(object, object)  # Trade, Series
    show_time = Signal(object, object)  # Series, time in ms UTC
    result_ready = Signal(object)  # BacktestResult
    notice = Signal(str, str)  # level, sentence
    engine_ready = Signal()
    cursor_moved = Signal(object, object, object, object)  # who, Series, time in ms UTC or None, price or None
    link_moved = Signal(str, object, object)  # group, Series, who moved it
    link_asked = Signal(str, object)  # group, who has come into it
    job_started = Signal(object)  # Job
    closing = Signal()  # what is still to be written is written now

    def __init__(self, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine = engine
        texts.choose_zone(engine.settings.appearance.time_zone)
        self.bridge = Bridge(engine.bus, engine.settings.appearance.frames_per_second, self)
        self._theme = theme_of(engine.settings)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.symbol = ""
        self.shown_run: tuple[Any, str] = (None, "")  # the result that was shown last, and the run it is kept as
        self.window: QWidget | None = None  # that the panels are in
        self._closed = False
        self.moving = Moving(engine.paths)
        self.sounds = Sounds(self)
        self.closing.connect(self.moving.take_settings_along)
        self.symbol_selected.connect(self._symbol_chosen)
        hints = QGuiApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(self.follow_system)

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def streamer(self) -> bool:
        """Whether amounts, sizes and folders are hidden from who watches the screen."""
        return self.engine.settings.appearance.streamer

    def hushed(self, level: str) -> bool:
        """Whether a notice of ``level`` is only listed: in quiet times all that is neither an error nor an answer."""
        return self.engine.settings.appearance.quiet and level in ("alert", "warning")

    def set_theme(self, theme: Theme) -> None:
        if theme != self._theme:
            self._theme = theme
            self.theme_changed.emit(theme)

    def follow_system(self) -> None:
        """Take on the theme of the settings anew, for the system may have changed its own."""
        self.set_theme(theme_of(self.engine.settings))

    def select_symbol(self, symbol: str) -> None:
        """Show ``symbol`` in every panel that follows the desk."""
        if symbol and symbol != self.symbol:
            self.symbol_selected.emit(symbol)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any] | None:
        """Run ``work`` on the loop; what goes wrong becomes a notice, a cancel stays silent.

        Nothing is begun (None) while the window is being taken down.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is None or self._closed:
            work.close()
            return None
        task = loop.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # a task that is cancelled before its first step leaves its coroutine behind
        task.add_done_callback(lambda _: work.close())
        return task

    async def close(self) -> None:
        """End the panels' work and their listening."""
        self.closing.emit()
        self._closed = True
        self.bridge.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _guarded(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await work
        except Cancelled:
            return None
        except TradeBotError as error:
            self.notice.emit("error", str(error))
        except Exception as error:  # noqa: BLE001 - a person reads a sentence, the log has the trace
            _log.exception("a task of the window failed")
            self.notice.emit("error", f"That did not work: {error}. The log has the details.")
        return None

    def _symbol_chosen(self, symbol: str) -> None:
        self.symbol = symbol


def simulated(engine: Engine) -> bool:
    """Whether the market of ``engine`` is, or may be, a simulated one on this PC."""
    return engine.mode != "LIVE DATA" or engine.drills.possible


def theme_of(settings: Settings) -> Theme:
    """The theme that ``settings`` ask for."""
    name = settings.appearance.theme
    if name == "system":
        name = "light" if system_is_light() else "dark"
    return THEMES[name].with_rising(settings.appearance.rising)


def system_is_light() -> bool:
    """Whether the system shows its windows light; dark where it does not say."""
    return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
