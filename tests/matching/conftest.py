"""The kernel is compiled before a property asks for it: compiling is too much for hypothesis' limits."""

import pytest

from .scripts import Script, play


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    play(Script([(100.0, 101.0, 99.0, 100.0)] * 3, {0: "L"}))
