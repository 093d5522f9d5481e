"""Writes a list that a statement begins with as a loop before it: as a comprehension it is a function of its own, 100 bytes more."""

from __future__ import annotations

import ast
from typing import Any

HOT = ("gilmok_wire.columns",)  # lists of a frame's values: there a comprehension is worth its bytes, since calling `append` takes longer
_NESTED = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr)


class Loops(ast.NodeTransformer):
    """Rewrites the functions of one module."""

    def __init__(self) -> None:
        self._functions = 0
        self._lists = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._functions += 1
        self.generic_visit(node)
        self._functions -= 1
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        outside, self._functions = self._functions, 0
        self.generic_visit(node)
        self._functions = outside
        return node

    def _statement(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        field = "iter" if isinstance(node, ast.For) else "value"
        match getattr(node, field):
            case ast.ListComp() as made if self._is_plain(made):
                statements = self._loop(made)
                setattr(node, field, statements.pop())
            case ast.Call(func=ast.Name() | ast.Attribute(value=ast.Name()), args=[ast.ListComp() as made, *_]) as call if self._is_plain(
                made
            ):
                statements = self._loop(made)
                call.args[0] = statements.pop()
            case _:
                return node
        return [*statements, node]

    visit_Return = visit_Assign = visit_Expr = visit_For = _statement

    def _is_plain(self, made: ast.ListComp) -> bool:
        inner = (part for part in ast.walk(made) if part is not made)
        return self._functions > 0 and len(made.generators) == 1 and not any(isinstance(part, _NESTED) for part in inner)

    def _loop(self, made: ast.ListComp) -> list[Any]:
        """Return the statements that fill a list, and the list; its name and those within are variables, which cost no name."""
        name = f"_list_{self._lists}"
        self._lists += 1
        part = made.generators[0]
        mine = {each.id: f"{name}_{each.id}" for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        body: ast.stmt = ast.Expr(ast.Call(ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load()), [made.elt], []))
        for test in reversed(part.ifs):
            body = ast.If(test, [body], [])
        loop = ast.For(part.target, ast.Constant(0), [body], [], lineno=0)
        for each in ast.walk(loop):
            if isinstance(each, ast.Name):
                each.id = mine.get(each.id, each.id)
        loop.iter = part.iter  # evaluated outside: there the names are others
        return [ast.Assign([ast.Name(name, ast.Store())], ast.List([], ast.Load()), lineno=0), loop, ast.Name(name, ast.Load())]
