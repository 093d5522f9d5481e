"""Objects that one makes for itself become one with it, which does what they did, under both interpreters."""

import ast

import pytest
from gilmok.image.code import Code
from gilmok.image.parts import join_parts
from support.micropython import value_of

PARTS = """
_STEP = const(2)

class Pace:
    def __init__(self, law, rate):
        self.law = law
        self.rate = rate
        self.told = []

    def faster(self, by=1):
        self.rate = self._held(self.rate + by * _STEP)
        self.told.append(self.rate)
        return self.rate

    def _held(self, rate):
        return min(rate, self.law)

class Counter:
    def add(self):
        self.law = getattr(self, "law", 0) + 1
        return self.law
"""
WHOLE = """
class Port:
    def __init__(self, law, rates):
        self.law = law * 10
        self._pace = Pace(law, rates[0])
        self._counter = Counter()
        self.rate = self._pace.rate

    def faster(self):
        self._counter.add()
        return [self._pace.faster(by) for by in (1, 2)], self.rate, self._pace.rate

    def state(self):
        return self.law, self._pace.law, self._pace.told, self._held(3)

    def _held(self, value):
        return -value
"""
OTHER = """
from gilmok_wire.port import Port

def ask(port):
    return port.rate, port.law
"""
ASKED = ["port.faster(), port.faster(), port.state()", "port.state(), port.faster(), port.rate"]


def joined(whole=WHOLE, parts=PARTS, other=OTHER):
    """Return the text of the module as an image has it."""
    code = Code({"gilmok_wire.port": parts + whole, "gilmok_wire.other": other})
    join_parts(code, ["gilmok_wire.port"])
    return ast.unparse(ast.fix_missing_locations(code.modules["gilmok_wire.port"].tree))


@pytest.mark.parametrize("asked", ASKED)
def test_the_one_object_does_what_they_did(asked):
    text = joined().replace("del __module__, __qualname__", "pass")
    assert "Pace" not in text
    begin = "\nport = Port(9, [3, 4])"
    assert value_of(text + begin, asked) == value_of(PARTS + WHOLE + begin, asked)


def test_only_what_means_something_elsewhere_gets_another_name():
    text = joined()
    assert "self.told" in text and "told_of" not in text
    assert "self.rate_of_pace" in text and "def _held_of_pace" in text and "self.init_of_pace(law, rates[0])" in text


@pytest.mark.parametrize(
    "apart",
    [
        {"whole": WHOLE + "    def lend(self): return self._pace\n"},
        {"whole": WHOLE + "    def lend(self): return self._pace.told, Pace\n"},
        {"whole": WHOLE + "    def lend(self, name='_pace'): return getattr(self, name)\n"},
        {"whole": WHOLE + "    def renew(self): self._pace = None\n"},
        {"other": OTHER.replace("port.law", "port._pace")},
        {"other": OTHER + "from gilmok_wire.port import Pace\n"},
        {"other": OTHER + "import gilmok_wire.port\ndef kind(): return gilmok_wire.port.Pace\n"},
        {"parts": PARTS.replace("class Pace:", "class Pace(dict):")},
        {"parts": PARTS.replace("return self.rate\n", "return self\n")},
        {"parts": PARTS.replace("def faster(self, by=1)", "def faster(me, by=1)")},
        {"parts": PARTS.replace("    def _held", "    @property\n    def _held")},
        {"parts": PARTS.replace("class Pace:\n", "class Pace:\n    kind = 5\n")},
    ],
)
def test_what_others_know_stays_an_object_of_its_own(apart):
    text = joined(**apart)
    assert "self._pace = Pace(law, rates[0])" in text


def test_what_is_made_anew_each_time_stays_an_object_of_its_own():
    later = "    def start(self): self._later = Later()\n    def tell(self): return self._later.told\n"
    text = joined(whole=WHOLE + later, parts=PARTS + "\nclass Later:\n    def __init__(self): self.told = 5\n")
    assert "self._later = Later()" in text


def test_who_asks_for_his_own_attributes_by_name_stays_an_object_of_his_own():
    assert "self._counter = Counter()" in joined(), "getattr has the object handed on"
