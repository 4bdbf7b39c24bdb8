"""Drawings on the clipboard: copied from one chart and pasted into another, of whatever symbol and timeframe."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, QPoint
from PySide6.QtWidgets import QApplication

from shared_modules.core.errors import DataFormatError
from tradebot_gui.drawings.kinds import sound
from tradebot_gui.drawings.model import Anchor, Drawing

if TYPE_CHECKING:
    from .view import ChartView

KIND = "application/x-tradebot-drawing"


def copy(chart: ChartView, drawing: Drawing) -> None:
    """Put ``drawing`` on the clipboard, with its lengths in bars of ``chart``."""
    places = [chart.data.place_of(a.time) for a in drawing.anchors]
    kept = {"drawing": drawing.saved(), "bars": [x - places[0] for x in places], "board": _board_key(chart)}
    data = QMimeData()
    data.setData(KIND, json.dumps(kept).encode())
    QApplication.clipboard().setMimeData(data)


def holds_one() -> bool:
    """Whether a drawing is on the clipboard."""
    data = QApplication.clipboard().mimeData()
    return data is not None and data.hasFormat(KIND)


def pasted(chart: ChartView, at: QPoint) -> Drawing | None:
    """The drawing of the clipboard as a new one whose first anchor lies at widget pixel ``at``; None for none.

    It keeps its length in bars. On the symbol that it comes from it keeps its height in price, on another one its
    height in per cent.
    """
    found = _read()
    if found is None or not len(chart.data):
        return None
    drawing, bars, board = found
    pane, place = chart.panes.at(at.y()) or chart.panes.price, round(chart.x_at(at.x()))
    first, price = drawing.anchors[0].price, pane.rounded(pane.value_at(at.y()))
    same = board == _board_key(chart) or first <= 0
    anchors = []
    for anchor, x in zip(drawing.anchors, bars, strict=True):
        there = price + anchor.price - first if same else price * anchor.price / first
        anchors.append(Anchor(int(chart.data.time_of(place + x)), pane.rounded(there)))
    return replace(drawing.copied(), anchors=tuple(anchors), pane=chart.panes.name_of(pane))


def _board_key(chart: ChartView) -> str:
    board = chart.drawings.board
    return "" if board is None else board.name


def _read() -> tuple[Drawing, list[int], str] | None:
    """What is on the clipboard; anybody may have written there, so nothing of it is believed."""
    data = QApplication.clipboard().mimeData()
    if data is None or not data.hasFormat(KIND):
        return None
    try:
        kept: Any = json.loads(bytes(data.data(KIND).data()))
        drawing = Drawing.restored(kept["drawing"])
        bars = [int(x) for x in kept["bars"]]
    except (DataFormatError, ValueError, KeyError, TypeError):
        return None
    return (drawing, bars, str(kept.get("board"))) if sound(drawing) and len(bars) == len(drawing.anchors) else None
