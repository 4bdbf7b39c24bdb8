"""What a chart needs before it can paint: levels, Renko's bricks, Heikin-Ashi's candles; many are made in a thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from shared_modules.core.bars import Bars
from shared_modules.core.market import Candle
from tradebot_gui.view_models.lod import BarPyramid

from .aside import Aside
from .bricks import Bricks, candles_of
from .heikin import HeikinAshi, heikin_ashi
from .prices import Style

if TYPE_CHECKING:
    from .view import ChartView

# so many bars take no longer than a frame
BRICKS_AT_ONCE = 5_000
SMOOTH_AT_ONCE = 30_000
LEVELS_AT_ONCE = 50_000

Show = Callable[[Bars, Candle | None, BarPyramid | None], None]


class Styling:
    """Turns the candles a chart is given into the bars of its style.

    While levels or bricks are made the chart shows what it showed; candles that come meanwhile are taken in after them.
    """

    def __init__(self, chart: ChartView, show: Show) -> None:
        self._chart, self._show = chart, show
        self.style = Style.CANDLES
        self.bricks: Bricks | None = None
        self._box = 0.0
        self._work, self._levels = Aside(chart), Aside(chart)
        self._given: tuple[Bars, Candle | None] | None = None  # of which levels or bricks are being made
        self._later: list[Callable[[], None]] = []

    @property
    def newest(self) -> float:
        """When the newest candle opened of which bricks were made, ms UTC; 0 without bricks."""
        return 0.0 if self.bricks is None else self.bricks.newest

    @property
    def busy(self) -> bool:
        """Whether bars are still being made ready."""
        return self._work.busy or self._levels.busy

    def set(self, style: Style, box: float) -> None:
        """Draw in ``style``; bricks are ``box`` high."""
        before, self.style = self.style, style
        self._chart.panes.set_style(style)
        if style is Style.RENKO and (before is not style or box != self._box):
            candles, self._box, self.bricks = self._candles(), box, None
            self._break(*candles)
        elif style is not Style.RENKO and before is Style.RENKO:
            candles, self.bricks = self._candles(), None
            self._work.drop()
            self._lay(*candles)
        else:
            self.smooth()

    def new_series(self) -> None:
        """Forget the candles of the series before."""
        self._work.drop()
        self._levels.drop()
        self._given, self.bricks = None, None
        self._later.clear()

    def set_bars(self, bars: Bars, unfinished: Candle | None, at_once: bool = False) -> None:
        """Show these candles in place of all; ``at_once`` when the caller reads them right afterwards."""
        self._later.clear()
        if self.style is Style.RENKO:
            self._break(bars, unfinished)
        else:
            self._lay(bars, unfinished, at_once)

    def update(self, candle: Candle) -> list[Candle]:
        """The bars that ``candle`` changes or adds; none while it has to wait."""
        if self._given is not None:
            self._later.append(lambda: self._chart.update_candle(candle))
            return []
        if self.bricks is None:
            return [candle]
        bars = self.bricks.update(candle)
        if self._chart.data.reach_to(self.bricks.newest):
            self._chart.refresh()
        return bars

    def prepend(self, bars: Bars) -> bool:
        """Take in older candles where they have to wait or bars are not candles; whether that was so."""
        if self._given is not None:
            self._later.append(lambda: self._chart.prepend(bars))
            return True
        if self.bricks is not None:
            candles, running = self.bricks.candles
            self._break(bars.merged(candles), running)
        return self.style is Style.RENKO

    def smooth(self) -> None:
        """Keep Heikin-Ashi candles beside the plain ones, or no longer."""
        data = self._chart.data
        if self.style is not Style.HEIKIN:
            data.smooth_with(None)
            return
        plain, first, last = data.pyramid, data.first, data.last
        if len(data) <= SMOOTH_AT_ONCE:
            data.smooth_with(HeikinAshi(plain))
            return
        rows = plain.rows()

        def take(made: BarPyramid) -> None:
            if self.style is not Style.HEIKIN:
                return
            if data.pyramid is not plain or data.first != first:
                self.smooth()
                return
            found = HeikinAshi(plain, made)
            found.follow(last)
            data.smooth_with(found)
            self._chart.refresh()

        self._work.start(lambda: BarPyramid.of_rows(heikin_ashi(rows), first), take)

    def stop(self) -> None:
        """End what is computed in threads."""
        self._work.stop()
        self._levels.stop()

    def _candles(self) -> tuple[Bars, Candle | None]:
        if self._given is not None:
            return self._given
        return candles_of(self._chart.data) if self.bricks is None else self.bricks.candles

    def _lay(self, bars: Bars, running: Candle | None, at_once: bool = False) -> None:
        """Show these candles as they are."""
        if at_once or len(bars) <= LEVELS_AT_ONCE:
            self._levels.drop()
            self._take_levels(bars, running, None)
        else:
            self._given = bars, running
            take = partial(self._take_levels, bars, running)
            self._levels.start(lambda: BarPyramid(bars), take, self._catch_up)

    def _take_levels(self, bars: Bars, running: Candle | None, made: BarPyramid | None) -> None:
        self._show(bars, running, made)
        self._catch_up()

    def _break(self, bars: Bars, running: Candle | None) -> None:
        """Make bricks of these candles, as high as they were before."""
        self._levels.drop()
        made = Bricks(self._box, self._chart.price_decimals, 0.0 if self.bricks is None else self.bricks.box)
        self._given = bars, running
        if len(bars) <= BRICKS_AT_ONCE:
            self._work.drop()
            made.set(bars, running)
            self._take(made, made.shown, None)
        else:

            def work() -> tuple[Bars, BarPyramid]:
                made.set(bars, running)
                shown = made.shown
                return shown, BarPyramid(shown)

            self._work.start(work, lambda found: self._take(made, *found), self._catch_up)

    def _take(self, made: Bricks, shown: Bars, levels: BarPyramid | None) -> None:
        self.bricks = made
        self._take_levels(shown, made.forming, levels)

    def _catch_up(self) -> None:
        self._given = None
        later, self._later = self._later, []
        for act in later:
            act()
