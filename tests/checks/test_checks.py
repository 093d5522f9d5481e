"""The checks of `make check` find what they look for."""

import ast

import pytest
from checks import alarm_life_page, device_code, driver_tables, leaks, led_page, profile_pages, size
from gilmok_rules.lifecycle import EVENTS
from gilmok_site.gather import profile_names

FORBIDDEN = {
    "import dataclasses": "imports dataclasses",
    "from typing import Any": "imports typing",
    "class A(metaclass=B):\n    pass": "a metaclass",
    "class A:\n    def __init_subclass__(cls):\n        pass": "__init_subclass__",
    "async def f():\n    yield 1": "an asynchronous generator",
    "a = b[::-1]": "a negative slice step",
}

FINE = [
    "if TYPE_CHECKING:\n    from typing import Any",
    "try:\n    import functools\nexcept ImportError:\n    functools = None",
    "async def f():\n    def g():\n        yield 1\n    return g",
    "a = b[::2]",
]


@pytest.mark.parametrize("source", FORBIDDEN)
def test_device_code_names_what_a_device_lacks(source):
    ((_, what),) = device_code._forbidden(ast.parse(source))
    assert what.startswith(FORBIDDEN[source])


@pytest.mark.parametrize("source", FINE)
def test_device_code_allows_what_only_cpython_sees(source):
    assert list(device_code._forbidden(ast.parse(source))) == []


def test_device_code_must_compile(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("def f(a, /):\n    return a\n")
    assert "SyntaxError" in device_code._compile(path)[0]


def test_native_code_compiles_for_the_chip_only(tmp_path):
    path = tmp_path / "native.py"
    path.write_text("@micropython.viper\ndef f(a: int) -> int:\n    return a + 1\n")
    assert device_code.NATIVE.search(path.read_text())
    assert device_code._compile(path, "-march=xtensawin") == []
    assert "invalid arch" in device_code._compile(path)[0]


def test_size_counts_modules_and_functions(tmp_path):
    path = tmp_path / "long.py"
    path.write_text("def f():\n" + "    pass\n" * 50 + "def g():  # hot loop\n" + "    pass\n" * 350)
    assert [(place.split("long.py")[1], count) for place, count, _ in size._too_long(path)] == [("", 402), (":f", 51)]


@pytest.mark.parametrize("text", ["/{}/me/x", "see file:///{}/x", 'p = "/{}/"'])
@pytest.mark.parametrize("folder", ["work", "root", "home"])
def test_leaks_finds_folders_of_a_machine(text, folder):
    assert leaks.PATTERNS["a path of one machine"].search(text.format(folder))


@pytest.mark.parametrize("text", ["~/{}/x", "$HOME/{}/x", "example.org/{}/x", "a/{}/b", "/{}bench/"])
def test_leaks_leaves_other_paths_alone(text):
    assert not leaks.PATTERNS["a path of one machine"].search(text.format("work"))


def test_leaks_finds_package_indexes():
    pattern = leaks.PATTERNS["a package index or download address"]
    assert pattern.search("https://{}.org/simple".format("pypi"))
    assert pattern.search("https://example.org/a-1.0.{}".format("whl"))
    assert not pattern.search("pip install gilmok")


def test_the_page_of_the_led_is_made_from_the_table():
    assert led_page.PAGE.read_text(encoding="utf-8") == led_page.page(), "run `python -m checks.led_page`"


def test_the_page_of_an_alarms_life_is_made_from_the_table():
    page = alarm_life_page.page()
    assert alarm_life_page.PAGE.read_text(encoding="utf-8") == page, "run `python -m checks.alarm_life_page`"
    assert len(alarm_life_page.MEANINGS) == len(EVENTS)
    assert "unacknowledged --> returned_unacknowledged: over" in page


def test_stale_driver_tables_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(driver_tables, "ROOT", tmp_path)
    path = tmp_path / "driver_tables.json"
    assert driver_tables._renew(path, "{}", check=True) == ["driver_tables.json: not what the drivers and instruments say"]
    assert not path.exists()
    assert driver_tables._renew(path, "{}", check=False) == []
    assert driver_tables._renew(path, "{}", check=True) == []


def test_files_that_drivers_share_are_no_drivers():
    names = driver_tables.driver_names()
    assert "bme280" in names
    assert not {"base", "frames", "vibration", "capture"} & set(names)


@pytest.mark.parametrize("lang", profile_pages.PAGES)
def test_the_pages_of_the_profiles_show_their_wiring(lang):
    text = profile_pages.PAGES[lang].read_text(encoding="utf-8")
    assert text == profile_pages.filled(text, lang), "run `python -m checks.profile_pages`"
    assert sorted(profile_pages.profiles_of(text)) == sorted(2 * profile_names())


def test_a_stale_wiring_table_is_replaced_and_nothing_else():
    stale = "a\n<!-- wiring of rail-cabinet -->\nold\n<!-- end -->\nb\n"
    head, *rows, tail = profile_pages.filled(stale, "en").splitlines()
    assert (head, tail) == ("a", "b")
    assert any("pin 5" in row and "door_open" in row for row in rows)
    assert "old" not in rows
    with pytest.raises(SystemExit, match="no profile 'rail'"):
        profile_pages.filled(stale.replace("rail-cabinet", "rail"), "en")
