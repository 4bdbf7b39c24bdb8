"""Long work on the window's own parts, a step a turn of the loop."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer


def in_turns(owner: QObject, steps: Iterator[None]) -> None:
    """Take the next of ``steps`` now and each further one in a turn of its own, until they or ``owner`` end.

    All in one turn would keep the window from answering. What runs through ``steps`` meanwhile takes the rest.
    """
    if next(steps, owner) is not owner:
        QTimer.singleShot(0, owner, lambda: in_turns(owner, steps))
