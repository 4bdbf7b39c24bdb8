"""The kernel is compiled before the first test: compiling is too much for the time that one test has."""

import pytest

from .scripts import Script, play


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    if not config.option.collectonly:
        play(Script([(100.0, 101.0, 99.0, 100.0)] * 3, {0: "L"}))
