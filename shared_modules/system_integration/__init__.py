"""The engine as one thing: builds and owns every room below, starts them in order and closes them in reverse."""
