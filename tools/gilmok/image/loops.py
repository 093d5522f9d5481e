"""Writes a list that a statement evaluates first as a loop before it: as a comprehension it is a function of its own, 100 bytes more.

What stands before the list must be worth the same afterwards: a name, a constant, or an attribute where the list calls nothing. One that
only `any` or `sum` looks at is not made at all; what `and`, `or` and `if` evaluate only sometimes goes into an `if`.
"""

from __future__ import annotations

import ast
from typing import Any

HOT = ("gilmok_wire.columns",)  # lists of a frame's values: there a comprehension is worth its bytes, since calling `append` takes longer
_REFUSED = (ast.Lambda, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr)
_HARMLESS = ("abs", "bool", "enumerate", "int", "len", "max", "min", "range", "zip")  # calls that change nothing
_FIELDS: dict[type, str] = {ast.For: "iter", ast.If: "test"}  # what a statement evaluates first; of others it is their value
_Place = tuple[Any, Any]


class Loops(ast.NodeTransformer):
    """Rewrites the functions of one module."""

    def __init__(self) -> None:
        self._functions = 0
        self._names = 0
        self._bound: set[str] = set()  # what the module gives values to
        self._methods: set[str] = set()

    def visit_Module(self, node: ast.Module) -> ast.AST:
        stored = [each for each in ast.walk(node) if isinstance(getattr(each, "ctx", None), ast.Store)]
        self._bound = {each.id for each in stored if isinstance(each, ast.Name)}
        attributes = {each.attr for each in stored if isinstance(each, ast.Attribute)}
        self._methods = {each.name for each in ast.walk(node) if isinstance(each, ast.FunctionDef)} - attributes
        return self.generic_visit(node)

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
        if not self._functions or isinstance(node, ast.AugAssign) and not isinstance(node.target, ast.Name):
            return node
        made: list[Any] = []
        place: _Place = (node, _FIELDS.get(type(node), "value"))
        while _at(place) is not None and (found := self._first(place)) is not None:
            made += self._replaced(*found)
        made.append(node)
        return made

    visit_Return = visit_Assign = visit_Expr = visit_For = visit_If = visit_AugAssign = _statement

    def _first(self, place: _Place, later: bool = False) -> tuple[_Place, bool] | None:
        """Return where something stands that becomes statements, and whether anything is evaluated before it."""
        value = _at(place)
        if self._becomes_statements(value, later):
            return place, later
        for inner in _in_order(value):
            if found := self._first(inner, later):
                return found
            if self._is_fixed(_at(inner), isinstance(value, ast.Call)):
                continue
            if not _is_harmless(_at(inner)):
                return None
            later = True
        return None

    def _is_fixed(self, value: ast.expr, is_called: bool) -> bool:
        """Tell whether an expression is worth the same whatever is evaluated before it: a variable, or the method of one's object."""
        match value:
            case ast.Name() | ast.Constant():
                return True
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return is_called and name in self._methods
            case ast.Attribute(value=ast.Name() | ast.Constant()):
                return is_called
        return False

    def _becomes_statements(self, value: ast.expr, later: bool) -> bool:
        match value:
            case ast.ListComp():
                return self._is_plain(value) and (not later or _is_harmless(value))
            case ast.Call(func=ast.Name(id="any" | "sum" as name), args=[ast.ListComp() as made], keywords=[]):
                return self._is_plain(made) and name not in self._bound and (not later or _is_harmless(made))
            case ast.BoolOp(values=[_, *rest]):
                return any(self._first(_held(each)) for each in rest) and (not later or _is_harmless(value))
            case ast.IfExp(body=first, orelse=second):
                return any(self._first(_held(each)) for each in (first, second)) and (not later or _is_harmless(value))
        return False

    def _is_plain(self, made: ast.ListComp) -> bool:
        inner = (part for part in ast.walk(made) if part is not made)
        targets = [each.id for part in made.generators for each in ast.walk(part.target) if isinstance(each, ast.Name)]
        return len(targets) == len(set(targets)) and not any(isinstance(part, _REFUSED) for part in inner)

    def _replaced(self, place: _Place, later: bool) -> list[Any]:
        """Put a variable in a place, and return the statements that give it its value."""
        value = _at(place)
        name = f"_list_{self._names}"
        self._names += 1
        _put(place, ast.Name(name, ast.Load()))
        match value:
            case ast.ListComp():
                append = ast.Call(ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load()), [value.elt], [])
                return [_assign(name, ast.List([], ast.Load())), *self._loop(name, value, ast.Expr(append))]
            case ast.Call(func=ast.Name(id="any"), args=[ast.ListComp() as made]):
                found = ast.If(made.elt, [_assign(name, ast.Constant(True))], [])
                return [_assign(name, ast.Constant(False)), *self._loop(name, made, found)]
            case ast.Call(func=ast.Name(id="sum"), args=[ast.ListComp() as made]):
                total = ast.AugAssign(ast.Name(name, ast.Store()), ast.Add(), made.elt)
                return [_assign(name, ast.Constant(0)), *self._loop(name, made, total)]
            case ast.BoolOp(op=op, values=[first, *rest]):
                test: ast.expr = ast.Name(name, ast.Load())
                if isinstance(op, ast.Or):
                    test = ast.UnaryOp(ast.Not(), test)
                other = rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
                return [*self._made(_assign(name, first)), ast.If(test, self._made(_assign(name, other)), [])]
            case ast.IfExp(test=test, body=body, orelse=orelse):
                choice = ast.If(test, self._made(_assign(name, body)), self._made(_assign(name, orelse)))
                return self._made(choice)
        raise ValueError(f"nothing becomes statements in {ast.unparse(value)}")

    def _made(self, statement: ast.stmt) -> list[ast.stmt]:
        """Return a new statement with what becomes of it."""
        made: list[Any] = []
        place: _Place = (statement, _FIELDS.get(type(statement), "value"))
        while (found := self._first(place)) is not None:
            made += self._replaced(*found)
        return [*made, statement]

    def _loop(self, name: str, made: ast.ListComp, body: ast.stmt) -> list[ast.stmt]:
        """Return the loop of a comprehension, what it begins with before it; what it binds are variables under names of their own."""
        inner: list[ast.stmt] = []
        for part in reversed(made.generators):
            inner = inner or self._made(body)
            for test in reversed(part.ifs):
                inner = self._made(ast.If(test, inner, []))
            inner = [ast.For(part.target, part.iter, inner, [], lineno=0)]
        loop = inner[0]
        if not isinstance(loop, ast.For):
            raise ValueError("a comprehension becomes no loop")
        outside, loop.iter = loop.iter, ast.Constant(0)  # evaluated outside: there the names are others
        mine = {each.id for part in made.generators for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        for each in ast.walk(loop):
            if isinstance(each, ast.Name) and each.id in mine:
                each.id = f"{name}_{each.id}"
        loop.iter = outside
        return self._made(loop)


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value, lineno=0)


