"""Qt's own words (the buttons of its dialogs, menus of its text boxes) in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QTranslator

from .language import tr


class QtWords(QTranslator):
    """Looks Qt's texts up in the same catalogue as all others."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        plain = source.replace("&", "")
        said = tr(plain)
        # an underlined letter of the English word may not be in the other
        return said if said != plain else source


def install(app: QCoreApplication) -> None:
    """Have ``app`` say Qt's words in the chosen language too."""
    words = QtWords(app)
    app.installTranslator(words)
