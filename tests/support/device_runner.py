"""Runs the plain `test_` functions of one file under MicroPython: `micropython device_runner.py FILE`."""

import sys


def main(path):
    """Import the file, call each of its tests in the order of their names and return how many failed."""
    folder, _, name = path.replace("\\", "/").rpartition("/")
    # This script's own folder stands first on the path; the tests' folder takes its place, as under pytest.
    sys.path[0] = folder or "."
    module = __import__(name[:-3])
    names = sorted(name for name in dir(module) if name.startswith("test_"))
    failed = 0
    for name in names:
        try:
            getattr(module, name)()
        except Exception as error:
            failed += 1
            print("FAIL", name)
            if hasattr(sys, "print_exception"):
                sys.print_exception(error, sys.stdout)
            else:
                sys.excepthook(type(error), error, error.__traceback__)
        else:
            print("ok", name)
    if not names:
        print("FAIL: no test_ function in", path)
    return failed or not names


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1]) else 0)
