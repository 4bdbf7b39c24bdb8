"""A desk on the fake engine."""

from tests.gui.fixtures import _same_icons, desk, engine, icons, window
from tests.gui.unblocked import turns

__all__ = ["_same_icons", "desk", "engine", "icons", "turns", "window"]
