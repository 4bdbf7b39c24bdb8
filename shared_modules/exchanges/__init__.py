"""Venues behind one port: what the engine asks of any exchange, and the adapters that answer."""
