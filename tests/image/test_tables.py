"""What an image does with the tables of drivers and with the order of names: the same meaning in fewer bytes."""

import ast

from gilmok.image.code import Code
from gilmok.image.constants import inline
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


WIRE = """
class WireError(Exception): pass
class DecodeError(WireError): pass
class SealError(DecodeError): pass
class Replayed(SealError): pass
class Worn(WireError): pass
class Told(WireError): pass
class Coded(WireError):
    code = 3
"""
READER = """
from gilmok_wire.errors import DecodeError, Replayed, SealError, Told, Worn
def read(n):
    if n: raise Replayed(n)
    raise SealError(n)
def tell(n):
    try: read(n)
    except (DecodeError, Told) as error: return type(error).__name__, error.args, Worn(2).args
"""


def test_errors_that_only_have_another_name_become_their_base():
    code = Code({"gilmok_wire.errors": WIRE, "gilmok_wire.reader": READER})
    merge_kinds(code)
    errors, reader = (ast.unparse(code.modules[f"gilmok_wire.{name}"].tree) for name in ("errors", "reader"))
    assert [line for line in errors.splitlines() if line.startswith("class")] == [
        *("class WireError(Exception):", "class DecodeError(WireError):", "class Told(WireError):", "class Coded(WireError):")
    ]
    assert "import DecodeError, Told, WireError" in reader
    text = errors.replace("del __module__, __qualname__", "pass") + "\n" + reader.partition("\n")[2]
    assert run_micropython(text + "\nprint(tell(1), tell(0))").strip() == "('DecodeError', (1,), (2,)) ('DecodeError', (0,), (2,))"


def test_words_and_numbers_stand_where_they_are_used():
    """… a long text only in its own module, since each module would have one."""
    one = "READY = 'ready'\n_LONG = b'bytes'\n_TWICE = 'a text that is long'\nLENT = 'another that is long'\n"
    one += "_HEAD = const(4)\n_COUNT, _SIZE = 2, 3\nROOM = _HEAD + 4\n"
    one += "def f(): return READY, _LONG, _TWICE, _TWICE, LENT, _COUNT, _SIZE, ROOM, _HEAD\n"
    two = "from gilmok_wire.one import READY, ROOM, LENT\ndef g(): return READY, ROOM, LENT\n"
    code = Code({"gilmok_wire.one": one, "gilmok_wire.two": two})
    found = inline(code)
    assert found["gilmok_wire.one", "READY"] == "ready" and found["gilmok_wire.one", "ROOM"] == 8
    texts = [ast.unparse(ast.fix_missing_locations(code.modules[name].tree)) for name in ("gilmok_wire.one", "gilmok_wire.two")]
    assert "return ('ready', b'bytes', 'a text that is long', 'a text that is long', LENT, 2, 3, 8, _HEAD)" in texts[0]
    assert texts[1] == "from gilmok_wire.one import LENT\n\ndef g():\n    return ('ready', 8, LENT)"
    assert texts[0].count(" = ") == 2, "the text that another module has, and the constant that the compiler folds"
