"""CPU and memory of the terminal's processes."""

import subprocess
import sys

from shared_modules.system_integration.status import ProcessMeter


def test_memory_counts_this_process_and_its_children() -> None:
    meter = ProcessMeter()
    alone = meter.read()[1]
    assert alone > 10  # a Python process has more than 10 MB
    held = "x = bytearray(60_000_000); x[::4096] = b'1' * len(x[::4096]); print(flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    assert meter.read()[1] > alone + 50
    child.communicate(b"\n")
    assert meter.read()[1] < alone + 50


def test_measuring_begins_and_ends_with_its_thread() -> None:
    meter = ProcessMeter(every=0.001)
    meter.start()
    meter.start()
    meter.stop()
    meter.stop()
    assert meter.latest[1] >= 0
