"""Puts the names that a module uses most first into its table of names: the first 128 take one byte of code a use, all others two.

The compiler numbers names as it meets them, the module's own statements before any function: so one that never runs names the commonest
first. It is gone with the code of the module as soon as that is loaded.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from gilmok.image.bundles import bound_in
from gilmok.image.code import is_folded, names_of

_FIRST = 120  # of the 128: the names of the file and of the module come before them
_FEW = 128  # names of a module whose order does not matter


def in_order(tree: ast.Module) -> ast.Module:
    """Return the module with its commonest names first, where it has more than one byte can number."""
    folded = frozenset(name for node in tree.body if is_folded(node) for name in names_of(node.targets[0]))  # type: ignore[attr-defined]
    uses = Counter(_uses(tree, folded))
    if len(uses) <= _FEW:
        return tree
    chain = ".".join(name for name, _ in uses.most_common(_FIRST))
    return ast.Module([*ast.parse(f"if []: None.{chain}").body, *tree.body], [])


def _uses(node: ast.AST, local: frozenset[str]) -> Iterator[str]:
    """Yield each name as often as the code of a module has its number.

    `local` have none: variables of the function around, and constants that the compiler folds.
    """
    match node:
        case ast.Attribute(attr=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name) | ast.alias(name=name):
            yield name
        case ast.keyword(arg=str(name)):
            yield name
        case ast.Name(id=name) if name not in local:
            yield name
    if isinstance(node, ast.FunctionDef):
        local |= bound_in(node)
    for part in ast.iter_child_nodes(node):
        yield from _uses(part, local)
