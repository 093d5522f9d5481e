"""A class and those that it comes from become one, which does what they did, under both interpreters."""

import ast

import pytest
from gilmok.image.chains import join_chains
from gilmok.image.code import Code
from support.micropython import value_of

FIRST = """
_STEP = const(2)

def _shown(value):
    return (_begin(), value)

def _begin():
    return "<"

class First:
    limit = 3
    kind = "first"

    def __init__(self, start, more):
        self.told = []
        self.value = start + more

    def take(self, value):
        self._add(value * _STEP)
        return _shown(self.value)

    def _add(self, value):
        if value < 0:
            return
        self.value += value

    def _take_word(self, word):
        self.told.append(word)

    def hear(self, words):
        for word in words:
            self._HANDLERS[0](self, word)
        return len(self.told)

    def gone(self):
        return "gone"

    _HANDLERS = [_take_word]
"""
MIDDLE = """
from gilmok_wire.first import First

class Middle(First):
    kind = "middle"

    def __init__(self, *facts):
        self.seen = 0
        super().__init__(*facts)

    def take(self, value):
        if value == 7:
            return self.gone()
        return super().take(value + 1)

    def _add(self, value):
        self.seen += 1
        super()._add(value)

    def gone(self):
        return "not " + super().gone()
"""
LAST = """
from gilmok_wire.middle import Middle

class Last(Middle):
    limit = 5

    def __init__(self, *facts):
        super().__init__(*facts)
        self.last = self.limit

    def take(self, value):
        found = super().take(value)
        return found, self.last, self.kind, super().hear(["a", "b"])

    def gone(self):
        return "overridden"
"""
ASKED = ["[last.take(2), last.take(-4), last.take(7)]", "last.hear(['c']), last.told", "last.value, last.seen, last.limit", "last.gone()"]


def joined(last=LAST, first=FIRST):
    """Return the text of the module of the last class as an image has it."""
    code = Code({"gilmok_wire.first": first, "gilmok_wire.middle": MIDDLE, "gilmok_wire.last": last})
    join_chains(code, ["gilmok_wire.last.Last"])
    return ast.unparse(ast.fix_missing_locations(code.modules["gilmok_wire.last"].tree))


@pytest.mark.parametrize("asked", ASKED)
def test_the_one_class_does_what_they_did(asked):
    apart = "\n".join(line for line in (FIRST + MIDDLE + LAST).splitlines() if not line.startswith("from"))
    begin = "\nlast = Last(1, 2)"
    assert value_of(joined().replace("del __module__, __qualname__", "pass") + begin, asked) == value_of(apart + begin, asked)


def test_it_comes_from_none_and_leaves_out_what_nobody_reaches():
    text = joined()
    assert "class Last:" in text and "super" not in text and "import" not in text
    assert "'gone'" not in text, "the method below two that override it"
    assert text.count("__init__") == 1


@pytest.mark.parametrize(
    ("wrong", "of"),
    [
        (LAST + "    def _take_word(self, word): pass\n", "several"),  # the table of the first class means the first one
        (LAST + "    def told(self): return super().nothing()\n", "no method"),
        (LAST + "    def told(self): return super(Last, self).gone()\n", "something else"),
        (LAST + "    def _gone_1(self): super().gone()\n", "a method already"),
        (LAST + "    for each in (): pass\n", "statements"),
        (LAST + "_STEP = const(3)\n", "another"),
        (LAST + "def sort(it): return isinstance(it, Middle)\n", "apart"),
        (LAST.replace("self.limit", "start", 1), "cannot have"),
        (LAST.replace("(Middle)", ""), "no class"),
        (LAST.replace("(Middle)", "(Middle, object)"), "bases"),
    ],
)
def test_what_cannot_be_joined_is_refused(wrong, of):
    with pytest.raises(ValueError, match=of):
        joined(wrong)
