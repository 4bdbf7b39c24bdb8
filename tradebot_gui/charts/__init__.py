"""The chart: plot, candles, overlays, markers, crosshair and axes, painted only as far as they are in view."""