def _held(value: ast.expr) -> _Place:
    return [value], 0


def _at(place: _Place) -> Any:
    return place[0][place[1]] if isinstance(place[1], int) else getattr(place[0], place[1])


def _put(place: _Place, value: ast.expr) -> None:
    if isinstance(place[1], int):
        place[0][place[1]] = value
    else:
        setattr(place[0], place[1], value)


def _in_order(value: ast.expr) -> list[_Place]:
    """Return the parts of an expression that are evaluated whatever becomes of it, in order; where that is not known none."""
    match value:
        case ast.UnaryOp():
            return [(value, "operand")]
        case ast.BoolOp():
            return [(value.values, 0)]
        case ast.Compare(comparators=[_]):
            return [(value, "left"), (value.comparators, 0)]
        case ast.BinOp():
            return [(value, "left"), (value, "right")]
        case ast.Attribute() | ast.Starred():
            return [(value, "value")]
        case ast.Subscript():
            return [(value, "value"), (value, "slice")]
        case ast.IfExp():
            return [(value, "test")]
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [(parts, place) for place in range(len(parts))]
        case ast.Call():
            return [(value, "func"), *((value.args, place) for place in range(len(value.args)))]
    return []


def _is_harmless(value: ast.AST) -> bool:
    """Tell whether evaluating an expression changes nothing: it calls nothing but what only looks."""
    return all(isinstance(each.func, ast.Name) and each.func.id in _HARMLESS for each in ast.walk(value) if isinstance(each, ast.Call))
