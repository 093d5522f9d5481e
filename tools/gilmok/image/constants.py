"""Puts the value of a whole number or a text that never changes wherever its name is used: neither name nor entry is left in any module."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from typing import Any

from gilmok.image.code import Code, Module, is_folded

_LIMIT = 1 << 30  # what a 32-bit chip holds without an object
_WORD = 10  # letters: the compiler makes a name of such a text, which is there once for all modules; a longer one is there once in each
_Value = int | str | bytes
_OPERATORS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.LShift: operator.lshift,
    ast.BitOr: operator.or_,
    ast.Pow: operator.pow,
}


def inline(code: Code) -> dict[tuple[str, str], _Value]:
    """Put values in the place of names, and return them by (module, name)."""
    asked = {name for module in code.modules.values() for name in _attributes(code, module)}
    asked |= {str(node.value) for module in code.modules.values() for node in module.nodes if isinstance(node, ast.Constant)}
    lent = {node.name for module in code.modules.values() for node in module.nodes if isinstance(node, ast.alias)}
    lent |= {node.attr for module in code.modules.values() for node in module.nodes if isinstance(node, ast.Attribute)}
    found: dict[tuple[str, str], _Value] = {}
    known: dict[str, dict[str, _Value]] = {}
    before = -1
    while len(found) != before:  # a constant may be made of another module's
        before = len(found)
        for module in code.modules.values():
            known[module.name] = _imported(code, module, found) | _own(module, known.get(module.name, {}), asked, lent)
            found |= {(module.name, name): value for name, value in known[module.name].items()}
    for module in code.modules.values():
        module.rewrite(_Inline(code, module, found, known[module.name]))
    return found


def _own(module: Module, known: dict[str, _Value], asked: set[str], lent: set[str]) -> dict[str, _Value]:
    """Return the constants that a module defines, as far as they are made of what is known."""
    stored = Counter(name for node in module.nodes for name in _stored(node))
    found = dict(known)
    is_package = module.package == module.name
    folded: dict[str, _Value] = {}  # the compiler puts them in their place itself
    for statement in module.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() | bytes() as text)) if not is_package:
                if (isinstance(text, str) and len(text) <= _WORD or name not in lent) and stored[name] == 1 and name not in asked:
                    found[name] = text
            case ast.Assign(targets=[ast.Name(id=name)], value=expression) if not is_folded(statement):
                value = _value(expression, found | folded)
                if isinstance(value, int) and abs(value) < _LIMIT and stored[name] == 1 and name not in asked:
                    found[name] = value
            case ast.Assign(targets=[ast.Name(id=name)], value=expression):
                value = _value(expression, found | folded)
                if value is not None and stored[name] == 1:
                    folded[name] = value
    return found


def _imported(code: Code, module: Module, found: dict[tuple[str, str], _Value]) -> dict[str, _Value]:
    stored = Counter(name for node in module.nodes for name in _stored(node))
    return {
        alias.asname or alias.name: found[source, alias.name]
        for node in module.nodes
        if isinstance(node, ast.ImportFrom) and code.is_ours(node)
        for source in [code.source_of(module, node)]
        for alias in node.names
        if (source, alias.name) in found and not stored[alias.asname or alias.name]
    }


def _attributes(code: Code, module: Module) -> set[str]:
    """Return the attributes that a module asks objects for: not those of modules of the image."""
    known = code.imported_modules(module)
    return {
        node.attr
        for node in module.nodes
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in known)
    }


def _stored(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return [name]
        case ast.Global(names=names):
            return names
    return []


def _value(node: ast.expr, known: dict[str, _Value]) -> int | None:
    """Return what an expression of whole numbers is worth; None for any other."""
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            number = known.get(name)
            return number if isinstance(number, int) else None
        case ast.Call(func=ast.Name(id="const"), args=[inner]):
            return _value(inner, known)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _value(ast.BinOp(ast.Constant(0), ast.Sub(), inner), known)
        case ast.BinOp(left=first, op=do, right=second) if type(do) in _OPERATORS:
            left, right = _value(first, known), _value(second, known)
            return None if left is None or right is None else int(_OPERATORS[type(do)](left, right))
    return None


class _Inline(ast.NodeTransformer):
    def __init__(self, code: Code, module: Module, found: dict[tuple[str, str], _Value], known: dict[str, _Value]) -> None:
        self._code = code
        self._module = module
        self._found = found
        self._known = known
        self._aliases = code.imported_modules(module)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if (self._aliases.get(name, ""), attribute) in self._found:
                return ast.Constant(self._found[self._aliases[name], attribute])
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(self._known[node.id]) if isinstance(node.ctx, ast.Load) and node.id in self._known else node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        match node.targets:
            case [ast.Name(id=name)] if name in self._known:
                return None
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        if self._code.is_ours(node):
            node.names = [alias for alias in node.names if (alias.asname or alias.name) not in self._known]
            if self._code.source_of(self._module, node) == "gilmok_wire.compat":  # the compiler knows `const` without it
                node.names = [alias for alias in node.names if alias.name not in ("const", "TYPE_CHECKING")]
        return node if node.names else None
