"""An image's names: what may change does, what somebody else knows stays, and nothing that could meet becomes the same."""

import ast
import json

import pytest
from gilmok.image.build import NAMES, the_image
from gilmok.image.bundles import bundle, bundled
from gilmok.image.code import Code
from gilmok.image.names import make_table
from gilmok.image.rename import Rename, RenameScript
from gilmok.image.unused import drop_unused
from support.micropython import value_of

PACKAGE = "gilmok_node"


def renamed(**sources):
    """Return (table, what each module becomes), of modules of one package."""
    code = Code({f"{PACKAGE}.{name}": source for name, source in sources.items()})
    table = make_table(code)
    return table, {
        name.rpartition(".")[2]: ast.unparse(ast.fix_missing_locations(Rename(code, table).visit(module.tree)))
        for name, module in code.modules.items()
    }


def test_attributes_methods_functions_and_parameters_get_names_of_the_firmware():
    table, texts = renamed(one="class Gauge:\n def raise_level(self, by_mm): self._level_mm = by_mm\n\ndef measured(by_mm): return by_mm")
    assert set(table) == {"Gauge", "raise_level", "_level_mm", "measured"}
    assert not any(name in texts["one"] for name in [*table, "by_mm", "self"])
    assert value_of(texts["one"], f"{table['measured']}(3)") == 3


def test_what_a_string_names_stays():
    table, _ = renamed(
        one="class A:\n def __init__(self): self.led_pin = self.other_pin = 1\n\ndef led(a): return getattr(a, 'led_pin', None)"
    )
    assert "led_pin" not in table and "other_pin" in table


def test_what_is_found_by_a_prefix_stays():
    table, _ = renamed(one="class A:\n def _on_gga(self): pass\n def _do(self): getattr(self, '_on_' + 'gga')()")
    assert "_on_gga" not in table and "_do" in table


def test_what_the_firmware_calls_so_stays():
    table, _ = renamed(
        one="import machine\nclass Uart:\n def readinto(self, into): pass\n def begin(self, pin): return pin.raised(machine.any_name)"
    )
    assert "readinto" not in table and "any_name" not in table and "begin" in table


def test_parameters_given_by_name_keep_one_name_everywhere():
    table, texts = renamed(
        one="def made(first_mm, last_mm=2): return first_mm - last_mm",
        two="from .one import made\ndef use(): return made(last_mm=5, first_mm=7)",
    )
    both = texts["one"] + "\n" + texts["two"].replace("from .one import " + table["made"], "")
    assert value_of(both, f"{table['use']}()") == 2


def test_a_parameter_does_not_hide_what_its_function_uses():
    source = "def outer(first, second):\n x = 1\n def inner(third): return first * 100 + second * 10 + third + x + abs(-1)\n return inner"
    table, texts = renamed(one=source)
    assert value_of(texts["one"], f"{table['outer']}(4, 5)(6)") == 458


def test_names_of_one_module_and_of_those_it_inherits_from_stay_apart():
    table, _ = renamed(
        one="class Base:\n def __init__(self): self.alpha = 1",
        two="from .one import Base\nclass Other(Base):\n def __init__(self): self.beta = 2",
        three="class Third:\n def __init__(self): self.delta_mm = 3",
    )
    assert table["alpha"] != table["beta"]
    assert table["delta_mm"] in (table["alpha"], table["beta"], table["Base"], table["Other"])


def test_what_is_lent_to_an_object_from_outside_meets_nothing():
    table, _ = renamed(
        one="class A:\n def __init__(self): self.alpha = 1", two="def lend(a): a.beta = 2", three="class C:\n def gamma(self): pass"
    )
    assert table["beta"] not in {new for name, new in table.items() if name != "beta"}


def test_constants_that_the_compiler_folds_keep_their_underscore():
    table, texts = renamed(one="from gilmok_node.two import const\n_LIMIT_MM = const(4)\ndef limit(): return _LIMIT_MM", two="const = None")
    assert "_LIMIT_MM" in texts["one"] and "_LIMIT_MM" not in table


