"""One command line over the engine: everything the window runs can run without a screen."""
