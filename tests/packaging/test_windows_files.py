"""The parts of the Windows program that are not Python: icon, version resource, entry."""

import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "resources" / "windows"


def icon_entries() -> list[tuple[int, bytes]]:
    """Size in pixels and data of each picture in the icon file."""
    data = (WINDOWS / "tradebot.ico").read_bytes()
    kind, count = struct.unpack_from("<HH", data, 2)
    assert kind == 1
    entries = [struct.unpack_from("<BBBBHHII", data, 6 + 16 * n) for n in range(count)]
    return [(width or 256, data[offset : offset + size]) for width, *_, size, offset in entries]


def test_the_icon_has_the_sizes_that_windows_shows() -> None:
    assert {16, 24, 32, 48, 256} <= {size for size, _ in icon_entries()}


def test_each_picture_of_the_icon_is_as_large_as_its_entry_says() -> None:
    for size, png in icon_entries():
        assert png.startswith(b"\x89PNG")
        assert struct.unpack_from(">II", png, 16) == (size, size)


def test_the_version_resource_takes_any_version() -> None:
    text = (WINDOWS / "version_info.txt").read_text(encoding="utf-8")
    filled = text.replace("{numbers}", "(1, 2, 3, 0)").replace("{version}", "1.2.3")
    assert "{" not in filled
    assert filled.count("'1.2.3'") == 2
    compile(filled, "version_info.txt", "eval")


def test_the_entry_survives_a_program_without_streams() -> None:
    source = f"import runpy, sys; sys.stdout = sys.stderr = None; sys.argv = ['tradebot', '--help']; \
runpy.run_path({str(WINDOWS / 'entry.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")
