"""The tools of a replay: when it is, play and pause, steps, speed, another time, the way out."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from tradebot_gui.charts.ticks import Zone
from tradebot_gui.forms.moment import MomentBox
from tradebot_gui.language import tr

from .parts import ElidedLabel, set_text, set_tone

SPEEDS = (1, 2, 5, 10, 30, 60, 100, 300, 1000)
START_SPEED = 60


class ReplayBar(QWidget):
    """A row below the chart's tools; it only shows and asks."""

    time_chosen = Signal(object)  # ms UTC
    play_wanted = Signal(bool)
    step_wanted = Signal(int)  # candles
    speed_chosen = Signal(float)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = Zone("local")
        self.setAccessibleName(tr("Replay"))
        # like the chart's tools it never keeps the panel from being narrow
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def _make(self) -> None:
        """Make the tools, once: most charts never replay."""
        if self.layout() is not None:
            return
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.setSpacing(4)
        self.words = QLabel(tr("REPLAY"))
        set_tone(self.words, "warning")
        self.when = MomentBox(self._zone)
        self.when.setAccessibleName(tr("Time to go to"))
        self.when.setToolTip(tr("A time to begin at or to jump to, in the zone of the chart"))
        self.go = self._button("Start", "Begin at this time, or jump to it", self._chosen)
        self.back = self._button("◀|", "One candle back (Shift+Left)", lambda: self.step_wanted.emit(-1))
        self.play = self._button("Play", "Play or pause (Space)", lambda: self.play_wanted.emit(self.play.isChecked()))
        self.play.setCheckable(True)
        self.forward = self._button("|▶", "One candle on (Shift+Right)", lambda: self.step_wanted.emit(1))
        self.speed = QComboBox()
        self.speed.setAccessibleName(tr("Speed of the replay"))
        self.speed.setToolTip(tr("So many times faster than it happened"))
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:,}×", float(speed))
        self.speed.setCurrentIndex(SPEEDS.index(START_SPEED))
        self.speed.activated.connect(lambda _: self.speed_chosen.emit(self.speed.currentData()))
        self.state = ElidedLabel()
        self.state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.leave = self._button("Leave", "Back to now (Esc)", self.left.emit)
        for widget in (self.words, self.when, self.go, self.back, self.play, self.forward, self.speed):
            row.addWidget(widget)
        row.addWidget(self.state, 1)
        row.addWidget(self.leave)
        self.back.setAccessibleName(tr("One candle back"))
        self.forward.setAccessibleName(tr("One candle on"))

    def show_choosing(self, time: int, zone: Zone) -> None:
        """Ask for a time, offering ``time`` (ms UTC)."""
        self._zone = zone
        self._make()
        self.when.zone = zone
        self.set_time(time)
        self.go.setText(tr("Start"))
        self._enable(False)
        set_text(self.state, "Click a candle to begin there, or choose a time.")
        self.show()

    def show_running(self, words: str, playing: bool) -> None:
        """Say where the replay stands."""
        self._make()
        self.go.setText(tr("Jump"))
        self._enable(True)
        set_text(self.state, words)
        with QSignalBlocker(self.play):
            self.play.setChecked(playing)
        text = tr("Pause" if playing else "Play")
        if self.play.text() != text:
            self.play.setText(text)
            self.play.setAccessibleName(text)

    def set_time(self, time: int) -> None:
        """Offer ``time`` (ms UTC) as the one to jump to."""
        self._make()
        self.when.set_moment(time)

    def _chosen(self) -> None:
        self.time_chosen.emit(self.when.moment())

    def _enable(self, running: bool) -> None:
        for widget in (self.back, self.play, self.forward):
            widget.setEnabled(running)

    def _button(self, title: str, tip: str, run) -> QToolButton:
        made = QToolButton(self)
        made.setText(tr(title))
        made.setToolTip(tr(tip))
        made.setAccessibleName(tr(title))
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda _=False: run())
        return made
