"""Makes one class of those that differ by their CODE alone, as sensors' errors do: each costs 200 bytes.

`Absent("no answer", 5)` becomes `SensorError("no answer", 5, 1)`. A class that somebody tells apart from the others, in `except` or by
`isinstance`, stays one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gilmok.image.code import Code, Module

_MARK = "CODE"
_PARAMETERS = 3  # of the base: a code is the last


def merge_kinds(code: Code) -> None:
    """Rewrite all modules."""
    found = {name: kind for module in code.modules.values() for name, kind in _kinds(module)}
    for module in code.modules.values():
        called = {id(node.func) for node in module.nodes if isinstance(node, ast.Call)}
        for node in module.nodes:
            if isinstance(node, ast.Name) and id(node) not in called:
                found.pop(node.id, None)
    for module in code.modules.values():
        module.rewrite(_Merge(found))


def _kinds(module: Module) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield (name, (base, code)) of the classes of a module that consist of a code."""
    for node in module.nodes:
        match node:
            case ast.ClassDef(
                name=name,
                bases=[ast.Name(id=base)],
                body=[ast.Delete(), ast.Assign(targets=[ast.Name(id=mark)], value=ast.Constant(value=int(kind)))],
            ) if mark == _MARK:
                yield name, (base, kind)


class _Merge(ast.NodeTransformer):
    def __init__(self, kinds: dict[str, tuple[str, int]]) -> None:
        self._kinds = kinds

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | None:
        return None if node.name in self._kinds else self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        names = {alias.name: alias for alias in node.names}
        for alias in node.names:
            if alias.name in self._kinds:
                base = self._kinds[alias.name][0]
                names.setdefault(base, ast.alias(base))
        node.names = [alias for name, alias in names.items() if name not in self._kinds]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in self._kinds:
                base, kind = self._kinds[name]
                missing = [ast.Constant(None) for _ in range(_PARAMETERS - 1 - len(args))]
                return ast.Call(ast.Name(base, ast.Load()), [*args, *missing, ast.Constant(kind)], [])
        return node
