"""Which page of the guide tells about a panel."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from .panels.base import Panel

FIRST = "index.md"
PAGES = {
    "chart": "charts.md",
    "watchlist": "market.md",
    "book": "market.md",
    "tape": "market.md",
    "details": "market.md",
    "strategies": "backtest.md",
    "backtest": "backtest.md",
    "results": "results.md",
    "collector": "collector.md",
    "data": "data-manager.md",
    "connections": "connections.md",
    "drill": "connections.md",
    "alerts": "alerts.md",
    "notifications": "workspace.md",
    "log": "troubleshooting.md",
}


def help_page(widget: QWidget | None) -> str:
    """The file name of the page on the panel that ``widget`` is in; the guide's first page for anything else."""
    while widget is not None:
        if isinstance(widget, Panel):
            return PAGES.get(widget.id.split("-")[0], FIRST)
        widget = widget.parentWidget()
    return FIRST
