"""Every file of tests/device runs whole under MicroPython too; pytest itself runs the same functions on CPython."""

import pytest
from support.micropython import ROOT, run_micropython

DEVICE = ROOT / "tests" / "device"
RUNNER = ROOT / "tests" / "support" / "device_runner.py"


@pytest.mark.parametrize("name", sorted(path.relative_to(DEVICE).as_posix() for path in DEVICE.rglob("test_*.py")))
def test_file(name):
    output = run_micropython(RUNNER, DEVICE / name)
    assert "ok test_" in output


def test_the_runner_fails_when_a_test_does(tmp_path):
    script = tmp_path / "test_wrong.py"
    script.write_text("def test_fine():\n    assert True\n\n\ndef test_wrong():\n    assert 1 == 2\n")
    with pytest.raises(AssertionError, match="FAIL test_wrong") as failure:
        run_micropython(RUNNER, script)
    assert "ok test_fine" in str(failure.value)


def test_the_runner_fails_on_a_file_without_tests(tmp_path):
    script = tmp_path / "test_nothing.py"
    script.write_text("")
    with pytest.raises(AssertionError, match="no test_ function"):
        run_micropython(RUNNER, script)


def test_an_endless_script_is_stopped():
    with pytest.raises(AssertionError, match="took longer"):
        run_micropython("print('still here')\nwhile True:\n    pass", timeout=0.5)


def test_the_heap_is_as_small_as_asked():
    assert int(run_micropython("import gc; gc.collect(); print(gc.mem_free() + gc.mem_alloc())", heap="76wk")) < 76 * 2048
