"""How high the panes below the price are: by themselves, or as a person drags their borders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

if TYPE_CHECKING:
    from .pane import Pane
    from .view import ChartView

USUAL, USUAL_TOGETHER = 0.2, 0.5  # shares of the chart's height: of one pane, of all where they are many
LEAST, MOST_TOGETHER = 0.05, 0.8
REACH = 3  # pixels from a border


def usual_share(count: int) -> float:
    """The share of height that each of ``count`` panes has by itself."""
    return min(USUAL, USUAL_TOGETHER / max(1, count))


def heights(total: float, shares: Sequence[float]) -> list[int]:
    """Pixels for each pane below the price, of ``total``; a share of 0 is the usual one."""
    usual = usual_share(len(shares))
    wanted = [share or usual for share in shares]
    # on a low chart the price keeps a fifth whatever was dragged
    shrunk = min(1.0, MOST_TOGETHER / sum(wanted)) if wanted else 1.0
    return [round(total * share * shrunk) for share in wanted]


class BorderDrag:
    """A border between two panes in hand; the chart tells of the new shares when it is let go."""

    def __init__(self, chart: ChartView) -> None:
        self._chart = chart
        self._pane: Pane | None = None  # the one below the border
        self._before: list[float] = []

    @property
    def active(self) -> bool:
        return self._pane is not None

    def at(self, point: QPoint) -> Pane | None:
        """The pane whose upper border is at ``point``."""
        plot = self._chart.marks.plot
        if not len(self._chart.data) or not 0 <= point.x() < plot.right():
            return None
        return next((p for p in self._chart.panes.shown[1:] if abs(p.rect.top() - point.y()) <= REACH), None)

    def press(self, point: QPoint) -> bool:
        """Whether a border was taken in hand."""
        self._pane = self.at(point)
        self._before = [pane.share for pane in self._chart.panes.subs]
        return self.active

    def move(self, point: QPoint) -> None:
        """Move the border to ``point``: what one pane gains the one above it gives."""
        pane, shown = self._pane, self._chart.panes.shown
        if pane is None or pane not in shown:
            return
        total, row = self._chart.marks.plot.height(), shown.index(pane)
        above, least = shown[row - 1], LEAST * total
        top = above.rect.top() + least if row > 1 else (1 - MOST_TOGETHER) * total
        y = max(top, min(float(point.y()), pane.rect.bottom() - least))
        for other in shown[1:]:  # they keep the height they have, also where it was the usual one
            other.share = other.rect.height() / total
        pane.share = (pane.rect.bottom() - y) / total
        if row > 1:
            above.share = (y - above.rect.top()) / total
        self._chart.place_again()

    def release(self) -> None:
        self._pane = None
        if [pane.share for pane in self._chart.panes.subs] != self._before:
            self._tell()

    def cancel(self) -> None:
        """Put the border back."""
        self._pane = None
        for pane, share in zip(self._chart.panes.subs, self._before, strict=False):
            pane.share = share
        self._chart.place_again()

    def reset(self) -> None:
        """Give all panes their usual heights."""
        for pane in self._chart.panes.subs:
            pane.share = 0.0
        self._chart.place_again()
        self._tell()

    def _tell(self) -> None:
        panes = self._chart.panes
        self._chart.panes_sized.emit({panes.row_of(pane): pane.share for pane in panes.subs})
