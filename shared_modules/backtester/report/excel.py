"""A result as a workbook that Excel and others open."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from shared_modules.backtester.breakdown import GROUPS
from shared_modules.backtester.result import BacktestResult

from . import tables

# a sheet has 1,048,576 rows; equity of more bars is thinned, which the sheet says
MOST_ROWS = 1_000_000
_PERCENT = {"return", "mae", "mfe", "share", "win_rate", "drawdown"}


def workbook(result: BacktestResult, title: str = "") -> bytes:
    """The workbook as bytes."""
    import xlsxwriter

    buffer = io.BytesIO()
    # rows go to a file as they come: a million of them would not fit in memory otherwise
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True, "nan_inf_to_errors": True, "remove_timezone": True})
    sheets = _Sheets(book)
    sheets.add("Figures", ("figure", "value", "unit"), ([t, v, u] for _, t, v, u in tables.metric_rows(result)), 30)
    sheets.add("Settings", ("setting", "value"), [("title", title), *tables.setting_rows(result)], 40)
    sheets.add("Trades", tables.TRADE_COLUMNS, tables.trade_rows(result))
    step = -(-len(result.equity) // MOST_ROWS)
    rows = (row for i, row in enumerate(tables.equity_rows(result)) if i % step == 0)
    name = "Equity" if step == 1 else f"Equity, every {step} bars"
    sheets.add(name, ("close_time", "equity", "drawdown", "equity_worst", "equity_best"), rows)
    sheets.add(
        "Months", ("year", *tables.MONTHS, "total"), tables.month_rows(result), percent=(*tables.MONTHS, "total")
    )
    for by in GROUPS:
        sheets.add(f"By {by.replace('_', ' ')}", tables.GROUP_COLUMNS, tables.group_rows(result, by))
    sheets.add("Costs", ("cost", "quote coin"), tables.cost_rows(result), 24)
    sheets.add("Honesty", ("check", "level", "finding"), ([v.check, v.level, v.text] for v in result.honesty), 24)
    sheets.add("Notes", ("note",), ([note] for note in result.notes), 120)
    sheets.add("Passport", ("of", "is"), tables.passport_rows(result), 40)
    book.close()
    return buffer.getvalue()


class _Sheets:
    def __init__(self, book: Any) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._percent = book.add_format({"num_format": "0.00%"})
        self._number = book.add_format({"num_format": "#,##0.00######"})

    def add(
        self,
        name: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        width: int = 14,
        percent: Sequence[str] = tuple(_PERCENT),
    ) -> None:
        """A sheet with a head that stays and a filter."""
        sheet = self._book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, max(width, 20))
        sheet.set_column(1, max(1, len(columns) - 1), 18)
        for n, column in enumerate(columns):
            sheet.write_string(0, n, column.replace("_", " "), self._head)
        shares = [column in percent for column in columns]
        count = 0
        for count, row in enumerate(rows, 1):
            for n, value in enumerate(row):
                self._write(sheet, count, n, value, shares[n])
        if count:
            sheet.autofilter(0, 0, count, len(columns) - 1)

    def _write(self, sheet: Any, row: int, column: int, value: Any, share: bool) -> None:
        if isinstance(value, bool) or value is None or (isinstance(value, float) and not math.isfinite(value)):
            sheet.write_string(row, column, "" if value is None else str(value))
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self._percent if share else self._number)
        elif _is_time(value):
            sheet.write_datetime(row, column, datetime.fromisoformat(value), self._time)
        else:
            # never a formula, whatever a title or a strategy is called
            sheet.write_string(row, column, str(value))


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 19 and value[4:5] == "-" and value[13:14] == ":"
