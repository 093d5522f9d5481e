"""A list that a statement begins with becomes a loop, and means what it did, under both interpreters."""

import ast

import pytest
from gilmok.image.loops import Loops
from support.micropython import run_micropython

KEPT = """
def kept(rows):
    return bool(rows) and [row for row in rows] or [[part for part in row] for row in [[1]]]
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
    ["Meter().above(1)", "Meter().above(5)", "Meter.tops", "last(4)", "last(0)", "first([2, (lambda: 7)])[0]", "kept([1])", "kept([])"],
)
def test_what_functions_return_stays_the_same(asked):
    source = MODULE + KEPT
    values = []
    for text in (source, rewritten(source)):
        space: dict = {}
        exec(text, space)
        values.append(repr(eval(asked, space)))
        values.append(run_micropython(f"{text}\nprint(repr({asked}))").strip())
    assert len(set(values)) == 1


def test_only_a_list_that_comes_first_in_a_function_becomes_a_loop():
    text = rewritten(MODULE)
    assert "tops = [limit + 1 for limit in limits]" in text
    assert "sum([" not in text and "found = [limit" not in text
    assert rewritten(KEPT) == ast.unparse(ast.parse(KEPT))
