"""What each name of the device code becomes in an image.

A name costs a chip some 8 bytes and its letters, on a 64-bit desk 12, unless the firmware has it in ROM. So names of the device code become
names that every port of MicroPython has; should there be more, short ones. Two names may become the same where no module, together with
those it inherits from, knows both: then no object and no scope can have both, and a traceback can be read back module by module.
"""

from __future__ import annotations

import ast
import keyword
import string
from collections import defaultdict
from collections.abc import Iterable, Iterator

from gilmok.image.code import Code, is_folded, names_of
from gilmok.image.firmware_names import EVERY_PORT
from gilmok.image.kept import kept_names

_PAIRS = [first + second for first in string.ascii_letters for second in string.ascii_letters + string.digits]
_SHORT = [pair for pair in _PAIRS if not keyword.iskeyword(pair)]


def make_table(code: Code) -> dict[str, str]:
    """Return the new name of every name that may change.

    Parameters that nobody gives by keyword are not among them: `rename.py` has names for them within their function.
    """
    families = _families(code)
    homes: dict[str, set[tuple[str, bool]]] = defaultdict(set)
    for module in code.modules.values():
        for name, is_attribute in _places(module.tree):
            homes[name].add((families[module.name], is_attribute))
    everywhere = {(family, is_attribute) for family in families.values() for is_attribute in (False, True)}
    bound = _bound(code)
    lent = _lent(code)
    words = [*sorted(EVERY_PORT.split(), key=_plain), *_SHORT]
    free = [word for word in words if not any(is_attribute for _, is_attribute in homes[word])]  # a script may ask an object of ours for it
    taken = defaultdict(set, {word: set(homes[word]) for word in free})  # families that a new name is used in, and for what
    table = {}
    for name in sorted(bound - kept_names(code, bound) - _folded(code), key=lambda name: (-len(homes[name]), name)):
        needed = everywhere if name in lent else homes[name]
        table[name] = new = next(each for each in free if not taken[each] & needed)
        taken[new] |= needed
    return table


def _folded(code: Code) -> set[str]:
    """Return the names of constants that the compiler puts the value of wherever it meets them: under a new name it might meet more."""
    return {name for module in code.modules.values() for each in module.tree.body if is_folded(each) for name in _assigned_by(each)}


def _assigned_by(statement: ast.stmt) -> list[str]:
    return [name for target in getattr(statement, "targets", []) for name in names_of(target)]


def _places(node: ast.AST, in_class: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield each name as often as it is met, and whether it is one of an object there: what has a scope never meets those.

    The body of a class is both: what it defines are attributes, and what it uses it looks up among these first.
    """
    for name in names_of(node):
        if isinstance(node, ast.Attribute) or in_class:
            yield name, True
        if not isinstance(node, ast.Attribute) and not (in_class and isinstance(node, ast.FunctionDef)):
            yield name, False
    for field, value in ast.iter_fields(node):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                inside = in_class and not (isinstance(node, ast.FunctionDef) and field == "body")
                yield from _places(part, isinstance(node, ast.ClassDef) and field == "body" or inside)


def _plain(name: str) -> tuple[bool, str]:
    """Order names so that a traceback shows words before constants."""
    return not name.islower(), name


def _bound(code: Code) -> set[str]:
    """Return the names that our own code gives to what outlives a call."""
    found = set()
    for module in code.modules.values():
        for node in module.nodes:
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Attribute(attr=name, ctx=ast.Store()):
                    found.add(name)
                case ast.arg(arg=name) if name in code.keywords:
                    found.add(name)
                case ast.Global(names=names):
                    found.update(names)
            if isinstance(node, (ast.Module, ast.ClassDef)):
                found.update(_assigned(node.body))
    return found


def _assigned(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the names that the statements of a module or a class assign, functions not looked into."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) or is_folded(statement):
            continue
        parts = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        for node in (node for part in parts if part for node in ast.walk(part)):
            if isinstance(node, ast.Name):
                yield node.id
        for field in ("body", "orelse", "handlers", "finalbody"):
            yield from _assigned(getattr(statement, field, []))


def _lent(code: Code) -> set[str]:
    """Return attributes that are given to others than `self`: nobody knows to which object, so nothing else may be called the same."""
    return {
        node.attr
        for module in code.modules.values()
        for node in module.nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }


def _families(code: Code) -> dict[str, str]:
    """Return the family of each module: modules whose classes inherit from one another are one."""
    family = {name: name for name in code.modules}

    def head(name: str) -> str:
        while family[name] != name:
            name = family[name]
        return name

    classes: dict[str, set[str]] = defaultdict(set)
    bases: list[tuple[str, str]] = []
    for module in code.modules.values():
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                classes[node.name].add(module.name)
                bases += [(module.name, name) for base in node.bases for part in ast.walk(base) for name in _last(part)]
    for module_name, base in bases:
        for other in classes[base]:
            family[head(other)] = head(module_name)
    return {name: head(name) for name in family}


def _last(part: ast.AST) -> list[str]:
    match part:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return [name]
    return []
