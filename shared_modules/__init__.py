"""The engine: it collects, tests and trades, and knows no screen."""

__version__ = "0.1.0"
