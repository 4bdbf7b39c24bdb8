"""A desk on the fake engine."""

from tests.gui.fixtures import desk, engine, window
from tests.gui.unblocked import turns

__all__ = ["desk", "engine", "turns", "window"]
