"""The user's own keys: kept by the action's id, checked for conflicts, printed on one sheet."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QPageSize, QPdfWriter, QTextDocument

from shared_modules.core.paths import set_aside, write_whole

# keys that tables and text boxes need for themselves
RESERVED = (
    "Esc", "Return", "Enter", "Tab", "Shift+Tab", "Space", "Backspace", "Del", "Up", "Down", "Left", "Right", "Home",
    "End", "PgUp", "PgDown", "Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X",
)  # fmt: skip
# keys of the chart that has the keyboard, and what they do
CHART = {
    "Alt+T": "Trend line", "Alt+H": "Horizontal line at the cursor", "Alt+V": "Vertical line at the cursor",
    "Alt+R": "Fit prices to what is in view", "Alt+L": "Logarithmic scale", "Alt+P": "Per cent scale",
    "Ctrl+Z": "Undo the last change of a drawing", "Ctrl+Y": "Redo what was undone",
    "Ctrl+Shift+Z": "Redo what was undone",
}  # fmt: skip
# those of which others have the same meaning everywhere, or none
_CHART_TOO = {
    "A to Z": "Search a symbol", "0 to 9": "Choose a timeframe", "Left, Right": "Move; with Ctrl faster",
    "Up, Down": "Scale the prices", "PgUp, PgDown": "Move by what is in view", "Home": "Oldest candle",
    "End": "Newest candle", "+, -": "Zoom", "Del": "Remove the chosen drawing", "Esc": "Put a tool away",
    "Space": "Play or pause a replay", "Shift+Left, Shift+Right": "One candle back or on in a replay",
    "Shift and arrows": "Move the crosshair; with Ctrl faster", "Enter": "Click at the crosshair: place, take, let go",
    "Shift+Enter": "Double-click at the crosshair: open a drawing, show a pane alone",
}  # fmt: skip


def load(path: Path, known: Iterable[str]) -> tuple[dict[str, str], str]:
    """Changed keys by action id, and a sentence when the file could not be used; unknown actions are left out."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise ValueError("it holds no list of keys")
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"Your keyboard shortcuts in {path.name} could not be read ({error}); the usual ones hold."
    except ValueError as error:
        with suppress(OSError):
            path = set_aside(path)
        return {}, f"Your keyboard shortcuts could not be read ({error}); they lie in {path.name}, the usual ones hold."
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
    if needed := _needed(sequence):
        return needed
    for other in actions:
        if other.objectName() != action and sequence in other.shortcuts():
            return f"{sequence.toString()} belongs to '{plain(other)}'; give that another key first."
    return ""


def settled(changed: Mapping[str, str], usual: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """``changed`` without keys that cannot be, and the ids of the actions that lost them.

    ``usual`` are the keys of all actions by id. Of two that share keys none would work: the first has them.
    """
    taken = {QKeySequence(keys).toString() for name, keys in usual.items() if name not in changed and keys}
    kept: dict[str, str] = {}
    refused: list[str] = []
    for name, wanted in changed.items():
        for keys in (wanted, usual[name], ""):
            sequence = QKeySequence(keys)
            if sequence.isEmpty() or not (_needed(sequence) or sequence.toString() in taken):
                break
        if keys != wanted:
            refused.append(name)
        kept[name] = keys
        taken.add(sequence.toString())
    return kept, refused


def _needed(sequence: QKeySequence) -> str:
    """Why no command can have ``sequence``, in a sentence; empty when one can."""
    keys = sequence.toString()
    if keys in CHART:
        return f"{keys} belongs to charts: {CHART[keys]}."
    first = sequence[0]
    plain_key = not first.keyboardModifiers() & ~(
        Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    )
    if keys in RESERVED or (plain_key and first.key() < Qt.Key.Key_Escape):
        return f"{keys} is needed in tables, charts and text boxes; take it with Ctrl or Alt."
    return ""


def plain(action: QAction) -> str:
    """The action's menu and title as one line."""
    return str(action.property("place") or "") + action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


def sheet(actions: Sequence[QAction]) -> str:
    """All keys as an HTML page to print."""
    rows = [
        f"<tr><td><b>{html.escape(a.shortcut().toString())}</b></td><td>{html.escape(plain(a))}</td>"
        f"<td>{html.escape(str(a.property('tip') or ''))}</td></tr>"
        for a in actions
        if not a.shortcut().isEmpty()
    ]
    chart = [
        f"<tr><td><b>{html.escape(keys)}</b></td><td>{html.escape(what)}</td></tr>"
        for keys, what in {**CHART, **_CHART_TOO}.items()
    ]
    table = "<table cellspacing='0' cellpadding='4' border='1'>"
    return (
        "<html><head><meta charset='utf-8'><title>TradeBot Terminal: keys</title></head><body>"
        f"<h2>TradeBot Terminal: keyboard shortcuts</h2>{table}"
        f"<tr><th>Keys</th><th>Command</th><th>What it does</th></tr>{''.join(rows)}</table>"
        f"<h2>On the chart that has the keyboard</h2>{table}"
        f"<tr><th>Keys</th><th>What they do</th></tr>{''.join(chart)}</table></body></html>"
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
