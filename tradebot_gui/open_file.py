"""Handing a file to the person's own program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def edit_file(path: Path) -> None:
    """Open the text file ``path`` in an editor."""
    if sys.platform == "win32":
        # to open a Python file means to run it there; to edit it is another verb
        try:
            os.startfile(path, "edit")
        except OSError:
            subprocess.Popen(["notepad.exe", str(path)])
        return
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def open_folder(path: Path) -> None:
    """Show the folder ``path``, which is made if it is missing, in the file manager."""
    path.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
