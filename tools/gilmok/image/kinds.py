"""Makes one class of those that differ by a CODE, as sensors' errors do, or by their name alone: each costs 200 bytes.

`Absent("no answer", 5)` becomes `SensorError("no answer", 5, 1)`, `Replayed(7)` becomes `DecodeError(7)`. A class that somebody tells apart
from the others, in `except` or by `isinstance`, stays one.
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
    plain = {name: base for module in code.modules.values() for name, base in _plain(module)}
    for module in code.modules.values():
        called = {id(node.func) for node in module.nodes if isinstance(node, ast.Call)}
        bases = {id(base) for node in module.nodes if isinstance(node, ast.ClassDef) for base in node.bases}
        for node in module.nodes:
            if isinstance(node, ast.Name) and id(node) not in called:
                found.pop(node.id, None)
                if id(node) not in bases:
                    plain.pop(node.id, None)
            if isinstance(node, ast.alias) and node.asname or isinstance(node, ast.Attribute):
                plain.pop(node.name if isinstance(node, ast.alias) else node.attr, None)
    for name, base in plain.items():
        while base in plain:
            base = plain[base]
        plain[name] = base
    for module in code.modules.values():
        module.rewrite(_Merge(found))
        module.rewrite(_Rename(plain))


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


def _plain(module: Module) -> Iterator[tuple[str, str]]:
    """Yield (name, base) of the errors of a module that are their base under another name."""
    ours = {node.name for node in module.tree.body if isinstance(node, ast.ClassDef)}
    for node in module.tree.body:
        match node:
            case ast.ClassDef(name=name, bases=[ast.Name(id=base)], body=[ast.Delete()] | [ast.Delete(), ast.Pass()]) if base in ours:
                yield name, base


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


class _Rename(ast.NodeTransformer):
    """Calls classes by the names of their bases, and leaves them out."""

    def __init__(self, bases: dict[str, str]) -> None:
        self._bases = bases

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | None:
        return None if node.name in self._bases else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._bases.get(node.id, node.id)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        names = {self._bases.get(alias.name, alias.name): alias for alias in node.names}
        node.names = [ast.alias(name, alias.asname) for name, alias in names.items()]
        return node
