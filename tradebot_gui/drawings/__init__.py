"""Drawings on charts: anchored in time and price, kept per symbol."""

from .board import Board
from .model import Anchor, Drawing, Stroke
from .shelf import Shelf
from .storage import DrawingStore

__all__ = ["Anchor", "Board", "Drawing", "DrawingStore", "Shelf", "Stroke"]
