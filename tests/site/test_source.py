"""Lines of keys: tables, dotted keys, inline tables, arrays of tables, and every kind of string in between."""

import tomllib

import pytest
from gilmok_site.source import Source, locate_keys
from hypothesis import given
from hypothesis import strategies as st

TRICKY = """\
# a comment with [brackets] and = signs
title = "a # no comment"

[site]   # behind a header
"id" = 'x'
name = { ko = "[node]",
  en = 1 }
""".replace(",\n  en = 1", ", en = 1")

TRICKY += '''\
text = """
[not.a.table]
key = "no key" \\"""
"""" # one of the four quotes is text
raw = \'\'\'
[nor.this]\'\'\'
list = [
  "]",  # ]
  { deep = [1,
    2] },
]
a.b . c = 1

[node."p 1".sensor.\'s.1\']
every = 1

[[shelf]]
n = 1
[[shelf.box]]
n = 2
[[shelf.box]]
n = 3
[shelf.label]
n = 4
[[shelf]]
n = 5
[[shelf.box]]
n = 6
last = 7'''

LINES = {
    (): 1,
    ("title",): 2,
    ("site",): 4,
    ("site", "id"): 5,
    ("site", "name"): 6,
    ("site", "name", "ko"): 6,
    ("site", "text"): 7,
    ("site", "raw"): 11,
    ("site", "list"): 13,
    ("site", "list", 1, "deep", 1): 13,
    ("site", "a"): 18,
    ("site", "a", "b", "c"): 18,
    ("node",): 20,
    ("node", "p 1", "sensor", "s.1"): 20,
    ("node", "p 1", "sensor", "s.1", "every"): 21,
    ("node", "p 1", "sensor", "s.1", "driver"): 20,  # a missing key stands at its table
    ("shelf", 0): 23,
    ("shelf", 0, "n"): 24,
    ("shelf", 0, "box", 0, "n"): 26,
    ("shelf", 0, "box", 1, "n"): 28,
    ("shelf", 0, "label", "n"): 30,
    ("shelf", 1, "n"): 32,
    ("shelf", 1, "box", 0, "n"): 34,
    ("shelf", 1, "box", 0, "last"): 35,
    ("nowhere", "at", "all"): 1,
}


def test_tricky_text_is_toml():
    tomllib.loads(TRICKY)


@pytest.mark.parametrize("path", LINES, ids=str)
def test_line_of(path):
    assert Source("x.toml", TRICKY).line_of(path) == LINES[path]


def test_table_header_wins_over_its_first_mention():
    assert Source("x.toml", "[a.b]\n[a]\nc = 1\n").line_of(("a",)) == 2


def test_without_text_there_are_no_lines():
    assert Source("x.toml").line_of(("a",)) is None


NAMES = st.sampled_from(["a", "b-1", '"c.d"', "'e #'", '"f\\u00e9"'])
VALUES = st.sampled_from(["1", '"x # y"', "'''\n[t]\n'''", '"""\nk = 1\n"""', "[1, # ]\n 2]", '{ k = "}" }', "[[1], [\n]]", "1979-05-27"])


@given(st.lists(st.tuples(NAMES, NAMES, VALUES, st.sampled_from(["", " # [c]", "\n\n# d = 1"])), max_size=8))
def test_every_key_is_found_where_it_was_written(rows):
    text, expected = "", {}
    for number, (first, second, value, tail) in enumerate(rows):
        text += f"[[{first}.{number}]]{tail}\n"
        line = text.count("\n") + 1
        text += f"{second}.x = {value}{tail}\n"
        key = tuple(tomllib.loads(f"k = {each}")["k"] if each[0] in "\"'" else each for each in (first, second))
        expected[key[0], str(number), 0, key[1], "x"] = line
    tomllib.loads(text)
    lines = locate_keys(text)
    assert {path: lines.get(path) for path in expected} == expected


def test_what_is_no_toml_ends():
    assert locate_keys("a = 1\n= 2\nb = 3") == {(): 1, ("a",): 1}
