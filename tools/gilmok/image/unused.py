"""Leaves out of the bundles what no module of an image mentions: functions that only the host calls, or tests.

A name is mentioned where it is read, imported, asked of any object or said in a string, and by `getattr(…, "_" + name)` where it begins so.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection

from gilmok.image.code import Code
from gilmok.image.kept import kept_names


def drop_unused(code: Code, members: Collection[str]) -> set[str]:
    """Take functions that nobody mentions out of the modules `members`, and return their names; `_method` of a class is one too."""
    kept = kept_names(code, set())
    dropped: set[str] = set()
    while True:
        mentioned = Counter(name for module in code.modules.values() for node in module.nodes for name in _mentioned(node))
        found = {
            node.name
            for name in members
            for node in code.modules[name].nodes
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("__") and node.name not in kept
            if mentioned[node.name] == sum(part == node.name for inner in ast.walk(node) for part in _mentioned(inner))
        }
        if not found:
            return dropped
        dropped |= found
        for name in members:
            code.modules[name].rewrite(_Drop(found))


def _mentioned(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return [name]
        case ast.ImportFrom(names=aliases):
            return [alias.name for alias in aliases]
        case ast.Constant(value=str(text)):
            return [text]
    return []


class _Drop(ast.NodeTransformer):
    def __init__(self, names: set[str]) -> None:
        self._names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name in self._names else self.generic_visit(node)
