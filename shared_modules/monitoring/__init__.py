"""Watching the market for a person: alerts on prices and indicators."""

from .alert import Alert, Crossing, DrawnLine, Line, crossed
from .book import AlertBook, Fired
from .watch import AlertWatch

__all__ = ["Alert", "AlertBook", "AlertWatch", "Crossing", "DrawnLine", "Fired", "Line", "crossed"]
