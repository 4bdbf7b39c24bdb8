"""A walk through every panel, tab and dialog of the terminal on the demo market: what it looks like, what was late.

    python benchmarks/walk.py --out FOLDER [--only dark-150,light-1366] [--list]
    python benchmarks/walk.py --blocks [--only dark-100] [--steps TEXT] [--events]

Each look (theme, zoom, size of the screen, language) is a terminal of its own with a fresh data folder, under Xvfb
where there is no screen. FOLDER takes a folder of pictures a look and sheets with all of them. With ``--blocks`` no
picture is taken; everything that can be opened, clicked and switched is gone through instead (`walk_turns.py`), and
every turn of the loop that computed for over 10 ms is told with the places where it was.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

# the height of a name on a sheet, pixels
TITLE = 18
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))


@dataclass(frozen=True)
class Look:
    """How the terminal is opened: ``screen`` in pixels, ``zoom`` in percent, ``settings`` by their dotted names."""

    screen: tuple[int, int] = (1920, 1080)
    zoom: int = 100
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def window(self) -> str:
        """The window that fills the screen, in the larger units of the zoom."""
        return "x".join(str(side * 100 // self.zoom) for side in self.screen)


LIGHT = ("appearance.theme", "light")
BLUE = ("appearance.rising", "blue")
LOOKS = {
    "dark-100": Look(),
    "dark-125": Look(zoom=125),
    "dark-150": Look(zoom=150),
    "dark-200": Look(zoom=200),
    "light-100": Look(settings=(LIGHT,)),
    "light-150": Look(zoom=150, settings=(LIGHT,)),
    "blue-dark": Look(settings=(BLUE,)),
    "blue-light": Look(settings=(LIGHT, BLUE)),
    "dark-1366": Look((1366, 768)),
    "light-1366": Look((1366, 768), settings=(LIGHT,)),
    "dark-2160": Look((3840, 2160), 200),
    "light-2160": Look((3840, 2160), settings=(LIGHT,)),
    "german-1366": Look((1366, 768), settings=(("appearance.language", "de"),)),
    "streamer": Look(settings=(("appearance.streamer", "true"),)),
}


def walked(name: str, look: Look, out: Path, blocks: int) -> None:
    """Walk through one look in processes of its own."""
    from window_soak import screen

    with (
        tempfile.TemporaryDirectory(prefix="walk-", ignore_cleanup_errors=True) as folder,
        screen("x".join(map(str, look.screen))) as environment,
    ):
        for path, value in look.settings:
            environment["TRADEBOT_" + path.upper().replace(".", "__")] = value
        environment["QT_SCALE_FACTOR"] = f"{look.zoom / 100:g}"
        child = [sys.executable, str(HERE / "walk_child.py"), folder, look.window, str(out / name), str(blocks)]
        subprocess.run(child, cwd=HERE.parent, env=environment, check=True)


def sheets(folder: Path, target: Path, size: tuple[int, int] = (1900, 1500)) -> None:
    """Pages with all pictures of ``folder`` at their own size, shelf by shelf, each with its name."""
    from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QGuiApplication.instance() or QGuiApplication([])
    assert app is not None
    tiles = {file.stem: QImage(str(file)) for file in folder.glob("*.png") if not file.stem.startswith("window")}
    for image in tiles.values():
        image.setDevicePixelRatio(1.0)
    for n, placed in enumerate(pages({name: (i.width(), i.height() + TITLE) for name, i in tiles.items()}, size), 1):
        page = QImage(*size, QImage.Format.Format_RGB32)
        page.fill(QColor("#505050"))
        painter = QPainter(page)
        painter.setPen(QColor("white"))
        for name, left, top in placed:
            painter.drawText(left, top + TITLE - 4, name)
            painter.drawImage(left, top + TITLE, tiles[name])
        painter.end()
        page.save(str(target.with_name(f"{target.name}-{n}.png")))


def pages(tiles: dict[str, tuple[int, int]], size: tuple[int, int]) -> list[list[tuple[str, int, int]]]:
    """Where each tile, (width, height) by name, lies on which page; low ones first, so that shelves are full."""
    found: list[list[tuple[str, int, int]]] = [[]]
    left = top = shelf = 0
    for name, (wide, high) in sorted(tiles.items(), key=lambda one: (one[1][1], one[0])):
        if left and left + wide > size[0]:
            left, top, shelf = 0, top + shelf, 0
        if top and top + high > size[1]:
            found.append([])
            left = top = shelf = 0
        found[-1].append((name, left, top))
        left, shelf = left + wide + 8, max(shelf, high + 4)
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--out", type=Path, default=None, help="folder of the pictures")
    options.add_argument("--only", default="", help="looks, separated by commas")
    options.add_argument("--list", action="store_true", help="name the looks and end")
    options.add_argument("--blocks", action="store_true", help="tell slow turns instead of taking pictures")
    options.add_argument("--steps", default="", help="with --blocks: only steps with this in their name")
    options.add_argument("--events", action="store_true", help="with --blocks: tell Qt's events instead of calls")
    chosen = options.parse_args()
    if chosen.list:
        print("\n".join(LOOKS))
        return
    if chosen.out is None and not chosen.blocks:
        options.error("--out is missing: where the pictures shall be")
    os.environ["WALK_ONLY"] = chosen.steps
    blocks = chosen.blocks + (chosen.blocks and chosen.events)
    out = chosen.out or Path()
    for name in chosen.only.split(",") if chosen.only else LOOKS:
        walked(name, LOOKS[name], out, blocks)
        if not blocks:
            sheets(out / name, out / name)
            print(out / name, flush=True)


if __name__ == "__main__":
    main()
