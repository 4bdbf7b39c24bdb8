"""Python's cycle collector on the window's thread alone.

The collector runs in whatever thread happens to allocate. When that is a worker and the cycle holds Qt objects, they
are destroyed in the wrong thread: a timer among them stays registered and its next tick crashes the program.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from shared_modules.core.memory import give_back

EVERY_MS = 250


class GarbageTimer(QObject):
    """Collects on this thread, as often as the collector itself would want to, until `close`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start()

    def collect_due(self) -> None:
        """Collect the oldest generation whose threshold is passed."""
        for generation in (2, 1, 0):
            threshold = gc.get_threshold()[generation]
            if threshold and gc.get_count()[generation] > threshold:
                gc.collect(generation)
                if generation == 2:  # every half minute: what was freed until then may lie in pages of its own
                    give_back()
                return

    def settle(self) -> None:
        """Take what start-up made, which lives to the end, out of all later collections: they become short."""
        gc.collect()
        gc.freeze()

    def close(self) -> None:
        """Give the collector back to Python; twice is safe."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()
