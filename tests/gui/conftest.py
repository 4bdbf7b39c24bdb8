"""A desk and a window on the fake engine."""

from tests.gui.fixtures import _same_icons, desk, engine, icons, window

__all__ = ["_same_icons", "desk", "engine", "icons", "window"]
