"""What the right mouse button offers on a chart: alert, copies, pictures, templates."""

from __future__ import annotations

import asyncio
import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtWidgets import QApplication, QMenu

from shared_modules.core.bars import Bars
from shared_modules.core.errors import TradeBotError
from tradebot_gui import texts
from tradebot_gui.charts import drawing_copies
from tradebot_gui.dialogs.files import ask_save
from tradebot_gui.language import phrase, tr

from .chart_alerts import pointed_at
from .chart_templates import Templates
from .parts import ask_text, section

if TYPE_CHECKING:
    from .chart import ChartPanel

HEADER = "time\topen\thigh\tlow\tclose\tvolume"


class ChartMenu:
    """Belongs to one chart; every entry is also a command of the window."""

    def __init__(self, chart: ChartPanel) -> None:
        self._chart = chart
        self._templates = Templates(chart.desk.engine.paths.root / "templates")

    def menu(self) -> QMenu:
        """The menu as it is now."""
        chart = self._chart
        menu = QMenu(chart)
        price = chart.price_at_cursor
        if price is not None:
            shown = texts.number(price, chart.view.price_decimals)
            menu.addAction(phrase(f"Alert at {shown}…\tAlt+A"), partial(chart.alert_wanted.emit, price))
            menu.addAction(phrase(f"Copy price {shown}"), partial(self._copy, f"{price:.{chart.view.price_decimals}f}"))
            menu.addSeparator()
        elif (pointed := pointed_at(chart.view, chart.view.readout.cursor)) is not None:
            line, value = pointed
            menu.addAction(phrase(f"Alert on {line} at {value:g}…\tAlt+A"), partial(chart.alert_wanted.emit, pointed))
            menu.addSeparator()
        if chart.time_at_cursor is not None:
            menu.addAction(tr("Replay from here"), partial(chart.replay.go, chart.time_at_cursor))
            menu.addSeparator()
        if drawing_copies.holds_one():
            menu.addAction(phrase("Paste drawing\tCtrl+V"), chart.view.tools.paste)
        if (board := chart.view.drawings.board) is not None and any(map(board.movable, board.items)):
            menu.addAction(tr("Remove all drawings"), board.clear)
        menu.addAction(tr("Compare with other symbols…"), chart.compare.ask)
        menu.addAction(tr("Copy candles in view"), self.copy_candles)
        menu.addAction(tr("Copy picture"), self.copy_picture)
        menu.addAction(tr("Save picture…"), self.ask_picture)
        menu.addSeparator()
        menu.addMenu(self._template_menu(menu))
        menu.addSeparator()
        menu.addAction(phrase("Go to a date…\tAlt+G"), partial(chart.goto.ask, chart))
        menu.addAction(phrase("Newest candle\tEnd"), lambda: chart.view.snap_to_last())
        menu.addAction(phrase("Fit prices\tAlt+R"), chart.view.fit_values)
        return menu

    def open(self, event: QContextMenuEvent) -> None:
        """Show the menu where it was asked for; the menu key asks at the crosshair."""
        view = self._chart.view
        at = view.readout.cursor
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard and at is not None
        self.menu().popup(view.surface.mapToGlobal(at) if by_key else event.globalPos())

    def copy_candles(self) -> None:
        """Put the candles in view on the clipboard; a million of them are written in a thread."""
        data, span = self._chart.view.data, self._chart.view.span
        bars = data.pyramid.bars(max(data.first, math.floor(span.x0)), min(data.last, math.ceil(span.x1)) + 1)
        self._chart.desk.spawn(self._copy_table(bars))

    async def _copy_table(self, bars: Bars) -> None:
        self._copy(await asyncio.to_thread(table, bars))
        self._say(f"{len(bars):,} candles are on the clipboard.")

    def copy_picture(self) -> None:
        QApplication.clipboard().setPixmap(self._chart.view.grab())
        self._say("The picture of the chart is on the clipboard.")

    def ask_picture(self) -> None:
        """Ask where to, and save the chart as a picture."""
        series = self._chart.series
        name = "chart.png" if series is None else f"{series.market.symbol}-{series.timeframe.name}.png"
        ask_save(self._chart, "Save picture", name, f"{tr('Pictures')} (*.png)", self.save_picture)

    def save_picture(self, path: Path) -> None:
        """Write the chart as it is now to ``path``."""
        self._chart.desk.spawn(self._write_picture(self._chart.view.grab().toImage(), path))

    async def _write_picture(self, picture: QImage, path: Path) -> None:
        if await asyncio.to_thread(picture.save, str(path)):
            self._say(f"The picture is in {path}.")
        else:
            self._chart.desk.notice.emit("error", f"The picture could not be written to {path}.")

    # -- templates ------------------------------------------------------------------------------------------------

    def _template_menu(self, parent: QMenu) -> QMenu:
        menu = QMenu("Templates", parent)
        menu.addAction(tr("Save as template…"), self.ask_template)
        names = self._templates.names
        if names:
            section(menu, "Use")
            for name in names:
                menu.addAction(name, partial(self.use_template, name))
            drop = menu.addMenu(tr("Delete"))
            for name in names:
                drop.addAction(name, partial(self._templates.delete, name))
        return menu

    def ask_template(self) -> None:
        """Ask for a name, then keep the look of the chart under it."""
        ask_text(
            self._chart, "Save as template", "Name of the template:", lambda n: n.strip() and self.save_template(n)
        )

    def save_template(self, name: str) -> None:
        """Keep style, scale and indicators of the chart under ``name``."""
        try:
            kept = self._templates.save(name, self._chart.save_state())
        except (TradeBotError, OSError) as error:
            self._chart.desk.notice.emit("error", f"The template was not saved: {error}")
        else:
            self._say(f"Template '{kept}' is saved.")

    def use_template(self, name: str) -> None:
        """Give the chart the style, scale and indicators of the template ``name``."""
        try:
            self._chart.use_look(self._templates.load(name))
        except TradeBotError as error:
            self._chart.desk.notice.emit("error", str(error))

    def _copy(self, text: str) -> None:
        QApplication.clipboard().setText(text)

    def _say(self, sentence: str) -> None:
        self._chart.desk.notice.emit("info", sentence)


def table(bars: Bars) -> str:
    """``bars`` as lines with tabs between their values; times in UTC, prices and volumes in full."""
    moments = (bars.time.astype("datetime64[ms]").astype("datetime64[s]").astype(str) + "Z").tolist()
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    figures = (map(_plain, column.tolist()) for column in columns)
    return "\n".join([HEADER, *map("\t".join, zip(moments, *figures, strict=True))])


def _plain(value: float) -> str:
    return np.format_float_positional(value, trim="-")