def test_what_no_chip_needs_is_gone():
    _, texts = renamed(one='"""About."""\nif TYPE_CHECKING:\n from typing import Any\ndef f(a: Any) -> Any:\n """Nothing."""\n')
    assert "typing" not in texts["one"] and "Any" not in texts["one"] and "Nothing" not in texts["one"]


def test_a_script_takes_and_lends_by_the_new_names():
    code = Code({f"{PACKAGE}.one": "class Gauge:\n def raise_level(self, bed): self.level_mm = bed.depth_mm()"})
    table = make_table(code)
    tree = ast.parse("from gilmok_node.one import Gauge\nclass Bed:\n def depth_mm(self): return 1\nlevel_mm = Gauge().raise_level(Bed())")
    text = ast.unparse(RenameScript(table, {}, {"gilmok_node.one": "gilmok_node.one"}, tree).visit(tree))
    assert f"import {table['Gauge']} as Gauge" in text and f"Gauge().{table['raise_level']}(Bed())" in text
    assert "level_mm = " in text and "def depth_mm" in text


@pytest.mark.parametrize("name", ["gilmok_node.node", "gilmok_rules.judge"])
def test_a_traceback_can_be_read_back(name):
    was = json.loads(the_image().files[NAMES])["names"][the_image().module(name)]
    assert len(set(was.values())) == len(was) > 20


def test_a_script_may_not_ask_for_what_could_be_something_else():
    tree = ast.parse("hasattr(1, 'level_mm')")
    with pytest.raises(ValueError, match="add it to _ASKED"):
        RenameScript({"level_mm": "abs"}, {}, {}, tree).visit(tree)


def test_a_module_that_a_script_imports_hides_no_builtin():
    tree = ast.parse("import gilmok_node.one\nfile = open('x')")
    text = ast.unparse(RenameScript({}, {}, {"gilmok_node.one": "open"}, tree).visit(tree))
    assert "import open as gilmok_node_one" in text


def test_what_one_alias_stands_for_by_turns_stays_two():
    """Of two classes that are called alike where one is chosen, each may be in a bundle of its own."""
    code = Code(
        {
            f"{PACKAGE}.one": "def choose(brief):\n if brief: from gilmok_wire.brief_session import Brief as Session\n"
            " else: from gilmok_node.radio.lora import Roaming as Session\n return Session()",
            **dict.fromkeys(bundled(), ""),
        }
        | {"gilmok_node.radio.lora": "class Roaming: pass", "gilmok_wire.brief_session": "class Brief: pass"}
    )
    bundle(code)
    text = ast.unparse(code.modules[f"{PACKAGE}.one"].tree)
    assert "import Roaming_lora as Session" in text and "import Brief_brief_session as Session" in text
    assert "return Session()" in text


def test_functions_that_nobody_mentions_are_left_out():
    """… and then those that only they needed; not what a string or a prefix may mean, and nothing outside the modules named."""
    one = """
class Radio:
    def begin(self): return self._wake()
    def _wake(self): return getattr(self, "_on_" + "rx")()
    def _on_rx(self): return 1
    def detect(self): return self._detect()
    def _detect(self): return self._detect()
    def told(self): return 2
"""
    two = "from .one import Radio\nNAME = 'told'\ndef left(): return Radio().begin()"
    code = Code({f"{PACKAGE}.one": one, f"{PACKAGE}.two": two})
    assert drop_unused(code, [f"{PACKAGE}.one"]) == {"detect", "_detect"}
    text = ast.unparse(code.modules[f"{PACKAGE}.one"].tree)
    assert "detect" not in text and "_on_rx" in text and "told" in text
    assert "def left" in ast.unparse(code.modules[f"{PACKAGE}.two"].tree)
