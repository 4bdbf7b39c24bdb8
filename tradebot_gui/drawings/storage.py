"""Drawings on disk: one JSON file for each symbol under the data folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import replace as replaced
from itertools import count
from pathlib import Path
from typing import Any

from shared_modules.core.errors import DataFormatError
from shared_modules.core.market import Market
from shared_modules.core.paths import patiently, replace, safe_name, write_whole

from .kinds import sound
from .model import Drawing

VERSION = 1


@dataclass(frozen=True, slots=True)
class Page:
    """The drawings of one symbol; ``notice`` is a sentence for a person when something was amiss.

    What could not be read for the moment is not ``readable`` and must not be written over.
    """

    items: tuple[Drawing, ...] = ()
    hidden: bool = False
    locked: bool = False
    notice: str = ""
    readable: bool = True


class DrawingStore:
    """Reads and writes the pages in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, market: Market) -> Path:
        return self.folder / safe_name(market.exchange) / market.category.value / f"{safe_name(market.symbol)}.json"

    def load(self, market: Market) -> Page:
        """The page of ``market``; a file that cannot be read is put aside, so that nothing is written over it."""
        path = self.path(market)
        try:
            raw = patiently(path.read_bytes)
        except FileNotFoundError:
            return Page()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            sentence = f"The drawings of {market.symbol} could not be read ({reason}); new ones will not be kept."
            return Page(notice=sentence, readable=False)
        try:
            page, lost = _page(json.loads(raw))
        except (DataFormatError, ValueError, RecursionError):
            aside = _put_aside(path)
            where = f" and was put aside as {aside.name}" if aside else ""
            return Page(notice=f"The file with the drawings of {market.symbol} is damaged{where}; the chart is empty.")

        if not lost:
            return page
        aside = _free_name(path)
        with suppress(OSError):  # saving would lose them for good
            write_whole(aside, raw)
        words = "One drawing" if lost == 1 else f"{lost} drawings"
        sentence = f"{words} of {market.symbol} could not be read; the file as it was is kept as {aside.name}."
        return replaced(page, notice=sentence)

    def save(self, market: Market, items: Iterable[Drawing], hidden: bool, locked: bool) -> None:
        """Write the page of ``market``, wholly or not at all; raises `OSError`."""
        page = {"version": VERSION, "hidden": hidden, "locked": locked, "drawings": [d.saved() for d in items]}
        write_whole(self.path(market), json.dumps(page, indent=1, ensure_ascii=False).encode())


def _page(read: Any) -> tuple[Page, int]:
    """The page in ``read``, and how many drawings in it are not to be understood."""
    if not isinstance(read, dict) or not isinstance(read.get("drawings"), list):
        raise DataFormatError("a page of drawings has a list of them")
    items: list[Drawing] = []
    for entry in read["drawings"]:
        with suppress(DataFormatError):
            drawing = Drawing.restored(entry)
            if sound(drawing) and all(drawing.id != other.id for other in items):
                items.append(drawing)
    page = Page(tuple(items), read.get("hidden") is True, read.get("locked") is True)
    return page, len(read["drawings"]) - len(items)


def _put_aside(path: Path) -> Path | None:
    aside = _free_name(path)
    with suppress(OSError):
        replace(path, aside)
        return aside
    return None


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.stem}.damaged-{number}.json") for number in count(1))
    return next(name for name in names if not name.exists())
