"""One file a panel, on one small base class."""
