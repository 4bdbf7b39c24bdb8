"""Measuring in passing: Shift and a drag, or Shift and two clicks; it is gone with the click after that."""

from __future__ import annotations

from collections.abc import Callable

from tradebot_gui.drawings.model import Anchor, Drawing


class PassingMeasure:
    """A measure that belongs to no board: held by the button, following the mouse, or standing until a click."""

    def __init__(self, show: Callable[[Drawing | None], None]) -> None:
        self._show = show
        self._phase = ""
        self._draft: Drawing | None = None

    @property
    def active(self) -> bool:
        return self._phase != ""

    def begin(self, anchor: Anchor, pane: str) -> None:
        """Measure from ``anchor`` in the pane of that name, as long as the button is held."""
        self._phase = "held"
        self._put(Drawing("measure", (anchor, anchor), pane=pane))

    def press(self, anchor: Anchor) -> None:
        """A click while something is measured: it ends there, or is taken away."""
        if self._phase == "following":
            self.stretch(anchor, True)
            self._phase = "standing"
        else:
            self.end()

    def stretch(self, anchor: Anchor, held: bool) -> bool:
        """Have the end follow the mouse; False where it stands already."""
        if self._draft is None or not (self._phase == "following" or (self._phase == "held" and held)):
            return False
        self._put(self._draft.with_anchor(1, anchor))
        return True

    def release(self, far: bool) -> None:
        """The button is up; after a mere click the end follows the mouse until the next one."""
        if self._phase == "held":
            self._phase = "standing" if far else "following"

    def end(self) -> None:
        self._phase = ""
        self._put(None)

    def _put(self, draft: Drawing | None) -> None:
        self._draft = draft
        self._show(draft)
