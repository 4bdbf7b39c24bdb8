"""A desk on the fake engine."""

from tests.gui.fixtures import desk, engine

__all__ = ["desk", "engine"]
