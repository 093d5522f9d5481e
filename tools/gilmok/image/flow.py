"""Lets the statements of a function go on behind its end instead of returning: what it would return is handed to `emit`."""

from __future__ import annotations

import ast
from collections.abc import Callable

Emit = Callable[["ast.expr | None"], "list[ast.stmt]"]


class Stays(Exception):
    """This function cannot go where it is called."""


def flow(body: list[ast.stmt], emit: Emit) -> tuple[list[ast.stmt], bool]:
    """Return statements that do the same and go on behind instead of returning, and whether the first ones always returned.

    Raises: Stays.
    """
    made: list[ast.stmt] = []
    for place, statement in enumerate(body):
        rest = body[place + 1 :]
        if isinstance(statement, ast.Return):
            return [*made, *emit(statement.value)], True
        if isinstance(statement, ast.Raise):
            return [*made, statement], True
        if not _returns(statement):
            made.append(statement)
        elif isinstance(statement, ast.If):
            first, second = _ends(statement.body), _ends(statement.orelse)
            if not (first or second) and rest:
                raise Stays
            yes = flow(statement.body if first else [*statement.body, *rest], emit)[0]
            no = flow(statement.orelse if second else [*statement.orelse, *rest], emit)[0]
            test = statement.test
            if not yes:
                test, yes, no = ast.UnaryOp(ast.Not(), test), no, []
            return [*made, ast.If(test, yes, no) if yes else ast.Expr(statement.test)], True
        else:
            raise Stays
    return [*made, *emit(None)], False


def _returns(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Return) for part in ast.walk(node))


def _ends(body: list[ast.stmt]) -> bool:
    """Tell whether nothing goes on behind these statements."""
    match body[-1:]:
        case [ast.Return() | ast.Raise()]:
            return True
        case [ast.If(body=yes, orelse=no)]:
            return _ends(yes) and _ends(no)
    return False
