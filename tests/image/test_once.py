"""A function that is called once goes where it is called, and means what it did, under both interpreters."""

import ast

import pytest
from gilmok.image.code import Code
from gilmok.image.once import inline_once
from support.micropython import value_of

MODULE = """
class Base:
    def shared(self):
        return self._part()

    def _part(self):
        return "base"

class Meter(Base):
    def __init__(self):
        self.total = 0

    def _part(self):
        return "meter " + super()._part()

    def take(self, values, limit=3):
        value = 7
        self._add(values)
        first, rest = self._split(values)
        if not self._is_high(first, limit) and rest:
            return self._sign(first), value
        for each in self._doubled(rest):
            value += each
        self._forget(by=1, first=value)
        sign = values and self._told(values)
        other = self._kept(value) if rest else None
        last = self._last(values)
        return [self._middle(values), value, self._search(values), self._twice(1), self._twice(2), sign, other, last]

    def _forget(self, first, second=2, by=3):
        numbers = [first, second, by]
        del numbers[:by]
        self.total += len(numbers)

    def _told(self, values):
        value = self._outer(values)
        return -value

    def _outer(self, values):
        for value in values:
            if value:
                return self._inner(value)
        return 0

    def _inner(self, value):
        if value > 1:
            value -= 1
        return value

    def _kept(self, value):
        value += 1
        return value

    def _last(self, values):
        return not values or self._ends(values)

    def _ends(self, values):
        value = values[-1]
        return value

    def _add(self, values):
        if not values:
            return
        for value in values:
            self.total += value

    def _split(self, values):
        if values:
            value = values[0]
            return value, values[1:]
        return 0, []

    def _is_high(self, value, limit):
        value *= 2
        if value > limit:
            return True
        return value == -4

    def _sign(self, value):
        if value < 0:
            return "-"
        elif value > 0:
            return "+"

    def _doubled(self, values):
        values = [value * 2 for value in values]
        return values

    def _middle(self, values):
        return values[len(values) // 2] if values else None

    def _search(self, values):
        for value in values:
            if value > 8:
                return value

    def _twice(self, value):
        return _shifted(value, 1)

def _shifted(value, by):
    try:
        return value << by
    except TypeError as error:
        return error
"""
ASKED = ["[9, 1, 4]", "[1, 2]", "[-1, 5]", "[-2]", "[0]", "[]"]


def rewritten():
    """Return the text of a module as an image has it, and the functions that are gone."""
    code = Code({"gilmok_node.meter": MODULE})
    gone = inline_once(code, ["gilmok_node.meter"])
    return ast.unparse(ast.fix_missing_locations(code.modules["gilmok_node.meter"].tree)), gone


def test_what_is_called_once_is_gone_and_what_others_know_stays():
    text, gone = rewritten()
    assert {
        "_add",
        "_split",
        "_is_high",
        "_sign",
        "_doubled",
        "_middle",
        "_shifted",
        "_forget",
        "_told",
        "_kept",
        "_last",
        "_ends",
        "_inner",
    } <= gone
    assert not gone & {"_part", "_outer", "_twice", "take", "shared"}
    assert all(f"def {name}(" not in text for name in gone)


@pytest.mark.parametrize("values", ASKED)
def test_what_functions_return_stays_the_same(values):
    asked = f"[meter.take({values}), meter.total, meter.shared()]"
    begin = "\nmeter = Meter()"
    assert value_of(rewritten()[0] + begin, asked) == value_of(MODULE + begin, asked)


def test_a_variable_of_the_caller_hides_no_name_of_the_module():
    source = "limit = 1\ndef take(limit):\n    return _more(limit)\ndef _more(value):\n    return value + limit\n"
    code = Code({"gilmok_node.meter": source})
    assert not inline_once(code, ["gilmok_node.meter"])
