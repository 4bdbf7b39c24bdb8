"""Draws tradebot.svg into tradebot.ico beside it, in the sizes that Windows asks for."""

# Run it again after changing the drawing.

import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

HERE = Path(__file__).parent
SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)


def picture(renderer: QSvgRenderer, size: int) -> bytes:
    """The drawing as a square PNG of ``size`` pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def icon(pictures: dict[int, bytes]) -> bytes:
    """An ICO file: a header, one entry of 16 bytes a picture, then the PNGs themselves."""
    offset = 6 + 16 * len(pictures)
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for size, png in pictures.items():
        # 256 does not fit into a byte and is written as 0
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(png), offset + len(body))
        body += png
    return head + body


def main() -> None:
    renderer = QSvgRenderer(str(HERE / "tradebot.svg"))
    (HERE / "tradebot.ico").write_bytes(icon({size: picture(renderer, size) for size in SIZES}))


if __name__ == "__main__":
    main()
