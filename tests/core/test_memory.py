"""Freed memory goes back to the system."""

import sys
from pathlib import Path

import pytest

from shared_modules.core.memory import _trim, give_back


def anonymous_kb() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))


@pytest.mark.skipif(not sys.platform.startswith("linux") or _trim() is None, reason="the C library cannot be asked")
def test_pages_freed_between_things_in_use_are_given_back():
    blocks = [bytearray(2_000) for _ in range(20_000)]
    in_use = blocks[::50]
    blocks.clear()
    before = anonymous_kb()
    assert give_back()
    assert anonymous_kb() < before - 20_000
    assert len(in_use) == 400


def test_where_it_cannot_be_asked_nothing_is_given_back(monkeypatch):
    monkeypatch.setattr("shared_modules.core.memory._trim", lambda: None)
    assert give_back() is False
