"""The live chart: candles of any length of history, indicators, trades."""

from .marker_sets import TradeMarker
from .overlays import OverlaySpec
from .prices import Style
from .scale import Scale
from .view import ChartView

__all__ = ["ChartView", "OverlaySpec", "Scale", "Style", "TradeMarker", "prepare_pyqtgraph"]


def prepare_pyqtgraph() -> None:
    """Set pyqtgraph's options for the whole window; call it once, before the first plot."""
    import pyqtgraph

    pyqtgraph.setConfigOptions(antialias=False, useOpenGL=False, imageAxisOrder="row-major")
