"""What streamer mode hides from who watches the screen."""

from __future__ import annotations

from PySide6.QtCore import QObject


class Veiled:
    """A widget or model that shows something private; another base of a class of Qt's."""

    def set_veiled(self, on: bool) -> None:
        """Put dots in place of what is private, or show it again."""
        raise NotImplementedError


def veil(whole: QObject, on: bool) -> None:
    """Hide all that is private within ``whole``, or show it again."""
    for part in whole.findChildren(Veiled):  # type: ignore[type-var]
        part.set_veiled(on)  # type: ignore[attr-defined]
