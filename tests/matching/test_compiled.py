from pathlib import Path

from shared_modules.matching import compiled, kernel


def test_a_change_in_any_file_of_the_room_makes_every_step_compile_anew():
    assert kernel.run in compiled._STEPS
    (stamp,) = {step._cache._cache_file._source_stamp for step in compiled._STEPS}
    files = {p.name for p in Path(compiled.__file__).parent.glob("*.py")}
    assert {name for name, _, _ in stamp} == files
