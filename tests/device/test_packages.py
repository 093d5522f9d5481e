"""The device's packages import on both interpreters, and say which one they are on alike."""

import sys


def test_packages_import():
    import gilmok_node
    import gilmok_rules
    import gilmok_wire

    assert gilmok_wire.__name__ == "gilmok_wire"
    assert gilmok_rules.__name__ == "gilmok_rules"
    assert gilmok_node.__name__ == "gilmok_node"


def test_interpreter_is_told_by_its_name():
    # `import micropython` is no sign of MicroPython: its desktop wheel puts a module of that name on CPython's path.
    assert sys.implementation.name in ("micropython", "cpython")
