"""What lies compiled on disk is taken from there without waking the compiler; what does not is compiled."""

import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
import numpy as np
from shared_modules.core.compiling import compiled, uncounted

@uncounted
def total(values):
    found = 0.0
    for i in range(len(values)):
        found += max(values[i], 0.0)
    return found

@compiled
def doubled(values):
    made = np.empty(len(values))
    for i in range(len(values)):
        made[i] = 2.0 * values[i]
    return made
"""
ASK = """
import sys
import numpy as np
import loops
values = np.arange(4.0)
found = loops.total(values), loops.doubled(values).tolist()
hits = sum(loops.total.stats.cache_hits.values()) + sum(loops.doubled.stats.cache_hits.values())
print(found, hits, 'scipy.linalg' in sys.modules)
"""


def ask(folder: Path) -> str:
    code = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(Path(__file__).parents[2])!r}]\n{ASK}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "loops.py").write_text(MODULE)
    return tmp_path


def test_the_second_process_loads_what_the_first_compiled_and_leaves_the_compiler_asleep(folder):
    found = "(6.0, [0.0, 2.0, 4.0, 6.0])"
    assert ask(folder) == f"{found} 0 True"
    assert ask(folder) == f"{found} 2 False"
    # a change of the source is compiled, and what is not on disk wakes the compiler then
    (folder / "loops.py").write_text(MODULE.replace("2.0 * values[i]", "3.0 * values[i]"))
    assert ask(folder) == "(6.0, [0.0, 3.0, 6.0, 9.0]) 0 True"
