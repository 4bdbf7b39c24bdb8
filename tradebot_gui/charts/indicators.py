"""The indicators of one chart kept up to date: whole histories in a thread, new bars at once."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from time import perf_counter

import numpy as np
from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from shared_modules.core.bars import Bars
from shared_modules.core.errors import TradeBotError
from tradebot_gui.view_models.lod import TIME, BarPyramid, LinePyramid

from .data import ChartData
from .overlays import Overlay, OverlaySpec

_log = logging.getLogger(__name__)
# values of longer histories are not kept while others are computed: that would take longer than a frame
MOST_KEPT = 50_000
# lines that are ready wait at most so long for those that are being computed, to be shown with one frame
TOGETHER_MS = 60
# lines that need all candles are computed again so often at most, and never for more than a twentieth of the time
WHOLE_MS, WHOLE_REST = 100, 20


class Indicators(QObject):
    """The overlays of a chart; ``changed`` tells that lines computed in the thread have arrived."""

    changed = Signal()

    def __init__(self, data: ChartData, parent: QObject) -> None:
        super().__init__(parent)
        self._data = data
        self.specs: list[OverlaySpec] = []
        self.overlays: list[Overlay] = []
        self._worker = OverlayWorker(self)
        self._worker.computed.connect(self._computed)
        self._worker.failed.connect(self._failed)
        # overlays that cannot be continued from a stretch, such as sums since the beginning
        self._whole_only: set[Overlay] = set()
        self._whole = QTimer(self, singleShot=True, interval=WHOLE_MS)
        self._whole.timeout.connect(self._compute_whole)
        self._asked_at = 0.0
        self._told = QTimer(self, singleShot=True, interval=TOGETHER_MS)
        self._told.timeout.connect(self.changed)

    def set(self, specs: Sequence[OverlaySpec]) -> None:
        """Compute these and no others; raises `UnknownName`. Those that are there already keep their lines."""
        kept = {overlay.key: overlay for overlay in self.overlays}
        wanted = [Overlay(spec) for spec in specs]
        for row, overlay in enumerate(wanted):
            old = kept.pop(overlay.key, None)
            if old is not None:
                old.spec = overlay.spec
                wanted[row] = old
        new = [overlay for overlay in wanted if overlay not in self.overlays]
        self.overlays, self.specs = wanted, list(specs)
        if self._data.last > self._data.first:
            bars = self._data.finished()
            for overlay in new:
                self._worker.start(overlay, bars, self._data.first)

    def colours(self, row: Sequence[str]) -> list[str]:
        """The colour of each overlay: its own, or the next of ``row``."""
        return [spec.colour or row[i % len(row)] for i, spec in enumerate(self.specs)]

    def realign(self, before: BarPyramid) -> None:
        """Keep, until they are computed anew, the values of bars that were in ``before`` too, and no others.

        A value that was computed with later bars would tell of them where a replay has gone back.
        """
        data, old = self._data, before.rows()[TIME]
        new = data.pyramid.rows(None, data.last + (not data.unfinished))[TIME]
        start = int(old.searchsorted(new[0])) if len(new) else 0
        both = old[start : start + len(new)]
        same = len(new) <= MOST_KEPT and len(both) and np.array_equal(both, new[: len(both)])
        for overlay in self.overlays:
            if same and overlay.indicator.causal:
                overlay.keep(before.first + start - data.first, data.first + len(both))
            else:
                overlay.lines = {}

    def recompute(self) -> None:
        """Compute all over the whole history, away from the event loop."""
        self._worker.generation += 1
        self._whole_only.clear()
        if self._data.last <= self._data.first:
            for overlay in self.overlays:
                overlay.lines = {}
            return
        bars = self._data.finished()
        for overlay in self.overlays:
            self._worker.start(overlay, bars, self._data.first)

    def follow(self, added: bool) -> None:
        """Take in the newest bar, which changed or was ``added``."""
        for overlay in self.overlays:
            if overlay in self._whole_only:
                self._compute_soon()
            elif overlay.lines:
                self._continue(overlay)
            elif added:
                self._worker.start(overlay, self._data.finished(), self._data.first)

    def stop(self) -> None:
        self._told.stop()
        self._whole.stop()
        self._worker.stop()

    def _continue(self, overlay: Overlay) -> None:
        try:
            if overlay.continue_to(self._data):
                return
        except (TradeBotError, ValueError) as error:
            _log.warning("%s stopped at the newest bar: %s", overlay.label, error)
        self._whole_only.add(overlay)
        self._compute_soon()

    def _compute_soon(self) -> None:
        if not self._whole.isActive():
            self._whole.start()

    def _compute_whole(self) -> None:
        """Compute those that need all candles, with the newest as it is now."""
        # of the newest, which goes on changing, the thread may see half a change: the next time mends it
        bars, self._asked_at = self._data.pyramid.bars(), perf_counter()
        for overlay in self.overlays:
            if overlay in self._whole_only:
                self._worker.start(overlay, bars, self._data.first)

    def _computed(self, overlay: Overlay, lines: dict[str, LinePyramid], generation: int, more: bool) -> None:
        if generation != self._worker.generation or overlay not in self.overlays:
            return
        overlay.lines = lines
        if overlay in self._whole_only and next(iter(lines.values())).end > self._data.last:
            took = (perf_counter() - self._asked_at) * 1000
            self._whole.setInterval(max(WHOLE_MS, round(WHOLE_REST * took)))
        else:
            self._whole_only.discard(overlay)
            self._continue(overlay)
        if not more:
            self._told.stop()
            self.changed.emit()
        elif not self._told.isActive():
            self._told.start()

    def _failed(self, overlay: Overlay, message: str, generation: int) -> None:
        if generation == self._worker.generation:
            _log.warning("%s", message)
            overlay.lines = {}
            self._whole_only.discard(overlay)


class OverlayWorker(QObject):
    """Computes overlays in a thread, one after another; what was asked for earlier is dropped when it comes late."""

    computed = Signal(object, object, int, bool)  # Overlay, its lines, generation, whether others wait
    failed = Signal(object, str, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.generation = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._waiting: deque[int] = deque()  # one entry for each that no thread has begun

    def start(self, overlay: Overlay, bars: Bars, first: int) -> None:
        """Compute ``overlay`` over ``bars``, which nobody changes any more; their oldest stands at x ``first``."""
        generation = self.generation
        self._waiting.append(generation)
        self._pool.start(lambda: self._work(overlay, bars, first, generation))

    def stop(self) -> None:
        """Drop what waits and wait for the one under way."""
        self.generation += 1
        self._pool.clear()
        self._pool.waitForDone(5000)
        self._waiting.clear()

    def _work(self, overlay: Overlay, bars: Bars, first: int, generation: int) -> None:
        self._waiting.popleft()
        if generation != self.generation:
            return
        try:
            with np.errstate(all="ignore"):
                lines = overlay.compute(bars, first)
            self.computed.emit(overlay, lines, generation, len(self._waiting) > 0)
        except TradeBotError as error:
            self.failed.emit(overlay, error.message, generation)
        except RuntimeError:  # the chart was closed while this was computed
            _log.debug("a chart closed before %s was computed", overlay.label)
        except (ArithmeticError, ValueError, TypeError, KeyError) as error:
            _log.exception("the indicator %s failed", overlay.label)
            self.failed.emit(overlay, f"{overlay.label} could not be computed: {error}", generation)
