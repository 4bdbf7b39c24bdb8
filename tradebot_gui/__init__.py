"""The window: it shows and asks, and holds no trading rule."""
