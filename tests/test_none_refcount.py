"""The pinned PySide6 must not lose references to None when Qt calls into Python.

Some releases drop one reference at each call of an overridden method that returns None. Before Python 3.12 None is
counted like any object: after some thousands of paints it is freed and the process aborts.
"""

import json
import subprocess
import sys

import pytest

PROBE = """
import json, os, sys
if sys.platform.startswith("linux"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsObject, QGraphicsScene, QGraphicsView, QWidget

app = QApplication([])
calls = 0

def count():
    global calls
    calls += 1

class Widget(QWidget):
    def paintEvent(self, event):
        count()
        painter = QPainter(self)
        painter.setPen(QPen())
        painter.drawLine(0, 0, 5, 5)
        painter.end()

class Item(QGraphicsObject):
    def boundingRect(self):
        return QRectF(0, 0, 50, 50)

    def paint(self, painter, option, widget):
        count()
        painter.setPen(Qt.PenStyle.NoPen)

class Receiver(QObject):
    told = Signal(object)

    def customEvent(self, event):
        count()

    def listen(self, value):
        count()

widget, view, scene, item, receiver = Widget(), QGraphicsView(), QGraphicsScene(), Item(), Receiver()
scene.addItem(item)
view.setScene(scene)
receiver.told.connect(receiver.listen)
for shown in (widget, view):
    shown.show()
app.processEvents()
kind = QEvent.Type(QEvent.registerEventType())
ways = {
    "widget paint": widget.repaint,
    "item paint": view.viewport().repaint,
    "event": lambda: app.sendEvent(receiver, QEvent(kind)),
    "slot": lambda: receiver.told.emit(1),
}
result = {}
for name, way in ways.items():
    way()
    calls, before = 0, sys.getrefcount(None)
    for _ in range(300):
        way()
    result[name] = (calls, sys.getrefcount(None) - before)
print(json.dumps(result))
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_overrides_called_by_qt_keep_the_references_to_none() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    result: dict[str, tuple[int, int]] = json.loads(done.stdout.splitlines()[-1])
    assert set(result) == {"widget paint", "item paint", "event", "slot"}
    for way, (calls, change) in result.items():
        assert calls >= 300, f"{way} was only called {calls} times"
        # a leak of one per call would be 300; a few references come and go with caches
        assert abs(change) < 30, f"{way}: {change} references to None after {calls} calls"
