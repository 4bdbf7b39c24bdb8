"""The style sheet and palette of a theme, put on the whole application."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from string import Template

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from shared_modules.core.paths import resources

from .theme import Theme


def apply(app: QApplication, theme: Theme, icon_cache: Path) -> None:
    """Give ``app`` the colours of ``theme``, at once in every widget there is.

    ``icon_cache``: a folder that takes the icons in the theme's colours, since a style sheet only knows files.
    """
    wanted = text(theme, icon_cache)
    _tell_system(app, theme)
    # Qt looks at every widget there is, even if nothing changes
    if app.styleSheet() != wanted:
        # one sheet after another is told to each widget once for every widget around it, and a palette under a sheet
        # likewise: without the old sheet in between this takes six times as long
        app.setStyleSheet("")
        app.setPalette(palette(theme))
        app.setStyleSheet(wanted)


def replace(app: QApplication, theme: Theme, wanted: str) -> None:
    """Give ``app`` the sheet ``wanted`` and the palette of ``theme`` without telling its widgets.

    Each of them is to be polished by ``app.style()`` afterwards, and keeps its place: themes differ in colours alone.
    """
    # the style forgets all widgets it knows, and so has none to go through when the sheet changes
    app.style().unpolish(app)
    _tell_system(app, theme)
    app.setPalette(palette(theme))
    app.setStyleSheet(wanted)


def _tell_system(app: QApplication, theme: Theme) -> None:
    """Have frames and dialogs of the system dark or light too."""
    app.styleHints().setColorScheme(Qt.ColorScheme.Dark if theme.is_dark else Qt.ColorScheme.Light)


def text(theme: Theme, icon_cache: Path) -> str:
    """The style sheet of ``theme``, whose icons lie in ``icon_cache`` afterwards."""
    return style_sheet(theme, recoloured(theme, icon_cache))


def style_sheet(theme: Theme, icons: Path) -> str:
    """The style sheet with the colours of ``theme``; an unknown name in the template raises KeyError."""
    template = (resources() / "theme" / "window.qss").read_text(encoding="utf-8")
    return Template(template).substitute(theme.names(), icons=icons.as_posix())


def recoloured(theme: Theme, folder: Path) -> Path:
    """A folder with every icon in the colours of ``theme``."""
    target = folder / theme.name
    target.mkdir(parents=True, exist_ok=True)
    for source in (resources() / "icons").glob("*.svg"):
        text = _coloured(source.read_text(encoding="utf-8"), theme, source.stem)
        copy = target / source.name
        if not copy.exists() or copy.read_text(encoding="utf-8") != text:
            copy.write_text(text, encoding="utf-8")
    return target


def palette(theme: Theme) -> QPalette:
    """What the style sheet does not reach still follows the theme."""
    roles = QPalette.ColorRole
    colours = {
        roles.Window: theme.surface,
        roles.WindowText: theme.text,
        roles.Base: theme.panel,
        roles.AlternateBase: theme.raised,
        roles.Text: theme.text,
        roles.PlaceholderText: theme.muted,
        roles.Button: theme.raised,
        roles.ButtonText: theme.text,
        roles.ToolTipBase: theme.raised,
        roles.ToolTipText: theme.text,
        roles.Highlight: theme.selection,
        roles.HighlightedText: theme.text,
        roles.Link: theme.accent,
        roles.LinkVisited: theme.accent,
        roles.Mid: theme.border,
        roles.Dark: theme.border,
        roles.Light: theme.raised,
    }
    result = QPalette()
    for role, colour in colours.items():
        result.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    return result


@lru_cache(maxsize=128)
def icon(name: str, theme: Theme, colour: str = "text") -> QIcon:
    """The icon called ``name`` in a colour of ``theme``."""
    from PySide6.QtSvg import QSvgRenderer

    text = (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    result = QIcon()
    for role, mode in ((colour, QIcon.Mode.Normal), ("border", QIcon.Mode.Disabled)):
        drawn = text.replace("currentColor", getattr(theme, role))
        renderer = QSvgRenderer(QByteArray(drawn.encode()))
        for size in (16, 24, 32, 48):
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter)
            painter.end()
            result.addPixmap(pixmap, mode)
    return result


def _coloured(text: str, theme: Theme, name: str) -> str:
    return text.replace("currentColor", theme.on_accent if name == "check" else theme.muted)
