"""Puts a private function that is called in one place where it is called: as a function of its own it takes some 120 bytes more.

It goes in place of a statement `f(…)`, `return f(…)` or `x = f(…)`; one that consists of a `return`, in place of any call. Its variables
get names that nobody else has. One that returns out of a loop stays, where the caller would go on behind it.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Collection
from typing import Any

from gilmok.image.code import Code, Module, names_of
from gilmok.image.flow import Stays, flow
from gilmok.image.given import given
from gilmok.image.kept import kept_names

_REFUSED = (
    *(ast.Lambda, ast.FunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.NamedExpr),
    ast.Import,
)


def inline_once(code: Code, members: Collection[str], begins: str = "_") -> set[str]:
    """Rewrite the modules `members`, and return the functions that are gone, of those whose names begin so."""
    kept = kept_names(code, set())
    families = _families(code)
    gone: set[str] = set()
    while True:
        foreign = {name for module in code.modules.values() for node in module.nodes for name in _asked_elsewhere(node)} | kept
        whole = {root: Counter[str]() for root in families.values()}
        for module in code.modules.values():
            for each in module.tree.body:
                if isinstance(each, ast.ClassDef):
                    whole[families[each.name]].update(name for node in ast.walk(each) for name in _asked_here(node))
        found: set[str] = set()
        for member in members:
            module = code.modules[member]
            changed = _inline_in(module, module.tree, Counter(_named(module)), foreign, begins)
            for each in module.tree.body:
                if isinstance(each, ast.ClassDef):
                    changed |= _inline_in(module, each, whole[families[each.name]], foreign, begins)
            if changed:
                module.rewrite(ast.NodeTransformer())
            found |= changed
        if not found:
            return gone
        gone |= found


def _families(code: Code) -> dict[str, str]:
    """Return for each class one that stands for all that inherit from one another: they know each other's private functions."""
    classes = [each for module in code.modules.values() for each in module.tree.body if isinstance(each, ast.ClassDef)]
    family = {each.name: each.name for each in classes}
    for each in classes:
        for base in each.bases:
            name = base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""
            if name in family:
                old, new = family[each.name], family[name]
                family = {one: new if root == old else root for one, root in family.items()}
    return family


def _is_own(value: ast.expr) -> bool:
    """Tell whether an attribute of this is one of the class that it stands in."""
    match value:
        case ast.Name(id="self") | ast.Call(func=ast.Name(id="super")):
            return True
    return False


def _asked_elsewhere(node: ast.AST) -> list[str]:
    """Return the names by which a node means what may be anybody's."""
    match node:
        case ast.Attribute(value=value, attr=name) if not _is_own(value):
            return [name]
        case ast.keyword(arg=str(name)):
            return [name]
        case ast.ImportFrom(names=aliases):
            return [alias.name for alias in aliases]
        case ast.Constant(value=str(text)):
            return [text]
    return []


def _asked_here(node: ast.AST) -> list[str]:
    """Return what a node of a class mentions, definitions once as well: a name that counts two has one and one call."""
    match node:
        case ast.Attribute(value=value, attr=name) if _is_own(value):
            return [name]
        case ast.Name(id=name) | ast.FunctionDef(name=name):
            return [name]
    return []


def _named(module: Module) -> list[str]:
    return [
        name
        for node in module.nodes
        for name in ([node.id] if isinstance(node, ast.Name) else [node.name] if isinstance(node, ast.FunctionDef) else [])
    ]


def _inline_in(module: Module, scope: ast.Module | ast.ClassDef, mentioned: Counter[str], foreign: set[str], begins: str) -> set[str]:
    """Rewrite the functions of a module or a class, and return those that are gone."""
    is_class = isinstance(scope, ast.ClassDef)
    functions = {node.name: node for node in scope.body if isinstance(node, ast.FunctionDef)}
    within = {
        name: node
        for name, node in functions.items()
        if name.startswith(begins)
        and not name.startswith("__")
        and mentioned[name] == 2
        and name not in foreign
        and _may_move(node, is_class)
    }
    callers = list(functions.values())
    if not is_class:
        callers += [
            node for each in scope.body if isinstance(each, ast.ClassDef) for node in each.body if isinstance(node, ast.FunctionDef)
        ]
    gone: set[str] = set()
    outer = [caller for caller in callers if caller not in within.values()]
    for caller in [*outer, *within.values()]:  # those that stay themselves come last
        if (is_class or caller not in outer) and caller.name in gone or _is_odd(caller):
            continue
        putting = _Put(caller, {name: each for name, each in within.items() if each is not caller}, is_class)
        caller.body = putting.statements(caller.body)
        gone |= putting.gone
        for name in putting.gone:
            within.pop(name)
            scope.body.remove(functions[name])
    return gone


