"""The chart: candles, volume, indicators, trades, crosshair; fast at any length of history."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from shared_modules.core.timeframes import Timeframe
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import DARK, Theme
from tradebot_gui.view_models.lod import BarPyramid, Pyramid

from .adorned import Adorned
from .axes import PADDING
from .bricks import Bricks
from .data import ChartData
from .drawing_layer import DrawingLayer
from .drawing_tools import DrawingTools
from .folding import Folding
from .indicators import Indicators
from .interaction import Interaction
from .looking import Looking
from .marks import Marks
from .paint import digits_font
from .panes import Panes
from .readout import Readout
from .snap import SnapButton
from .span import Span
from .styling import Styling
from .surface import Surface
from .ticks import Zone
from .time_marks import TimeMarks

_NARROWEST = 40  # pixels of a chart that can be looked at
NO_BARS = "No candles yet. Choose a symbol and a timeframe above; they appear here as soon as they arrive."


class ChartView(QWidget, Looking, Adorned):
    """Candles of one series over their index, with what belongs to them.

    Nothing is painted at once: changes mark the chart, and one frame shows them all. ``prepend`` leaves the view
    where it is, and a new candle moves it only while the newest one is in view.
    """

    older_wanted = Signal(object)  # open time of the oldest candle, int ms: somebody looks at what lies before it
    hovered = Signal(object)  # Candle under the cursor, None when it left
    pointed = Signal(object, object)  # time in ms UTC and price under the cursor; None, None when it left
    legend_clicked = Signal(str, int)  # 'edit' or 'remove' and the indicator's row; 'uncompare' and the symbol's
    panes_sized = Signal(object)  # shares of the chart's height by the row of the indicator that has the pane
    level_moved = Signal(int, float)  # row of a marked price that was dragged, and where to
    picked = Signal(object)  # time in ms UTC that was clicked while `picking`
    typed = Signal(str)  # a letter or digit typed while the chart has the keyboard
    scale_toggled = Signal(object)  # Scale
    painted = Signal(int)  # candles in the painted frame

    def __init__(self, parent: QWidget | None = None, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._interaction: Interaction | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 110)
        self.data = ChartData()
        self.span = Span()
        self.title = ""
        self.price_decimals = 2
        self.zone = Zone("local")
        self.breaks = True
        self.picking = False  # whether the next click chooses a time
        self.empty_message = NO_BARS
        self._room = 0  # pixels for all bars at the last size
        self._bar_width = 0.0  # pixels at the last size that showed any
        self._theme = theme
        self._asked: int | None = None
        self._interval = 1 / 30
        self._stale = True
        self._painted_at = 0.0
        self._placed: tuple[float, ...] = ()
        self._times = TimeMarks(self.data)
        self.surface = Surface(self)
        self.panes = Panes(self.data, theme, digits_font(self.font(), 0.92), self.refresh)
        self.marks = Marks(theme, digits_font(self.font(), 0.92))
        self.marks.message = NO_BARS
        self.marks.labels = self.panes.labels_of
        self.styling = Styling(self, self._show)
        self.indicators = Indicators(self.data, self)
        self.indicators.changed.connect(self._indicators_changed)
        self.folding = Folding(self._pyramids, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.surface.update)
        self._after_paint = QTimer(self)
        self._after_paint.setSingleShot(True)
        self._after_paint.timeout.connect(self._tell)
        self.surface.prepare = self._prepare
        self.surface.draw_scene = self.panes.draw
        self.surface.draw_whole = self.panes.draw_whole
        self.surface.draw_marks = self._draw_marks
        self.surface.painted = self._was_painted
        self.surface.setCursor(Qt.CursorShape.CrossCursor)
        self.readout = Readout(self)
        self.drawings = DrawingLayer(self)
        self.tools = DrawingTools(self, self.drawings)
        self.surface.has_cover = self.drawings.has_resting
        self.surface.draw_cover = self.drawings.draw_resting
        self._interaction = Interaction(self)
        self._snap = SnapButton(self)
        self._snap.clicked.connect(lambda: self.snap_to_last())
        self.set_theme(theme)
        self._name()

    @property
    def bricks(self) -> Bricks | None:
        """Those of Renko, while that is the style and they are made."""
        return self.styling.bricks

    # what is shown

    def set_series(self, title: str, price_decimals: int, timeframe: Timeframe, price_step: float = 0.0) -> None:
        """Announce the next series, of prices in steps of ``price_step``; its candles follow with `set_bars`."""
        self.title, self.price_decimals = title, price_decimals
        self.data.timeframe = timeframe
        self.panes.price.decimals, self.panes.price.price_step = price_decimals, price_step
        self.panes.price.auto = True
        self.span = Span()
        self.marks.axis_width = 0.0
        self.styling.new_series()
        self.set_bars(Bars.empty(), None)
        self._name()

    def set_bars(self, bars: Bars, unfinished: Candle | None, at_once: bool = False) -> None:
        """Show ``bars`` and the candle still forming; where the same series is reloaded, the view stays at its time.

        Very many are made ready in a thread first, unless they have to be there ``at_once``.
        """
        self.styling.set_bars(bars, unfinished, at_once)

    def _show(self, bars: Bars, unfinished: Candle | None, levels: BarPyramid | None) -> None:
        reloaded, kept = len(self.data) > 0, self._place_in_time()
        self.data.even = self.bricks is None
        before = self.data.pyramid
        self.data.set(bars, unfinished, levels)
        self.indicators.realign(before)
        self.data.reach_to(self.styling.newest)
        self.styling.smooth()
        self._asked = None
        self.readout.set_hover(None)
        self.span.first, self.span.last = self.data.first, self.data.last
        if kept is None:
            self.span.show_last(None if reloaded else self._fitting_bars())
        else:
            self.span.pan(self.data.bar_after(kept[0]) - kept[1])
        self.panes.locate()
        self.panes.compare.align()
        self.indicators.recompute()
        self.folding.wake()
        self.readout.write()
        self.refresh()

    def update_candle(self, candle: Candle) -> None:
        """Show the newest state of ``candle``: it changes the bar of its time or becomes the newest."""
        for bar in self.styling.update(candle):
            self._take(bar)

    def _take(self, candle: Candle) -> None:
        empty = not len(self.data)
        added = self.data.update(candle)
        if empty and added:
            self.span.first, self.span.last = self.data.first, self.data.last
            self.span.show_last(self._fitting_bars())
            self.indicators.recompute()
        elif added:
            self.span.appended(self.data.last)
        self.indicators.follow(added)
        if added:
            self.panes.follow()
        self.panes.compare.follow()
        self.readout.write()
        if added or not self._tick_fits():
            self.refresh()
        else:
            self._refresh_tick()

    def prepend(self, bars: Bars) -> None:
        """Put older candles in front; nothing moves on screen."""
        if self.styling.prepend(bars) or not self.data.prepend(bars):
            return
        self.span.first = self.data.first
        self._asked = None
        self.panes.locate()
        self.panes.compare.align()
        self.indicators.recompute()
        self.folding.wake()
        self.refresh()

    def set_message(self, text: str) -> None:
        """What an empty chart says: what it will show and the next thing to do."""
        said = "" if len(self.data) else text or NO_BARS
        if said != self.marks.message:
            self.marks.message = said
            self.surface.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.surface.ground = theme.panel
        self.marks.theme = theme
        self.panes.set_theme(theme, self.indicators.colours(theme.overlays))
        self._snap.set_theme(theme)
        self.readout.write()
        self.refresh()

    def set_time_zone(self, name: str) -> None:
        """Write times in zone ``name``: 'local', 'UTC' or an IANA name."""
        self.zone = Zone(name)
        self.refresh()

    @property
    def stale(self) -> bool:
        """Whether a frame is to come that paints everything anew."""
        return self._stale

    def set_rate(self, frames_per_second: int) -> None:
        """Paint at most so often."""
        self._interval = 1 / frames_per_second

    def set_cursor(self, point: QPoint | None) -> None:
        """Move the crosshair; None takes it away and the legend shows the newest values."""
        self.readout.set_cursor(point)
        self.pointed.emit(*self._pointed(point if self.readout.cursor is not None else None))

    # painting

    def refresh(self) -> None:
        """Paint anew with the next frame."""
        self._stale = True
        self._snap.setVisible(len(self.data) > 0 and not self.span.follows)
        if not self._timer.isActive():
            wait = self._painted_at + self._interval - perf_counter()
            self._timer.start(max(0, round(wait * 1000)))

    def _prepare(self) -> bool:
        """Bring panes, axes and marks up to date right before painting; whether there was anything to do."""
        if not self._stale:
            return False
        self._stale = False
        self._place()
        self.readout.leave_room()
        marks, span = self.marks, self.span
        ticks, days = self._times.find(span, marks.plot.width(), self.zone, self.breaks)
        self.panes.show(span.x0, span.x1, ticks, self.zone.label(self.data.time_of(span.x1)), days)
        self._fit_axis()
        self.drawings.forget()
        self.readout.place()
        marks.all_painted(self.surface.moving)
        return True

    def _draw_marks(self, painter: QPainter, part: QRegion | None) -> None:
        self.drawings.draw_in_hand(painter, part)
        self.marks.draw(painter, part)

    def _was_painted(self) -> None:
        self._painted_at = perf_counter()
        self._after_paint.start()

    def _tell(self) -> None:
        """Say what was painted; not from within a paint, where a listener's error would be Qt's to handle."""
        shown = min(self.data.last, int(self.span.x1)) - max(self.data.first, int(self.span.x0)) + 1
        if shown > 0 and len(self.data):
            self.painted.emit(shown)
        self._ask_for_older()

    def _tick_fits(self) -> bool:
        """Whether a change of the newest bar leaves the ranges as they are."""
        if self._stale or any(
            pane.auto and pane.fitted(self.span.x0, self.span.x1) != (pane.low, pane.high) for pane in self.panes.shown
        ):
            return False
        # the volume of all bars is measured by the greatest
        return not self.panes.volume_scale_changed(self.span.x0, self.span.x1)

    def _refresh_tick(self) -> None:
        # the line and the tag of the last price are in sight in the past too
        self.surface.update_marks(self.marks.changes())
        left = self.px_of(self.data.last - 2.5)
        if left > self.marks.plot.right():
            return
        # where the newest bar ends before the edge, the axis beyond it need not be painted either
        edge = self.marks.plot.right()
        right = edge - 1 if self.px_of(self.data.last + 0.5) < edge - 2 else edge
        part = QRectF(left, 0, right - left, self.marks.plot.bottom())
        self.surface.invalidate_part(part)

    def _place(self) -> None:
        """Give panes and axes their rectangles, when those changed."""
        marks = self.marks
        metrics = marks.legend.metrics
        marks.axis_height = round(metrics.height() + 9)
        # as wide as the series needed so far; `_fit_axis` widens it once the marks in view are known
        marks.axis_width = marks.axis_width or self._axis_width()
        size = self.surface.size()
        wanted = (size.width(), size.height(), marks.axis_width, marks.axis_height)
        marks.plot = QRectF(
            0, 0, max(1.0, size.width() - marks.axis_width), max(1.0, size.height() - marks.axis_height)
        )
        if wanted != self._placed:
            self._placed = wanted
            self.panes.place(marks.plot, marks.axis_width, marks.axis_height)
            self._snap.place(self.panes.shown[0].rect)

    def _axis_width(self) -> float:
        advance = self.marks.legend.advance
        texts = [pane.text(value) for pane in self.panes.shown for value in pane.ticks[:1] + pane.ticks[-1:]]
        candle = self.data.candle(self.data.last)
        texts.append(self.panes.price.text(candle.high if candle else 0.0))
        return round(max(56.0, *map(advance, texts)) + 2 * PADDING)

    def _fit_axis(self) -> None:
        # the width only grows while a series is shown: an axis that breathes is tiring
        if (wide := self._axis_width()) > self.marks.axis_width:
            self.marks.axis_width = wide
            self._place()
            self.panes.show(self.span.x0, self.span.x1, self.panes.price.time_ticks, self.panes.times.zone)

    def _pyramids(self) -> Iterator[Pyramid]:
        yield self.data.pyramid
        for overlay in (*self.overlays, *self.panes.plots):
            yield from overlay.lines.values()

    def _indicators_changed(self) -> None:
        self.folding.wake()
        self.readout.write()
        self.refresh()

    # the rest

    def _pointed(self, point: QPoint | None) -> tuple[float | None, float | None]:
        if point is None:
            return None, None
        pane = self.panes.at(point.y())
        price = self.panes.price.value_at(point.y()) if pane is self.panes.price else None
        return self.data.time_of(round(self.x_at(point.x()))), price

    def _place_in_time(self) -> tuple[float, float] | None:
        """Time and x of the left edge when somebody looks at the past; None when the chart follows the newest."""
        if not len(self.data) or self.span.follows:
            return None
        bar = round(self.span.x0)
        return self.data.time_of(bar), bar

    def _ask_for_older(self) -> None:
        if not len(self.data) or self.span.x0 > self.data.first + 0.1 * self.span.size:
            return
        oldest = self.data.candle(self.data.first)
        if oldest is not None and self._asked != oldest.time:
            self._asked = oldest.time
            self.older_wanted.emit(oldest.time)

    def ask_again(self) -> None:
        """Have older candles be asked for once more, where their first question was not answered."""
        self._asked = None
        self.refresh()

    def _name(self) -> None:
        self.setAccessibleName(f"{tr('Price chart')} {self.title}".strip())
        self.setAccessibleDescription(
            tr(
                "Arrow keys move and scale, plus and minus zoom, Home and End show the oldest and the newest candle."
                " Letters search a symbol, digits a timeframe; Alt with T, H and V draws lines."
            )
        )

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._interaction and self._interaction.wants(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._interaction is None or not self._interaction.key(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.surface.setGeometry(self.rect())
        super().resizeEvent(event)
        old, self._room = self._room, self.surface.width() - self.marks.axis_width
        # bars keep their width, also through the odd sizes between two layouts; the newest in view stays at its place
        if old >= _NARROWEST:
            self._bar_width = old / self.span.size
        if self._room >= _NARROWEST and self._bar_width:
            self.span.x0 = self.span.x1 - self._room / self._bar_width
        elif self._room >= _NARROWEST:
            self.span.show_last(self._fitting_bars())
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "marks"):
            font = digits_font(self.font(), 0.92)
            self.marks.legend.set_font(font)
            self.panes.set_font(font)
            self.refresh()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # only who came by the keyboard needs to see where the keys go
        by_keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.marks.focused = event.reason() in by_keys
        super().focusInEvent(event)
        self.surface.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.marks.focused = False
        super().focusOutEvent(event)
        self.surface.update()

    def closeEvent(self, event) -> None:
        self.stop()
        super().closeEvent(event)

    def stop(self) -> None:
        """End the computing of indicators; the chart can be thrown away."""
        self._timer.stop()
        self.folding.stop()
        self.indicators.stop()
        self.styling.stop()
        self.panes.stop()
