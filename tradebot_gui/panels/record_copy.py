"""A table's rows as text, for the clipboard and for files: full values, whatever the cells have room for."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_modules.core.errors import StoreError
from shared_modules.core.paths import safe_name, write_whole
from tradebot_gui.dialogs.files import ask_save
from tradebot_gui.texts import VEIL
from tradebot_gui.view_models.table import Column

if TYPE_CHECKING:
    from tradebot_gui.desk import Desk

    from .record_view import RecordView

# more rows than this are written beside the loop
MANY = 500


@dataclass(frozen=True)
class Extract:
    """Rows as they stood at one moment, with the columns that were shown, from left to right."""

    columns: tuple[Column[Any], ...]
    records: Sequence[Any]
    veiled: bool

    def titles(self) -> list[str]:
        """The columns' names, in English as all exported tables have them."""
        return [column.title for column in self.columns]

    def lines(self) -> Iterator[list[str]]:
        """The values of row after row; what streamer mode hides stays hidden."""
        for record in self.records:
            yield [VEIL if self.veiled and c.hides(record) else raw(c, record) for c in self.columns]

    def tsv(self) -> str:
        """Lines of values with tabs between them, under their titles."""
        rows = (self.titles(), *self.lines())
        return "\n".join("\t".join(" ".join(value.split()) for value in row) for row in rows)

    def csv(self) -> str:
        """As `tsv`, with commas."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.titles())
        writer.writerows(self.lines())
        return text.getvalue()


def raw(column: Column[Any], record: Any) -> str:
    """The value with all its digits, times as ISO 8601 in UTC, nothing for what is unknown."""
    value = column.value(record) if column.copied is None else column.copied(record)
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return ""
    if column.moment:
        return datetime.fromtimestamp(value / 1000, UTC).isoformat().replace("+00:00", "Z") if value else ""
    # the shortest digits that mean the same number, without an exponent
    return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)


def extract(view: RecordView, everything: bool = False) -> Extract:
    """The selected rows of ``view``; all of them when none is, or when ``everything`` is wanted."""
    header, rows = view.horizontalHeader(), view.rows
    order = sorted((n for n in range(header.count()) if not header.isSectionHidden(n)), key=header.visualIndex)
    chosen = [] if everything else sorted({index.row() for index in view.selectionModel().selectedRows()})
    records = [rows.record_at(place) for place in chosen] if chosen else list(rows.shown())
    return Extract(tuple(view.table.columns[n] for n in order), records, view.table.veiled)


def ask_export(view: RecordView) -> None:
    """Ask where to, then write all rows of ``view`` as CSV there."""
    name = safe_name(view.accessibleName().lower().replace(" ", "-") or "table") + ".csv"
    ask_save(view, "Export the table", name, "CSV file (*.csv)", lambda path: export(view, path))


def export(view: RecordView, path: Path) -> None:
    """Write all rows of ``view`` as CSV to ``path``."""
    desk = desk_of(view)
    if desk is not None:
        desk.spawn(_export(extract(view, everything=True), path, desk))


async def _export(found: Extract, path: Path, desk: Desk) -> None:
    try:
        await asyncio.to_thread(lambda: write_whole(path, found.csv().encode()))
    except OSError as error:
        raise StoreError(
            f"the table was not written to {path} ({error.strerror or error}); choose another place"
        ) from error
    desk.notice.emit("info", f"{len(found.records)} rows written to {path}.")


def desk_of(view: RecordView) -> Desk | None:
    """The desk that ``view`` stands on, through the panel or the window around it."""
    around = view.parent()
    while around is not None and getattr(around, "desk", None) is None:
        around = around.parent()
    return None if around is None else around.desk  # type: ignore[attr-defined]
