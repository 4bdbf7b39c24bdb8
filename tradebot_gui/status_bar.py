"""The status bar: mode, connections, feed, clock, collector, load, and how late the window is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from shared_modules.core.events import ConnectionState
from shared_modules.core.progress import ProgressReport

from . import texts
from .docks import NARROW
from .language import phrase, tr
from .panels.parts import ElidedLabel, set_text, set_tone
from .view_models.links import TONES

if TYPE_CHECKING:
    from shared_modules.system_integration import Engine, EngineStatus, Job

# Bybit refuses requests far off its clock; so much difference deserves a look
CLOCK_LIMIT_MS = 250
# everything has room side by side from this width on, pixels
USUAL = 1600
LATE_TIP = "The longest time the window was late to answer, in the last 10 seconds"


class StatusLabel(QLabel):
    """A state in words; a click goes to the panel that tells more."""

    def __init__(self, click: Callable[[], object] | None) -> None:
        super().__init__()
        self._click = click
        if click is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._click is not None and event.button() == Qt.MouseButton.LeftButton:
            if self.rect().contains(event.position().toPoint()):
                self._click()
        else:
            super().mouseReleaseEvent(event)


class StatusBar(QStatusBar):
    """Labels that change once a second; each carries a word beside its colour.

    A click on one is told by ``wanted`` with the id of the panel that tells more.
    """

    wanted = Signal(str)

    def __init__(self, engine: Engine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self.setSizeGripEnabled(False)
        self.mode = self._label("mode", "Where the prices come from", "connections", left=True)
        self.feed = self._label("Feed", "State of the live feed", "connections", left=True)
        self.rest = self._label("Service", "State of the market data service", "connections", left=True)
        self.drill = self._label("Drill", "Faults of the simulated exchange that strike now", "drill", left=True)
        self.drill.hide()
        self.streamer = self._label("Streamer mode", "Amounts of money, sizes and folders are hidden", left=True)
        set_text(self.streamer, "STREAMER")
        set_tone(self.streamer, "warning")
        self.streamer.hide()
        self.quiet = self._label("Do not disturb", "Alerts and warnings are listed only", "notifications", left=True)
        set_text(self.quiet, "QUIET")
        set_tone(self.quiet, "warning")
        self.quiet.hide()
        self.rate = self._label("Messages", "Messages a second, and the age of the newest", "connections", left=True)
        self.job = JobStrip()
        self.addWidget(self.job)
        self.unread = QToolButton()
        self.unread.setAccessibleName(tr("Unread notifications"))
        self.unread.setToolTip(tr("Show the notifications"))
        self.unread.hide()
        self.addPermanentWidget(self.unread)
        self.time = self._label("Time", "The exchange's time, in the zone of the settings")
        self.clock = self._label("Clock", "Exchange's clock against this PC's, or the market's own time", "connections")
        self.collector = self._label("Collector", "What the data collector does", "collector")
        self.load = self._label("Load", "CPU (of one core) and memory of the terminal and its processes", "collector")
        self.late = self._label("Window", LATE_TIP, "log")

    def _label(self, name: str, tip: str, panel: str = "", left: bool = False) -> QLabel:
        label = StatusLabel((lambda: self.wanted.emit(panel)) if panel else None)
        label.setAccessibleName(tr(name))
        label.setToolTip(tr(tip))
        label.setProperty("tone", "muted")
        if name == "mode":
            label.setObjectName("mode")
        if left:
            self.addWidget(label)
        else:
            self.addPermanentWidget(label)
        return label

    def minimumSizeHint(self) -> QSize:
        """None in width: the window may be narrower than all of them, and some are left out then."""
        return QSize(0, super().minimumSizeHint().height())

    def show_unread(self, count: int) -> None:
        """How many notices nobody has seen yet."""
        self.unread.setText(tr("{n} unread").format(n=count))
        self.unread.setVisible(count > 0)

    def refresh(self, status: EngineStatus, late_ms: float, worst: str = "") -> None:
        """Show ``status`` and how late the window was; ``worst``: a sentence on what kept it last."""
        mode = self._engine.mode
        set_text(self.mode, mode)
        set_tone(self.mode, "accent" if mode.startswith("DEMO") else "warning" if mode.startswith("REPLAY") else "gain")
        self._drills()
        self.streamer.setVisible(self._engine.settings.appearance.streamer)
        self.quiet.setVisible(self._engine.settings.appearance.quiet)
        self._connections(status)
        self._fit(status)
        self._clock(status)
        self._collector()
        set_text(self.load, f"CPU {status.cpu_percent:.0f} %  {status.memory_mb:,.0f} MB")
        set_text(self.late, f"UI {late_ms:.0f} ms")
        if (tip := f"{tr(LATE_TIP)}\n{worst}" if worst else tr(LATE_TIP)) != self.late.toolTip():
            self.late.setToolTip(tip)
        set_tone(self.late, "loss" if late_ms > 100 else "warning" if late_ms > 50 else "muted")

    def _drills(self) -> None:
        active = self._engine.drills.active
        words = ", ".join(tr(state.drill.title) for state in active[:2]) + (" …" if len(active) > 2 else "")
        set_text(self.drill, f"{tr('DRILL')} {words}" if active else "")
        set_tone(self.drill, "warning")
        self.drill.setVisible(bool(active))

    def _connections(self, status: EngineStatus) -> None:
        feed = status.feed
        state = ConnectionState.OFF if feed is None else feed.state
        set_text(self.feed, f"● {tr('feed')} {tr(state.value)}")
        set_tone(self.feed, TONES[state])
        set_text(self.rest, f"● {tr('service')} {tr(status.rest.value)}")
        set_tone(self.rest, TONES[status.rest])
        if feed is None:
            set_text(self.rate, "no messages yet")
            return
        said = tr("{rate} msg/s  last {age} ago")
        set_text(
            self.rate, said.format(rate=f"{feed.messages_per_second:,.0f}", age=texts.seconds(feed.last_message_age))
        )
        old = feed.last_message_age is not None and feed.last_message_age > 10
        set_tone(self.rate, "warning" if old else "muted")

    def _fit(self, status: EngineStatus) -> None:
        """Leave out what there is no room for; a long work takes that of figures."""
        # not its own width, which is what its parts need
        width, busy = self.window().width(), not self.job.isHidden()
        self.rate.setVisible(not busy or width >= USUAL)
        for label in (self.clock, self.collector, self.load):
            label.setVisible(not busy or width >= NARROW)
        # a virtual time is told with its date
        self.time.setVisible(width >= NARROW and status.speed == 1.0)
        set_text(self.time, texts.clock(status.exchange_time, self._engine.settings.appearance.time_zone))

    def _clock(self, status: EngineStatus) -> None:
        if status.speed != 1.0 or self._engine.mode.startswith("REPLAY"):
            set_text(
                self.clock, f"{tr('virtual time')} ×{status.speed:g}  {texts.when(status.exchange_time, 'UTC')} UTC"
            )
            set_tone(self.clock, "warning")
        elif status.clock_offset_ms is None:
            set_text(self.clock, tr("clock") + " —")
        else:
            set_text(self.clock, f"{tr('clock')} {texts.number(status.clock_offset_ms, 0, sign=True)} ms")
            set_tone(self.clock, "warning" if abs(status.clock_offset_ms) > CLOCK_LIMIT_MS else "muted")

    def _collector(self) -> None:
        running = self._engine.ready and self._engine.collector.running
        count = len(self._engine.collector.series) if running else 0
        set_text(self.collector, f"● {tr('collecting')} {count}" if running else f"○ {tr('collector off')}")
        set_tone(self.collector, "gain" if running else "muted")


class JobStrip(QWidget):
    """The newest long work: its name, share, time to go, and Stop."""

    def __init__(self) -> None:
        super().__init__()
        from .panels.parts import row

        self._jobs: list[Job[object]] = []
        self.name = ElidedLabel()
        self.name.setMinimumWidth(ElidedLabel.LEAST)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setFixedWidth(150)
        self.bar.setAccessibleName(tr("Progress of the running work"))
        self.stop = QToolButton()
        self.stop.setText(tr("Stop"))
        self.stop.setAccessibleName(tr("Stop the running work"))
        self.stop.setToolTip(tr("Stop the running work"))
        self.stop.clicked.connect(self._stop)
        self.setLayout(row(self.name, self.bar, self.stop))
        self.hide()

    @property
    def jobs(self) -> tuple[Job[object], ...]:
        """What has not ended yet, in the order of its start."""
        return tuple(self._jobs)

    def follow(self, job: Job[object]) -> None:
        """Show ``job`` until it has ended."""
        self._jobs.append(job)
        job.on_report(lambda report: self._show(report) if self._jobs and self._jobs[-1] is job else None)
        job.on_done(self._ended)
        self._show(job.report)

    def _show(self, report: ProgressReport | None) -> None:
        self.setVisible(bool(self._jobs))
        if not self._jobs:
            return
        more = f"  (+{len(self._jobs) - 1})" if len(self._jobs) > 1 else ""
        set_text(self.name, phrase(self._jobs[-1].title) + more)
        self.bar.setValue(0 if report is None else round(report.share * 1000))
        eta = "" if report is None or report.eta is None else f"  {texts.seconds(report.eta)}"
        self.bar.setFormat(tr("starting") if report is None else f"{report.share:.0%}{eta}")
        self.bar.setToolTip("" if report is None else phrase(report.text))

    def _ended(self, job: Job[object]) -> None:
        if job in self._jobs:
            self._jobs.remove(job)
        self._show(self._jobs[-1].report if self._jobs else None)

    def _stop(self) -> None:
        if self._jobs:
            self._jobs[-1].cancel()
