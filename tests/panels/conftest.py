"""A desk on the fake engine."""

from tests.gui.fixtures import desk, engine, window

__all__ = ["desk", "engine", "window"]
