"""A list that a statement begins with becomes a loop, and means what it did, under both interpreters."""

import ast

import pytest
from gilmok.image.loops import Loops
from support.micropython import value_of

# What is evaluated before the list may change what is in it, or the list may change that.
KEPT = """
class Box:
    def __init__(self):
        self.said = []
        self.heard = self.said

    def swap(self, value):
        self.said = [value]
        return value

    def kept(self, rows):
        self.said.extend([self.swap(row) for row in rows])
        return self.heard, self.said, (self.swap(5), [value for value in self.said]), list(map(lambda row: [row for row in [row]], rows))
"""
MODULE = """
class Meter:
    limits = (3, 1, 2)
    tops = [limit + 1 for limit in limits]
    def above(self, least, row=9):
        found = [limit for limit in self.limits if limit > least]
        total = sum([limit * least for limit in found])
        for index, limit in [(index, limit) for index, limit in enumerate(found)]:
            total += index + limit
        self.pairs = tuple([(row, limit) for row, limit in zip(found, self.limits) if row if limit])
        return found, total, row, self.pairs

    def often(self, rows):
        total = 1
        total += sum([row * 2 for row in rows if row])
        high = rows and any([row > 2 for row in rows])
        low = not rows or max([0] + [-row for row in rows]) > 0 or any([row == 1 for row in rows])
        if total > 3 and [row for row in rows if row > total]:
            return "far", high, low
        elif any([[part for part in (row, row)] == [2, 2] for row in [row for row in rows if row]]):
            return "two", high, low
        return (high, low, len(rows), [row for row in rows], [row + part for row in rows for part in range(row)])

    def choose(self, rows):
        first = min([row for row in rows]) if rows else None
        return [row for row in rows] if first else sum([self.add(row) for row in rows]), self.add(0)

    def add(self, row):
        self.limits = self.limits + (row,)
        return row

def last(limit):
    if limit:
        limit = [limit for limit in range(limit)]
    else:
        return [limit for limit in (1, 2)]
    return max([value for value in limit])

def first(rows):
    return any([row == 2 for row in rows]), [row() for row in [lambda: part for part in rows]][0]()
"""


def rewritten(source):
    """Return the text of a module as an image has it."""
    return ast.unparse(ast.fix_missing_locations(Loops().visit(ast.parse(source))))


@pytest.mark.parametrize(
    "asked",
    [
        *("Meter().above(1)", "Meter().above(5)", "Meter.tops", "last(4)", "last(0)", "first([2, (lambda: 7)])[0]"),
        *("Box().kept([1])", "Box().kept([])", "Meter().choose([])", "Meter().choose([0, 2])", "Meter().choose([3])"),
        *("Meter().often([])", "Meter().often([9])", "Meter().often([1])", "Meter().often([2, 1])", "Meter().often([-3, 1, 0])"),
    ],
)
def test_what_functions_return_stays_the_same(asked):
    source = MODULE + KEPT
    assert value_of(rewritten(source), asked) == value_of(source, asked)


def test_only_a_list_that_comes_first_in_a_function_becomes_a_loop():
    text = rewritten(MODULE)
    assert "tops = [limit + 1 for limit in limits]" in text
    assert "sum([" not in text and "found = [limit" not in text
    assert rewritten(KEPT) == ast.unparse(ast.parse(KEPT))
    assert text.count(" for ") == text.count("    for ") + 3, "the class's own, and two around a lambda"
