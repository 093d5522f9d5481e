"""What an image does with the tables of drivers and with the order of names: the same meaning in fewer bytes."""

import ast

from gilmok.image.code import Code
from gilmok.image.kinds import merge_kinds
from gilmok.image.order import in_order
from gilmok.image.said import number_errors
from gilmok.image.sentences import UNLISTED
from gilmok.image.tables import Tables
from gilmok_wire.node_stream import columns_of, lines_of
from support.micropython import run_micropython

COLUMNS = (("tilt_x", "deg", -2), ("rain", "mm", -3, 200))
DRIVER = f"""
class Gauge:
    CHANNELS = {COLUMNS}
    WAVEFORM = ()
    OPTIONS = {{"address": (0x76, (0x76, 0x77)), "selftest": (0, (0, 1))}}
    WHO_AM_I = (1, 2)
"""


def class_of(source):
    """Return the class Gauge of a source, as a dictionary."""
    space: dict = {}
    exec(compile(source, "gauge.py", "exec"), space)
    return vars(space["Gauge"])


def test_columns_become_a_text_that_means_the_same():
    made = class_of(ast.unparse(ast.fix_missing_locations(Tables().visit(ast.parse(DRIVER)))))
    assert made["CHANNELS"] == "tilt_x deg -2\nrain mm -3 200\n"
    assert columns_of(made["CHANNELS"]) == columns_of(COLUMNS) == COLUMNS
    assert len(lines_of(made["CHANNELS"])) == len(COLUMNS)
    assert (made["WAVEFORM"], made["WHO_AM_I"]) == ((), (1, 2))


def test_options_become_lists_which_an_entry_that_is_dropped_takes_along():
    made = class_of(ast.unparse(ast.fix_missing_locations(Tables().visit(ast.parse(DRIVER)))))
    assert made["OPTIONS"] == {"address": [0x76, [0x76, 0x77]], "selftest": [0, [0, 1]]}


def many(rare):
    """Return a module that uses `rare` names once, and then one name again and again."""
    text = "".join(f"def once_{index}(x): x.seen_{index} = 1\n" for index in range(rare))
    return text + "def often(x):\n" + "    x.common += x.common\n" * 60


def test_the_commonest_names_come_first_and_nothing_else_changes():
    tree = in_order(ast.parse(many(100)))
    first = ast.unparse(tree.body[0])
    assert first.splitlines()[1].strip().split(".")[1] == "common"
    check = "\nclass Any: common = 1\nthing = Any()\nonce_7(thing)\noften(thing)\nprint(thing.seen_7, thing.common)"
    assert run_micropython(ast.unparse(tree) + check).split() == ["1", str(2**60)]


def test_a_module_of_few_names_stays_as_it_is():
    text = many(20)
    assert ast.unparse(in_order(ast.parse(text))) == ast.unparse(ast.parse(text))


def test_errors_of_the_wire_say_a_number_that_can_be_read_back():
    text = "def read(n):\n    if n: raise DecodeError('{} too long'.format(n))\n    raise ValueError('kept')"
    texts = ("truncated", "truncated", "CBOR: truncated")
    two = "\n".join(f"def f{place}(): raise DecodeError({text!r})" for place, text in enumerate(texts))
    code = Code({"gilmok_wire.one": text, "gilmok_wire.two": two})
    assert number_errors(code) == {4: "CBOR: truncated", UNLISTED: "{} too long", UNLISTED + 1: "truncated"}
    assert "DecodeError(1000)" in ast.unparse(code.modules["gilmok_wire.one"].tree) and "'kept'" in ast.unparse(
        code.modules["gilmok_wire.one"].tree
    )
    assert ast.unparse(code.modules["gilmok_wire.two"].tree).count("DecodeError(1001)") == 2


ERRORS = """
class Failed(Exception):
    CODE = 7
    def __init__(self, reason, fact=None, code=0):
        self.reason, self.fact = reason, fact
        if code: self.CODE = code
class Absent(Failed):
    CODE = 1
class Early(Failed):
    CODE = 5
"""
USER = "from gilmok_node.base import Absent, Early\ndef f(): raise Absent('gone')\ndef g(e): return isinstance(e, Early) or Absent('x', 3)"


def test_errors_that_nobody_tells_apart_become_one_class_that_is_given_their_code():
    code = Code({"gilmok_node.base": ERRORS, "gilmok_node.user": USER})
    merge_kinds(code)
    base, user = (ast.unparse(code.modules[f"gilmok_node.{name}"].tree) for name in ("base", "user"))
    assert "Absent" not in base + user and "class Early" in base
    assert "import Early, Failed" in user
    assert "Failed('gone', None, 1)" in user and "Failed('x', 3, 1)" in user
