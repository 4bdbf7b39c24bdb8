"""What the chart tells about the bar under the cursor, or about the newest: crosshair, legends, last price, hover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QToolTip

from .legend import CROSS, Word, candle_words
from .pane import Pane
from .ticks import number

if TYPE_CHECKING:
    from .view import ChartView


# a value to mark, its words, and what an overlay's values depend on where it is one of an indicator
Level = tuple[float, str, "tuple[Any, ...] | None"]


class Readout:
    """Keeps the marks of a chart in step with its cursor and its candles."""

    def __init__(self, chart: ChartView) -> None:
        self._chart = chart
        self.cursor: QPoint | None = None
        self.hover: int | None = None
        self._tip = ""
        self.levels: Sequence[Level] = ()
        self.level_rows: list[int] = []  # which of them are marked, in the order of the marks
        self._in_hand: tuple[int, float] | None = None
        self._linked: tuple[float, float | None] | None = None
        self._digits: tuple[int, ...] = ()  # that the values of the panes were written with

    def set_cursor(self, point: QPoint | None) -> None:
        """Move the crosshair; None takes it away and the legend shows the newest values."""
        chart, marks = self._chart, self._chart.marks
        inside = point is not None and marks.plot.contains(point) and len(chart.data) > 0
        self.cursor = point if inside else None
        self.place()
        self._show_tip()
        self._repaint()

    def set_linked(self, time: float | None, price: float | None) -> None:
        """Show where the cursor of another chart stands."""
        self._linked = None if time is None else (time, price)
        self._place_linked()
        self._repaint()

    def set_countdown(self, text: str) -> None:
        """Write below the last price how long its candle has still to go."""
        marks = self._chart.marks
        if text != marks.countdown:
            marks.countdown = text
            self._repaint()

    def _repaint(self) -> None:
        """Have painted anew what is not as it was; a frame that is to come shows it anyway."""
        if self._chart.stale:
            return
        self._chart.surface.update_marks(self._chart.marks.changes())

    def set_stale(self, stale: bool) -> None:
        """Grey the last price while nothing newer is known."""
        marks = self._chart.marks
        if stale != marks.stale:
            marks.stale = stale
            self._repaint()

    def place(self) -> None:
        """Put the crosshairs where they belong in the present view."""
        chart, marks = self._chart, self._chart.marks
        self._place_linked()
        if chart.panes.profile.shown or chart.panes.compare.items or self._digits != self._digits_now():
            self.write()  # the profile is of what is in view, a comparison begins with it, and so do the digits
        marks.point = self.cursor
        if self.cursor is None:
            self.set_hover(None)
            return
        bar = round(chart.x_at(self.cursor.x()))
        marks.pane = chart.panes.at(self.cursor.y())
        marks.snapped_x = chart.px_of(bar)
        marks.time_text = chart.zone.moment(chart.data.time_of(bar))
        self.set_hover(bar)

    def leave_room(self) -> None:
        """Have the prices begin below their legend, however many lines it needs."""
        marks, price = self._chart.marks, self._chart.panes.price
        for pane, words in marks.words:
            if pane is price:
                price.leave_above(marks.legend.box(words, price.rect).height() + 8)

    def set_hover(self, bar: int | None) -> None:
        if bar == self.hover:
            return
        self.hover = bar
        chart = self._chart
        chart.hovered.emit(None if bar is None else chart.data.candle(bar))
        self.write()

    def set_levels(self, levels: Sequence[Level]) -> None:
        """Mark these values across their panes, each with its words; those of indicators that are not shown wait."""
        self.levels = tuple(levels)
        self._in_hand = None
        self._place_levels()
        self._repaint()

    def move_level(self, row: int | None, price: float) -> None:
        """Show the level of ``row`` at ``price`` while a person drags it; None shows all where they are."""
        self._in_hand = None if row is None else (row, price)
        self._place_levels()
        self._repaint()

    def _place_levels(self) -> None:
        panes, some = self._chart.panes, len(self._chart.data) > 0
        marks = self._chart.marks
        marks.levels, self.level_rows = [], []
        for row, (value, words, of) in enumerate(self.levels if some else ()):
            pane = panes.pane_of(of)
            if pane is not None and pane in panes.shown:
                held = self._in_hand is not None and self._in_hand[0] == row
                marks.levels.append((pane, self._in_hand[1] if self._in_hand and held else value, words))
                self.level_rows.append(row)

    def write(self) -> None:
        """Write the legends and the last price again."""
        chart, marks, data = self._chart, self._chart.marks, self._chart.data
        bar = data.last if self.hover is None or data.candle(self.hover) is None else self.hover
        before, candle, newest = data.candle(bar - 1), data.candle(bar), data.candle(data.last)
        theme, price = marks.theme, chart.panes.price
        title = chart.title
        if chart.bricks is not None and chart.bricks.box:
            title += f" · Renko {number(chart.bricks.box, chart.price_decimals)}"
        words = candle_words(title, candle, before.close if before else None, chart.price_decimals, theme)
        self._digits = self._digits_now()
        marks.words = [
            (pane, (words if pane is price else []) + self._overlay_words(pane, bar)) for pane in chart.panes.shown
        ]
        if chart.panes.profile.shown and (said := chart.panes.profile.text()) and price in chart.panes.shown:
            marks.words[0][1].append(Word("POC", said, theme.warning))
        if price in chart.panes.shown:
            marks.words[0][1].extend(self._compare_words(bar))
        marks.last = None
        self._place_levels()
        if newest is not None:
            marks.message = ""
            if price in chart.panes.shown:
                marks.last = (price, newest.close, newest.close >= newest.open)
        elif not marks.message:
            marks.message = chart.empty_message

    def _digits_now(self) -> tuple[int, ...]:
        return tuple(pane.value_digits for pane in self._chart.panes.shown)

    def _overlay_words(self, pane: Pane, bar: int) -> list[Word]:
        words: list[Word] = []
        lines = self._chart.panes.lines_of(pane)
        for n, (label, line, colour, row) in enumerate(lines):
            plotted = self._chart.panes.is_plot(row)
            # a run ends before the newest candle, and its lines with it
            shown = min(bar, line.end - 1) if line is not None and plotted and self.hover is None else bar
            value = float("nan") if line is None else line.value(shown)
            words.append(Word(label, number(value, pane.value_digits), colour, None if plotted else ("edit", row)))
            if plotted:
                continue
            if n + 1 == len(lines) or lines[n + 1][3] != row:
                words.append(Word("", CROSS, self._chart.marks.theme.muted, ("remove", row)))
        return words

    def _compare_words(self, bar: int) -> list[Word]:
        words: list[Word] = []
        for row, (title, share, colour) in enumerate(self._chart.panes.compare_words(bar)):
            sign = "+" if share > 0 else ""
            words.append(Word(title, f"{sign}{number(share, 2)}%", colour))
            words.append(Word("", CROSS, self._chart.marks.theme.muted, ("uncompare", row)))
        return words

    def _place_linked(self) -> None:
        chart, marks = self._chart, self._chart.marks
        marks.linked = None
        if self._linked is None or not len(chart.data) or self.cursor is not None:
            return
        time, price = self._linked
        x = chart.px_of(chart.data.place_of(time))
        if marks.plot.left() <= x <= marks.plot.right():
            marks.linked = (x, None if price is None else chart.panes.price.y_of(price))

    def _show_tip(self) -> None:
        chart, said = self._chart, self._said()
        if said == self._tip:
            return
        self._tip = said
        viewport = chart.surface
        if not said or self.cursor is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(viewport.mapToGlobal(self.cursor), said, viewport)

    def _said(self) -> str:
        """What is told of the mark below the cursor, a trade's before a signal's before a gap's."""
        chart, panes = self._chart, self._chart.panes
        if self.cursor is None:
            return ""
        x, y = self.cursor.x(), self.cursor.y()
        trade = panes.markers.near(x, y)
        if trade is not None:
            return trade.text(chart.price_decimals, chart.zone, panes.markers.is_open(trade.exit_time))
        row = panes.signals.near(x, y)
        if row is not None:
            return panes.signals.text(row, chart.zone)
        bar = panes.gaps.near(x) if panes.at(y) is panes.price else None
        return "" if bar is None else panes.gaps.text(bar, chart.zone)
