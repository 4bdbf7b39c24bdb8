"""The panes of one chart: price on top, one below for each indicator that needs its own, times at the bottom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QFont, QPainter

from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.lod import LinePyramid

from .axes import PriceAxis, TimeAxis, draw_axes
from .compare import CompareLine, CompareSet
from .data import ChartData
from .gap_marks import GapMarks
from .ground import LinedGround
from .items import VOLUME_SHARE, Breaks, Grid, Guides, Item, Volume
from .lines import BandFill, Histogram, Line
from .markers import Markers
from .overlays import Overlay
from .paint import colour as named
from .pane import Pane
from .pane_sizes import heights
from .pattern_marks import PatternMarks
from .plots import StrategyLines
from .prices import AreaFill, Prices, Style
from .profile_item import ProfileItem
from .scale import Scale
from .signal_marks import SignalMarks
from .surface import draw_panes
from .ticks import TimeTick

Shape = Line | Histogram | PatternMarks


class Panes:
    """Builds, places and paints panes; all of them show the same bars."""

    def __init__(self, data: ChartData, theme: Theme, font: QFont, changed: Callable[[], None]) -> None:
        self._data, self._theme, self._font = data, theme, font
        self._items: list[Item] = []
        self._axes: dict[str, PriceAxis] = {}
        self._grids: dict[str, Grid] = {}
        self._ground = LinedGround()
        self._lines: dict[str, list[tuple[str, Overlay, str, Shape]]] = {}
        self._fills: list[tuple[Overlay, BandFill]] = []
        self.compare = CompareSet(data, changed)
        self._compare_lines: list[CompareLine] = []
        self._overlays: tuple[Overlay, ...] = ()
        self.plots: list[StrategyLines] = []
        self._alone: str | None = None
        self.price = self._add("price", self._price_extremes, bottom=VOLUME_SHARE + 0.03, edge=False)
        self.subs: list[Pane] = []
        self.times = TimeAxis(theme, font)
        self.prices = Prices(self.price, theme, data)
        self._area = AreaFill(self.price, theme, data, self.prices)
        self._area.shown = False
        self._volume = Volume(self.price, theme, data)
        self._items += [self._area, self._volume, self.prices]
        self.profile = ProfileItem(self.price, theme, data, changed)
        self.gaps = GapMarks(self.price, theme, data)
        self.markers = Markers(self.price, theme, data)
        self.signals = SignalMarks(self.price, theme, data)
        self._items += [self.profile, self.gaps, self.markers, self.signals]
        self._fixed = list(self._items)

    @property
    def all(self) -> list[Pane]:
        return [self.price, *self.subs]

    @property
    def shown(self) -> list[Pane]:
        """The panes in sight, from the top."""
        return [p for p in self.all if self._alone in (None, p.key)] or [self.price]

    def at(self, y: float) -> Pane | None:
        """The pane at widget pixel ``y``."""
        return next((p for p in self.shown if p.rect.top() <= y < p.rect.bottom()), None)

    def pane_of(self, key: tuple[Any, ...] | None) -> Pane | None:
        """Where the overlay with this `Overlay.key` is drawn; for None the prices' pane."""
        if key is None:
            return self.price
        found = next((o for o in self._overlays if o.key == key), None)
        return next((p for p in self.all if any(entry[1] is found for entry in self._lines[p.key])), None)

    def overlay_in(self, pane: Pane) -> Overlay | None:
        """The indicator that has ``pane`` for itself."""
        lines = self._lines[pane.key] if pane is not self.price else []
        return lines[0][1] if lines and not isinstance(lines[0][1], StrategyLines) else None

    def name_of(self, pane: Pane) -> str:
        """What drawings call ``pane``: its indicator, numbered where there are several; the prices' has no name."""
        if pane not in self.subs:
            return ""
        owners = (self.overlay_in(p) for p in self.subs)
        names = ["strategy" if owner is None else owner.indicator.name for owner in owners]
        place = self.subs.index(pane)
        before = names[:place].count(names[place])
        return names[place] if not before else f"{names[place]} {before + 1}"

    def named(self, name: str) -> Pane | None:
        """The pane in sight that drawings call ``name``."""
        return next((pane for pane in self.shown if self.name_of(pane) == name), None)

    def row_of(self, pane: Pane) -> int:
        """The number of the overlay that has ``pane`` for itself; -1 for none."""
        found = self.overlay_in(pane)
        return -1 if found is None else self._overlays.index(found)

    def stop(self) -> None:
        """End what is computed in threads."""
        self.profile.stop()
        self.compare.stop()

    def toggle_alone(self, pane: Pane | None) -> None:
        self._alone = None if self._alone is not None or pane is None else pane.key

    def locate(self) -> None:
        """Find the bars of all trades, signals and lines of a strategy anew, after the bars changed."""
        self.markers.locate()
        self.signals.locate()
        for lines in self.plots:
            lines.align(self._data)

    def follow(self) -> None:
        """Take in the bar that was added last."""
        for lines in self.plots:
            lines.follow(self._data)

    def set_style(self, style: Style) -> None:
        self.prices.style = style
        self._area.shown = style is Style.AREA

    def set_scale(self, kind: Scale) -> None:
        """Scale prices so; they fit what is in view again."""
        self.price.kind = kind
        self.price.auto = True

    def set_overlays(self, overlays: Sequence[Overlay], colours: Sequence[str]) -> None:
        """Draw these overlays, each in a colour, and the lines of a strategy; panes below the price are made anew."""
        for lines in self.plots:
            if (kept := self.pane_of(lines.key)) is not None:
                lines.spec = replace(lines.spec, share=kept.share)
        self._clear()
        self._overlays = (*overlays, *self.plots)
        shades = [*colours, *self._plot_colours(len(overlays))]
        for number, (overlay, colour) in enumerate(zip(self._overlays, shades, strict=True)):
            if overlay.spec.hidden:
                continue
            pane = self.price
            if not overlay.in_price_pane:
                pane = self._add(f"own {number}", overlay.extremes, top=20.0, bottom=6.0, edge=True)
                pane.share = overlay.spec.share
                self.subs.append(pane)
                if levels := overlay.guides:
                    self._items.append(Guides(pane, self._theme, levels))
            self._add_lines(pane, overlay, colour)
        if self._alone not in {p.key for p in self.all}:
            self._alone = None

    def set_compared(self, titles: Sequence[str]) -> None:
        """Compare the price with these symbols and no others."""
        self.compare.set_titles(titles)
        for line in self._compare_lines:
            self.price.remove(line)
            self._items.remove(line)
            self._fixed.remove(line)
        self._compare_lines = [
            CompareLine(self.price, self._theme, item, self._compare_colour(n))
            for n, item in enumerate(self.compare.items)
        ]
        self._items += self._compare_lines
        self._fixed += self._compare_lines

    def is_plot(self, number: int) -> bool:
        """Whether the overlay of this number is a strategy's lines, which nobody edits."""
        return isinstance(self._overlays[number], StrategyLines)

    def _plot_colours(self, before: int) -> list[str]:
        """A colour for each of a strategy's groups of lines, after ``before`` indicators; each line takes one."""
        row, found = self._theme.overlays, []
        for lines in self.plots:
            found.append(row[before % len(row)])
            before += len(lines.outputs)
        return found

    def compare_words(self, bar: int) -> list[tuple[str, float, str]]:
        """Name, change in per cent at ``bar`` and colour of each compared symbol."""
        return [(i.title, i.share(bar), line.colour)
                for i, line in zip(self.compare.items, self._compare_lines, strict=True)]  # fmt: skip

    def _compare_colour(self, number: int) -> str:
        row = self._theme.overlays  # from its end: the indicators take it from the beginning
        return row[-1 - number % len(row)]

    def set_theme(self, theme: Theme, colours: Sequence[str]) -> None:
        self._theme = theme
        for item in self._items:
            item.theme = theme
        for axis in (*self._axes.values(), self.times):
            axis.theme = theme
        for n, compared in enumerate(self._compare_lines):
            compared.colour = self._compare_colour(n)
        shades = [*colours, *self._plot_colours(len(colours))]
        by_overlay = dict(zip(self._overlays, shades, strict=True))
        for lines in self._lines.values():
            for n, (_, overlay, _, line) in enumerate(lines):
                line.colour = self._shade(overlay, by_overlay[overlay], self._output_number(lines, n))
        for overlay, fill in self._fills:
            fill.colour = by_overlay[overlay]

    def set_font(self, font: QFont) -> None:
        self._font = font
        for axis in (*self._axes.values(), self.times):
            axis.set_font(font)

    def draw_whole(self, painter: QPainter, rect: QRect, ground: QColor) -> None:
        """Paint panes and axes and all that lies below; ``painter`` counts widget pixels that are device pixels.

        The ground of a pane is filled right before the pane is painted: what was filled last is near the processor.
        """
        if not len(self._data):
            painter.fillRect(rect, ground)
            return
        shown, part = self.shown, QRectF(rect)
        lines = self._grids[shown[0].key].uprights(shown[0].frame(1.0)).astype(np.int64)
        lines = lines[lines < round(shown[0].rect.right())]
        self._ground.lay(rect.width(), ground, named(self._theme.grid), lines)
        bottom = 0
        for pane in shown:
            grid, top, bottom = self._grids[pane.key], bottom, round(pane.rect.bottom())
            # the upright lines are filled with the ground where nothing comes between
            grid.upright_drawn = pane.items[0].depth >= Grid.DEPTH or not any(
                item.shown for item in pane.items if item.depth < Grid.DEPTH
            )
            if grid.upright_drawn:
                self._ground.fill(painter, top, bottom)
            else:
                painter.fillRect(0, top, rect.width(), bottom - top, ground)
            draw_panes(painter, 1.0, part, [pane])
            grid.upright_drawn = False
        painter.fillRect(rect.adjusted(0, bottom, 0, 0), ground)
        draw_axes(painter, part, [*(self._axes[pane.key] for pane in shown), self.times])

    def draw(self, painter: QPainter, scale: float, part: QRectF) -> None:
        """Paint panes and axes as far as ``part`` (widget pixels) shows them; nothing while the chart is empty."""
        if len(self._data):
            shown = self.shown
            draw_panes(painter, scale, part, shown)
            draw_axes(painter, part, [*(self._axes[pane.key] for pane in shown), self.times])

    def labels_of(self, pane: Pane) -> list[float]:
        """Where the labels of the axis of ``pane`` have their middles, in the widget's pixels."""
        return self._axes[pane.key].middles() if pane.key in self._axes else []

    def lines_of(self, pane: Pane) -> list[tuple[str, LinePyramid | None, str, int]]:
        """Label, values and colour of each line of ``pane``, and the number of its overlay."""
        return [
            (label, o.line(output), line.colour, self._overlays.index(o))
            for label, o, output, line in self._lines.get(pane.key, [])
        ]

    def place(self, plot: QRectF, axis_width: float, axis_height: float) -> None:
        """Share ``plot`` among the panes in sight, on whole pixels."""
        shown = self.shown
        below = heights(plot.height(), [pane.share for pane in shown[1:]])
        top = plot.top()
        for pane, height in zip(shown, [plot.height() - sum(below), *below], strict=True):
            rect = QRectF(plot.left(), top, plot.width(), height)
            pane.place(rect)
            self._axes[pane.key].place(QRectF(plot.right(), top, axis_width, height))
            top += height
        self.times.corner = axis_width
        self.times.place(QRectF(0, plot.bottom(), plot.width() + axis_width, axis_height))

    def show(self, x0: float, x1: float, ticks: list[TimeTick], zone: str, breaks: list[float] | None = None) -> None:
        """Take the bars [x0, x1] in all panes and on the time axis; ``breaks`` are bars that begin a day."""
        for item in self.compare.items:
            item.fit(x0, x1)
        self.price.base = self._base(x0) if self.price.kind is Scale.PERCENT else 0.0
        for pane in self.shown:
            if breaks is not None:
                pane.breaks = breaks
            pane.show(x0, x1, ticks)
        self.times.ticks, self.times.x0, self.times.x1, self.times.zone = ticks, x0, x1, zone
        self._volume.top = self._volume.largest(x0, x1)
        self.profile.update_to(x0, x1)

    def volume_scale_changed(self, x0: float, x1: float) -> bool:
        return self._volume.largest(x0, x1) != self._volume.top

    def _base(self, x0: float) -> float:
        """The price that per cent are counted from: the close of the first bar in view."""
        data = self._data
        x = min(max(round(x0 + 0.5), data.first), max(data.first, data.last - 1))
        candle = data.candle(x)
        return candle.close if candle else 0.0

    def _price_extremes(self, x0: float, x1: float) -> tuple[float, float] | None:
        """The prices' range; lines may widen it by a sixth, so that a far average does not flatten the candles."""
        found = self._data.prices.extremes(x0, x1)
        if found is None:
            return None
        low, high, _ = found
        room = (high - low) / 6
        for item in self.compare.items:
            if other := item.extremes(x0, x1):
                low, high = min(low, other[0]), max(high, other[1])
        found = (low, high, found[2])
        for overlay in {overlay for _, overlay, _, _ in self._lines.get("price", []) if not overlay.is_pattern}:
            if line := overlay.extremes(x0, x1):
                low, high = max(min(low, line[0]), found[0] - room), min(max(high, line[1]), found[1] + room)
        return low, high

    def _add(self, key: str, extremes, top: float = 26.0, bottom: float = 6.0, edge: bool = True) -> Pane:
        pane = Pane(key, extremes, top, bottom)
        self._grids[key] = Grid(pane, self._theme, edge)
        self._items += [self._grids[key], Breaks(pane, self._theme)]
        self._axes[key] = PriceAxis(pane, self._theme, self._font)
        self._lines[key] = []
        return pane

    def _add_lines(self, pane: Pane, overlay: Overlay, colour: str) -> None:
        outputs = overlay.outputs
        if {"upper", "lower"} <= set(outputs):
            edges = (partial(overlay.line, "upper"), partial(overlay.line, "lower"))
            fill = BandFill(pane, self._theme, *edges, colour)
            self._items.append(fill)
            self._fills.append((overlay, fill))
        for n, output in enumerate(outputs):
            label = overlay.label if n == 0 else output.replace("_", " ")
            source, shade = partial(overlay.line, output), self._shade(overlay, colour, n)
            line: Shape
            if overlay.is_pattern:
                lane = sum(o.is_pattern for o in self._overlays[: self._overlays.index(overlay)])
                line = PatternMarks(pane, self._theme, source, shade, self._data, lane)
            else:
                line = (Histogram if output == "histogram" else Line)(pane, self._theme, source, shade)
            self._items.append(line)
            self._lines[pane.key].append((label, overlay, output, line))

    def _shade(self, overlay: Overlay, colour: str, number: int) -> str:
        """The colour of an overlay's line: the one chosen for it, or of the theme's row after the overlay's own."""
        if chosen := overlay.spec.colours.get(overlay.outputs[number], ""):
            return chosen
        if number == 0:
            return colour
        row = self._theme.overlays
        start = row.index(colour) if colour in row else 0
        return row[(start + number) % len(row)]

    @staticmethod
    def _output_number(lines: list[tuple[str, Overlay, str, Shape]], row: int) -> int:
        return sum(1 for other in lines[:row] if other[1] is lines[row][1])

    def _clear(self) -> None:
        for item in [i for i in self._items if i not in self._fixed]:
            item.pane.remove(item)
        self._items = list(self._fixed)
        self._fills = []
        for pane in self.subs:
            del self._lines[pane.key], self._axes[pane.key], self._grids[pane.key]
        self.subs = []
        self._lines["price"] = []
