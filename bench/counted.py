"""Device code that counts its own work, so that a bench may say how long a chip takes whatever else the desk does.

Before every run of simple statements stands one that adds what they weigh: a bytecode's weight is a multiple of that of loading a
local. Builtins in C weigh a call; what a branch of an `and` or of a conditional expression leaves out is counted all the same.
"""

import ast
from pathlib import Path

from gilmok.demo.interpreter import Interpreter
from gilmok.image.build import _compile_all, the_image

COUNTER = "work_count"
_HEAD = f"from {COUNTER} import work_tick, work_units\n"
_MODULE = "work_units = [0]\n\n\ndef work_tick(weight):\n    work_units[0] += weight\n    return True\n"
# Loading and storing a name is the unit; an attribute is looked up in one or two maps, a call makes a frame.
_WEIGHTS: dict[type[ast.AST], int] = {
    ast.Name: 1,
    ast.Constant: 1,
    ast.Attribute: 3,
    ast.Subscript: 3,
    ast.Call: 7,
    ast.BinOp: 2,
    ast.UnaryOp: 2,
    ast.Compare: 2,
    ast.AugAssign: 2,
    ast.Tuple: 3,
    ast.List: 3,
    ast.Dict: 3,
    ast.Slice: 3,
    ast.JoinedStr: 6,
    ast.Try: 2,
    ast.Raise: 20,
    ast.Return: 1,
    ast.ListComp: 8,
    ast.SetComp: 8,
    ast.DictComp: 8,
    ast.GeneratorExp: 10,
    ast.Lambda: 3,
}
_ITERATION, _ENTRY = 3, 4
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.FunctionDef, ast.ClassDef, ast.Lambda)


class CountedInterpreter(Interpreter):
    """An Interpreter whose image counts what it does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, host_too=True)
        texts = {path: counted(text) for path, text in the_image(True).texts.items()}
        for path, data in _compile_all(texts).items():
            (self.image / path).write_bytes(data)
        (self.image / f"{COUNTER}.py").write_text(_MODULE, encoding="utf-8")


def counted(text: str) -> str:
    """Return a module that counts what its functions do."""
    tree = _Counting().visit(ast.parse(text))
    return _HEAD + ast.unparse(ast.fix_missing_locations(tree)) + "\n"


class _Counting(ast.NodeTransformer):
    """Adds the counting; children first, as what is added weighs nothing."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = self._block(node.body, _ENTRY)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        weight = _weigh(node.body) + _ENTRY
        body = self.visit(node.body)
        node.body = ast.Subscript(ast.Tuple([_tick(weight), body], ast.Load()), ast.Constant(1), ast.Load())
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._comprehend(node, [node.elt])

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._comprehend(node, [node.elt])

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._comprehend(node, [node.elt])

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._comprehend(node, [node.key, node.value])

    def _comprehend(self, node, made: list[ast.expr]) -> ast.AST:
        weight = sum(map(_weigh, made))
        last = len(node.generators) - 1
        weights = [
            _ITERATION
            + _weigh(each.target)
            + sum(map(_weigh, each.ifs))
            + (weight if place == last else _weigh(node.generators[place + 1].iter))
            for place, each in enumerate(node.generators)
        ]
        node = self.generic_visit(node)
        for each, weight in zip(node.generators, weights, strict=True):
            each.ifs.insert(0, _tick(weight))
        return node

    def _block(self, body: list[ast.stmt], weight: int = 0) -> list[ast.stmt]:
        """Return statements that count: in front of each run of simple ones, with the head of what ends the run."""
        found: list[ast.stmt] = []
        run: list[ast.stmt] = []
        for statement in body:
            weight += _weigh_head(statement)
            run.append(self._inside(statement))
            if hasattr(statement, "body"):
                found += [_add(weight), *run]
                run, weight = [], 0
        return found + ([_add(weight), *run] if run else [])

    def _inside(self, statement: ast.stmt) -> ast.stmt:
        """Return the statement with its own blocks counting."""
        if not hasattr(statement, "body"):
            return self.visit(statement)
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            return self.visit(statement)
        again = 0
        if isinstance(statement, ast.For):
            again = _ITERATION + _weigh(statement.target)
        elif isinstance(statement, ast.While):
            again = _ITERATION + _weigh(statement.test)
        for name in ("body", "orelse", "finalbody"):
            if getattr(statement, name, None):
                setattr(statement, name, self._block(getattr(statement, name), again if name == "body" else 0))
        for handler in getattr(statement, "handlers", ()):
            handler.body = self._block(handler.body)
        for name in ("test", "iter"):
            if hasattr(statement, name):
                setattr(statement, name, self.visit(getattr(statement, name)))
        return statement


def _tick(weight: int) -> ast.expr:
    return ast.Call(ast.Name("work_tick", ast.Load()), [ast.Constant(weight)], [])


def _add(weight: int) -> ast.stmt:
    return ast.parse(f"work_units[0] += {weight}").body[0]


def _weigh_head(statement: ast.stmt) -> int:
    """Return the weight of a statement without the blocks in it."""
    if not hasattr(statement, "body"):
        return _weigh(statement)
    parts = [getattr(statement, name) for name in ("test", "iter") if hasattr(statement, name)]
    return _WEIGHTS.get(type(statement), 1) + sum(map(_weigh, parts))


def _weigh(node: ast.AST) -> int:
    """Return the weight of an expression or simple statement; of a comprehension's passes the first iterable alone."""
    weight = _WEIGHTS.get(type(node), 0)
    if isinstance(node, _SCOPES):
        return weight
    if isinstance(node, _COMPREHENSIONS):
        return weight + _weigh(node.generators[0].iter)
    return weight + sum(map(_weigh, ast.iter_child_nodes(node)))
