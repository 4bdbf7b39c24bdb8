"""Asking for a file without holding up the window's loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from tradebot_gui.language import phrase, tr


def ask_save(parent: QWidget, title: str, name: str, kinds: str, chosen: Callable[[Path], object]) -> QFileDialog:
    """Ask where to write; ``chosen`` gets the path when a person has decided."""
    dialog = _dialog(parent, title, kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda path: chosen(Path(path)) if path else None)
    dialog.open()
    return dialog


def ask_open(parent: QWidget, title: str, kinds: str, chosen: Callable[[Sequence[Path]], object]) -> QFileDialog:
    """Ask which files to read; ``chosen`` gets them."""
    dialog = _dialog(parent, title, kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda paths: chosen([Path(path) for path in paths]) if paths else None)
    dialog.open()
    return dialog


def ask_folder(parent: QWidget, title: str, present: str, chosen: Callable[[Path], object]) -> QFileDialog:
    """Ask for a folder, beginning at ``present``; ``chosen`` gets it."""
    dialog = _dialog(parent, title, "")
    dialog.setDirectory(present)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda path: chosen(Path(path)) if path else None)
    dialog.open()
    return dialog


def in_words(kinds: str) -> str:
    """Name filters such as 'Page (*.html);;All files (*)' in the language of the window."""
    return ";;".join(tr(name) + gap + ends for name, gap, ends in (kind.partition(" (") for kind in kinds.split(";;")))


def _dialog(parent: QWidget, title: str, kinds: str) -> QFileDialog:
    dialog = QFileDialog(parent, phrase(title))
    if kinds:
        dialog.setNameFilter(in_words(kinds))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog
