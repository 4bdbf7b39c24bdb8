"""The places of the panels, kept between two starts."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication

from shared_modules.core import paths
from shared_modules.core.errors import InvalidInput

VERSION = 1
# of a window's title at least this much must lie on a screen, or nobody can take hold of it
GRIP = 120
# no screen is larger, and Qt's numbers are not
MOST_PIXELS = 1_000_000


@dataclass(frozen=True)
class Layout:
    """Where the window and its docks are, and what the panels want to find again."""

    geometry: tuple[int, int, int, int] | None = None
    maximised: bool = True
    docks: bytes = b""
    panels: dict[str, dict[str, Any]] = field(default_factory=dict)
    # the named workspace that this was made from, "" for none
    workspace: str = ""


def save(layout: Layout, path: Path) -> None:
    """Write ``layout``; a crash leaves the old file whole. Raises OSError."""
    data = {
        "version": VERSION,
        "geometry": layout.geometry,
        "maximised": layout.maximised,
        "docks": base64.b64encode(layout.docks).decode("ascii"),
        "panels": layout.panels,
        "workspace": layout.workspace,
    }
    paths.write_whole(path, json.dumps(data, indent=1).encode())


def load(path: Path) -> tuple[Layout | None, str]:
    """The layout at ``path`` (None: there is none that can be used) and a sentence if something was wrong with it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return _parse(data), ""
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        return None, set_aside(path, str(error))


def read(path: Path) -> Layout:
    """The layout in a file of the user's, which stays where it is; raises `InvalidInput` with the reason."""
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise InvalidInput(f"{path.name} is not a workspace of this program: {error}") from None


def set_aside(path: Path, reason: str) -> str:
    """Keep an unusable layout under another name, beside those of before; the sentence says where."""
    try:
        aside = paths.set_aside(path)
    except OSError:
        return f"The saved layout could not be used ({reason})."
    return f"The saved layout could not be used ({reason}); it was kept as {aside.name}."


def on_screen(geometry: QRect) -> bool:
    """Whether a window at ``geometry`` could be grasped on a screen of now."""
    title = QRect(geometry.x(), geometry.y(), geometry.width(), 30)
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry().intersected(title)
        if seen.width() >= min(GRIP, geometry.width()) and seen.height() > 10:
            return True
    return False


def _is_place(place: Any) -> bool:
    """Whether ``place`` is x, y, width and height in pixels that a window can have."""
    whole = isinstance(place, list) and len(place) == 4 and all(type(n) is int and abs(n) <= MOST_PIXELS for n in place)
    return whole and min(place[2:]) > 0


def _parse(data: dict[str, Any]) -> Layout:
    if data["version"] != VERSION:
        raise ValueError(f"it is of version {data['version']}, this program writes {VERSION}")
    place = data["geometry"]
    if place is not None and not _is_place(place):
        raise ValueError("its window has no proper place")
    panels = data["panels"]
    if not all(isinstance(state, dict) for state in panels.values()):
        raise ValueError("the panels in it are damaged")
    return Layout(
        None if place is None else (place[0], place[1], place[2], place[3]),
        bool(data["maximised"]),
        base64.b64decode(data["docks"], validate=True),
        panels,
        str(data.get("workspace", "")),
    )
