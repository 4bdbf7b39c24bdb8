"""Watching the market for a person: alerts on prices and indicators."""

from .alert import Alert, Crossing, Line, crossed
from .book import AlertBook, Fired
from .watch import AlertWatch

__all__ = ["Alert", "AlertBook", "AlertWatch", "Crossing", "Fired", "Line", "crossed"]