def _is_odd(caller: ast.FunctionDef) -> bool:
    return any(isinstance(node, (ast.Global, ast.Yield, ast.YieldFrom)) for node in ast.walk(caller))


def _may_move(node: ast.FunctionDef, is_method: bool) -> bool:
    args = node.args
    plain = not (args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs or node.decorator_list)
    parts = [part for each in node.body for part in ast.walk(each)]
    inner = any(isinstance(part, _REFUSED) or isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del) for part in parts)
    mine = not is_method or bool(args.args) and args.args[0].arg == "self" and "self" not in _stored(node)
    return plain and not inner and mine and all(isinstance(default, ast.Constant) for default in args.defaults)


def _stored(node: ast.AST) -> set[str]:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    return names | {each.name for each in ast.walk(node) if isinstance(each, ast.ExceptHandler) and each.name}


class _Put:
    """Puts functions into one caller."""

    def __init__(self, caller: ast.FunctionDef, found: dict[str, ast.FunctionDef], is_method: bool) -> None:
        self._found = found
        self._is_method = is_method
        self._locals = _stored(caller) | {arg.arg for arg in caller.args.args}
        self._known = {name for node in ast.walk(caller) for name in names_of(node)}
        self.gone: set[str] = set()

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Return the statements of a block with what they call in their place."""
        made: list[ast.stmt] = []
        for statement in body:
            if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                for field in ("body", "orelse", "finalbody"):
                    if inner := getattr(statement, field, None):
                        setattr(statement, field, self.statements(inner))
                for handler in getattr(statement, "handlers", ()):
                    handler.body = self.statements(handler.body)
                statement = _Expressions(self).visit(statement)
            try:
                made += self._replaced(statement)
            except Stays:
                made.append(statement)
        return made

    def _replaced(self, statement: ast.stmt) -> list[ast.stmt]:
        match statement:
            case ast.Return(value=ast.Call() as call):
                before, body = self.moved(call)
                last = [] if isinstance(body[-1], (ast.Return, ast.Raise)) else [ast.Return(None)]
                made = [*before, *body, *last]
            case ast.Expr(value=ast.Call() as call):
                before, body = self.moved(call)
                made = [*before, *flow(body, _drop)[0]] or [ast.Pass()]
            case ast.Assign(targets=[target], value=ast.Call() as call) if _is_plain(target):
                before, body = self.moved(call)
                made = [
                    *before,
                    *flow(body, lambda value: [ast.Assign([copy.deepcopy(target)], value or ast.Constant(None), lineno=0)])[0],
                ]
            case ast.Return(value=ast.expr() as value) | ast.Assign(targets=[ast.Name()], value=value) if name := self._called_sometimes(
                value
            ):
                return self.statements(self._parted(statement, value, f"{name}_else"))
            case _:
                return self._hoisted(statement)
        self.note(call)
        return self.statements(made)

    def _called_sometimes(self, value: ast.expr) -> str | None:
        """Return a function that is called where what stands before it does not decide already."""
        match value:
            case ast.BoolOp(values=[_, *_, last]):
                return self._to_move(last)
            case ast.IfExp(body=first, orelse=second):
                return self._to_move(first) or self._to_move(second)
        return None

    def _to_move(self, value: ast.expr) -> str | None:
        if not isinstance(value, ast.Call):
            return self._called_sometimes(value)
        try:
            self.moved(value)
        except Stays:
            return None
        return self.name_of(value)

    def _parted(self, statement: ast.Return | ast.Assign, value: ast.expr, variable: str) -> list[ast.stmt]:
        """Return an `if` for a value of `and`, `or` or `if`."""
        match value:
            case ast.IfExp(test=test, body=first, orelse=second):
                choice = copy.deepcopy(statement)
                statement.value, choice.value = first, second
                return [ast.If(test, [statement], [choice])]
            case ast.BoolOp(op=op, values=[*firsts, last]):
                self._locals.add(variable)
                test = ast.Name(variable, ast.Load())
                begin = ast.Assign([ast.Name(variable, ast.Store())], firsts[0] if len(firsts) == 1 else ast.BoolOp(op, firsts), lineno=0)
                end = copy.deepcopy(statement)
                statement.value, end.value = ast.Name(variable, ast.Load()), last
                return [begin, ast.If(test, [end], [statement]) if isinstance(op, ast.And) else ast.If(test, [statement], [end])]
        raise Stays

    def _hoisted(self, statement: ast.stmt) -> list[ast.stmt]:
        """Put what a statement evaluates first before it."""
        field = {ast.If: "test", ast.For: "iter"}.get(type(statement), "value")
        if not isinstance(statement, (ast.If, ast.For, ast.Return, ast.Expr, ast.Assign)) or getattr(statement, field) is None:
            return [statement]
        place: tuple[Any, Any] = (statement, field)
        while (value := _at(place)) and not (isinstance(value, ast.Call) and self.name_of(value)):
            match value:
                case ast.UnaryOp():
                    place = (value, "operand")
                case ast.BoolOp():
                    place = (value.values, 0)
                case ast.Compare() | ast.BinOp():
                    place = (value, "left")
                case ast.Subscript() | ast.Attribute():
                    place = (value, "value")
                case ast.IfExp():
                    place = (value, "test")
                case ast.Tuple(elts=[_, *_]) | ast.List(elts=[_, *_]):
                    place = (value.elts, 0)
                case ast.Call(func=ast.Name() | ast.Attribute(value=ast.Name()), args=[first, *_]) if not isinstance(first, ast.Starred):
                    place = (value.args, 0)
                case _:
                    return [statement]
        if value is None:
            return [statement]
        variable = f"{self.name_of(value)}_made"
        made = self._replaced(ast.Assign([ast.Name(variable, ast.Store())], value, lineno=0))
        new = ast.Name(variable, ast.Load())
        if isinstance(place[1], int):
            place[0][place[1]] = new
        else:
            setattr(place[0], place[1], new)
        self._locals.add(variable)
        return [*made, statement]

    def name_of(self, call: ast.Call) -> str | None:
        """Return which of the functions a call is of."""
        match call.func:
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if self._is_method and name in self._found and name not in self.gone:
                return name
            case ast.Name(id=name) if not self._is_method and name in self._found and name not in self.gone:
                return name
        return None

    def note(self, call: ast.Call) -> None:
        """Take note that a call is gone, and its function with it."""
        name = self.name_of(call)
        if name is None:
            raise Stays
        self.gone.add(name)
        self._locals |= {f"{name}_{each}" for each in _own(self._found[name])}

    def moved(self, call: ast.Call) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """Return the statements that evaluate the arguments of a call, and those of its function."""
        name = self.name_of(call)
        if name is None or self._mixes(self._found[name]):
            raise Stays
        function = self._found[name]
        stored = _stored(function)
        known: dict[str, ast.expr] = {}
        before: list[ast.stmt] = []
        for parameter, value in given(function, call, self._is_method).items():
            if parameter not in stored and self._stands(value):
                known[parameter] = value
            else:
                before.append(ast.Assign([ast.Name(f"{name}_{parameter}", ast.Store())], value, lineno=0))
        rename = _Rename(name, _own(function), known)
        return before, [rename.visit(copy.deepcopy(each)) for each in function.body]

    def _mixes(self, function: ast.FunctionDef) -> bool:
        """Tell whether a function means something else by a name than its caller, which has it for a variable, or the other way round."""
        parts = [node for node in ast.walk(function) if isinstance(node, ast.ImportFrom)]
        imported = {alias.asname or alias.name for node in parts for alias in node.names}
        asked = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} - _own(function) - {"self"}
        return bool(imported & self._known or asked & self._locals)

    def _stands(self, value: ast.expr) -> bool:
        """Tell whether a value is the same wherever it is asked for: nobody but the caller changes its variables."""
        return isinstance(value, ast.Constant) or isinstance(value, ast.Name) and value.id in self._locals


def _at(place: tuple[Any, Any]) -> Any:
    return place[0][place[1]] if isinstance(place[1], int) else getattr(place[0], place[1])


class _Expressions(ast.NodeTransformer):
    """Puts functions that consist of a `return` into the expressions of one statement."""

    def __init__(self, put: _Put) -> None:
        self._put = put

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    visit_Lambda = visit_ClassDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        try:
            match self._put.moved(node):
                case ([], [ast.Return(value=ast.expr() as value)]):
                    self._put.note(node)
                    return self.visit(value)
        except Stays:
            pass
        return node


class _Rename(ast.NodeTransformer):
    """Gives the variables of a function names of their own, and puts the values of its parameters in their place."""

    def __init__(self, name: str, own: set[str], known: dict[str, ast.expr]) -> None:
        self._name = name
        self._own = own
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._known:
            return copy.deepcopy(self._known[node.id])
        if node.id in self._own:
            node.id = f"{self._name}_{node.id}"
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        if node.name:
            node.name = f"{self._name}_{node.name}"
        return self.generic_visit(node)


def _own(function: ast.FunctionDef) -> set[str]:
    """Return the variables of a function but `self`."""
    return (_stored(function) | {arg.arg for arg in function.args.args}) - {"self"}


def _is_plain(target: ast.expr) -> bool:
    match target:
        case ast.Name() | ast.Attribute(value=ast.Name()):
            return True
        case ast.Tuple(elts=parts):
            return all(isinstance(part, ast.Name) for part in parts)
    return False


def _drop(value: ast.expr | None) -> list[ast.stmt]:
    return [ast.Expr(value)] if value and any(isinstance(part, ast.Call) for part in ast.walk(value)) else []
