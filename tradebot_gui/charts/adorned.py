"""What is drawn with the candles of a chart: style and scale, indicators, other symbols, trades, drawings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from tradebot_gui.drawings.board import Board
from tradebot_gui.theme.theme import Theme

from .marker_sets import MarkerSet, SignalSet, TradeMarker
from .overlays import Overlay, OverlaySpec
from .prices import Style
from .scale import Scale

if TYPE_CHECKING:
    from .data import ChartData
    from .drawing_layer import DrawingLayer
    from .drawing_tools import DrawingTools
    from .indicators import Indicators
    from .marks import Marks
    from .panes import Panes
    from .plots import StrategyLines
    from .readout import Readout
    from .styling import Styling


class Adorned:
    """The part of a chart that takes what goes with its candles; each change is shown by the next frame."""

    data: ChartData
    panes: Panes
    marks: Marks
    readout: Readout
    indicators: Indicators
    styling: Styling
    drawings: DrawingLayer
    tools: DrawingTools
    breaks: bool
    refresh: Callable[[], None]
    _theme: Theme
    _placed: tuple[float, ...]

    @property
    def overlays(self) -> list[Overlay]:
        return self.indicators.overlays

    def set_overlays(self, specs: Sequence[OverlaySpec]) -> None:
        """Show these indicators and no others; raises `UnknownName` for one that is not in the catalogue."""
        self.indicators.set(specs)
        self._lay_overlays()

    def set_plots(self, plots: Sequence[StrategyLines]) -> None:
        """Draw these lines of a strategy and no others, with their names in the legends."""
        if list(plots) == self.panes.plots:
            return
        self.panes.plots = list(plots)
        for lines in plots:
            lines.align(self.data)
        self._lay_overlays()

    def _lay_overlays(self) -> None:
        self.panes.set_overlays(self.overlays, self.indicators.colours(self._theme.overlays))
        self._placed = ()
        self.readout.write()
        self.refresh()

    def set_style(self, style: Style, box: float = 0.0) -> None:
        """Draw prices in ``style``; bricks of Renko are ``box`` high, by 0 as high as the average true range."""
        self.styling.set(style, box)
        self.refresh()

    def set_scale(self, kind: Scale) -> None:
        """Scale prices evenly, by their logarithm or in per cent of the first close in view."""
        self.panes.set_scale(kind)
        self.marks.axis_width = 0.0
        self.refresh()

    def set_breaks(self, shown: bool) -> None:
        """Mark where days begin, or do not."""
        self.breaks = shown
        self.refresh()

    def set_compared(self, titles: Sequence[str]) -> None:
        """Compare the price with these symbols and no others; their candles are given by `give_compared`."""
        self.panes.set_compared(titles)
        self.readout.write()
        self.refresh()

    def give_compared(self, title: str, news: Bars | Candle) -> None:
        """All candles of a compared symbol, or the newest state of one."""
        item = self.panes.compare.find(title)
        if item is not None:
            item.set(news) if isinstance(news, Bars) else item.update(news)
            self.readout.write()
            self.refresh()

    def set_profile(self, shown: bool) -> None:
        """Show at which prices the volume in view was traded, or do not."""
        self.panes.profile.shown = shown
        self.readout.write()
        self.refresh()

    def set_countdown(self, text: str) -> None:
        """How long the newest candle has still to go, for the tag of the last price; empty for none."""
        self.readout.set_countdown(text)

    def set_linked_cursor(self, time: float | None, price: float | None = None) -> None:
        """Show where the cursor of another chart stands: a time in ms UTC, and a price of the same symbol."""
        self.readout.set_linked(time, price)

    def set_markers(self, markers: Sequence[TradeMarker] | MarkerSet) -> None:
        """Draw these trades and no others."""
        self.panes.markers.set(markers)
        self.refresh()

    def choose_marker(self, marker: TradeMarker | None) -> None:
        """Have one trade stand out."""
        self.panes.markers.choose(marker)
        self.refresh()

    def set_signals(self, signals: SignalSet) -> None:
        """Mark these refused signals and no others."""
        self.panes.signals.set(signals)
        self.refresh()

    def show_until(self, time: int | None) -> None:
        """Show no trade, signal or drawing from after ``time`` (ms UTC); None for all."""
        self.panes.markers.until = self.panes.signals.until = time
        self.panes.compare.show_until(time)
        self.drawings.show_until(time)

    def set_drawings(self, board: Board | None) -> None:
        """Show the drawings of ``board`` and work on them; what was begun upon the same board goes on."""
        self.tools.let_go()
        if board is self.drawings.board:
            self.drawings.changed()  # another timeframe may show others
            return
        self.drawings.set_board(board)
        self.tools.set_tool("")
