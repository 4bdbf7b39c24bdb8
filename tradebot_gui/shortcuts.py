"""The user's own keys: kept by the action's id, checked for conflicts, printed on one sheet."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QKeySequence, QPageSize, QPdfWriter, QTextDocument

from shared_modules.core.paths import write_whole

# keys that the chart, tables and text boxes need for themselves
RESERVED = ("Esc", "Return", "Enter", "Tab", "Shift+Tab", "Space", "Backspace", "Up", "Down", "Left", "Right")


def load(path: Path, known: Iterable[str]) -> tuple[dict[str, str], str]:
    """Changed keys by action id, and a sentence when the file could not be used; unknown actions are left out."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError) as error:
        return {}, f"Your keyboard shortcuts in {path.name} could not be read ({error}); the usual ones hold."
    if not isinstance(data, dict):
        return {}, f"Your keyboard shortcuts in {path.name} are damaged; the usual ones hold."
    ids = set(known)
    return {name: keys for name, keys in data.items() if name in ids and isinstance(keys, str)}, ""


def save(changed: Mapping[str, str], path: Path) -> None:
    """Write the keys that differ from the usual ones; raises OSError."""
    write_whole(path, json.dumps(dict(sorted(changed.items())), indent=1).encode())


def conflict(keys: str, action: str, actions: Sequence[QAction]) -> str:
    """Why ``keys`` can't belong to the action with id ``action``, in a sentence; empty when they can."""
    sequence = QKeySequence(keys)
    if sequence.isEmpty():
        return ""
    if sequence.toString() in RESERVED:
        return f"{sequence.toString()} is needed in tables, charts and text boxes; take it with Ctrl or Alt."
    for other in actions:
        if other.objectName() != action and other.shortcut() == sequence:
            return f"{sequence.toString()} belongs to '{plain(other)}'; give that another key first."
    return ""


def plain(action: QAction) -> str:
    """The action's menu and title as one line."""
    return str(action.property("place") or "") + action.text().replace("&", "")


def sheet(actions: Sequence[QAction]) -> str:
    """All keys as an HTML page to print."""
    rows = [
        f"<tr><td><b>{html.escape(a.shortcut().toString())}</b></td><td>{html.escape(plain(a))}</td>"
        f"<td>{html.escape(str(a.property('tip') or ''))}</td></tr>"
        for a in actions
        if not a.shortcut().isEmpty()
    ]
    return (
        "<html><head><meta charset='utf-8'><title>TradeBot Terminal: keys</title></head><body>"
        "<h2>TradeBot Terminal: keyboard shortcuts</h2><table cellspacing='0' cellpadding='4' border='1'>"
        "<tr><th>Keys</th><th>Command</th><th>What it does</th></tr>" + "".join(rows) + "</table></body></html>"
    )


def write_sheet(actions: Sequence[QAction], path: Path) -> None:
    """Write the sheet as a PDF, or as HTML when ``path`` ends so; raises OSError."""
    if path.suffix.lower() in (".html", ".htm"):
        write_whole(path, sheet(actions).encode())
        return
    document = QTextDocument()
    document.setHtml(sheet(actions))
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    document.print_(writer)
    if not path.exists():
        raise OSError(0, "the file could not be written", str(path))
