"""Makes one object of one and of those that it makes for itself: an object takes 100 bytes, its class 200, and a method 110 that would else
stand where it is called.

`self._pace = Pace(…)` in `__init__`, where nobody else knows the class or the attribute: the class's methods become the other one's, and
`self._pace.rate` is `self.rate`. Sources keep their parts apart, for people; a chip has them in one.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from gilmok.image.code import Code, Module


def join_parts(code: Code, wanted: Iterable[str]) -> None:
    """Join objects whose classes are in one of the modules `wanted`, wherever that changes nothing."""
    for name in wanted:
        while part := next(_found(code, code.modules[name]), None):
            part.join()


def _found(code: Code, module: Module) -> Iterator[_Part]:
    """Yield the parts of a module that can be joined with what makes them."""
    words = Counter(word for each in code.modules.values() for node in each.nodes for word in _words_of(node))
    classes = {node.name: node for node in module.tree.body if isinstance(node, ast.ClassDef)}
    for whole in classes.values():
        made = [
            each
            for function in whole.body
            if isinstance(function, ast.FunctionDef) and function.name == "__init__"
            for each in function.body
        ]
        for node in made:
            match node:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attribute)], value=ast.Call(func=ast.Name(id=name))):
                    if name in classes and classes[name] is not whole:
                        part = _Part(code, module, whole, classes[name], attribute)
                        if part.is_apart(words):
                            yield part


class _Part:
    """An object of class `kind` that one of class `whole` makes, and has under the name `attribute`."""

    def __init__(self, code: Code, module: Module, whole: ast.ClassDef, kind: ast.ClassDef, attribute: str) -> None:
        self._code, self._module = code, module
        self._whole, self._kind = whole, kind
        self._attribute = attribute
        self._mine = set(ast.walk(kind))
        self._uses = [node for node in ast.walk(whole) if isinstance(node, ast.Attribute) and self._is_it(node.value)]

    def is_apart(self, words: Counter[str]) -> bool:
        """Tell whether nobody else knows the class or the object, and the object hands itself to nobody; `words` are those of all code."""
        return (
            words[self._kind.name] == 1  # the call that makes it
            and words[self._attribute] == len(self._uses) + 1  # … and what that is assigned to
            and not self._kind.bases
            and all(isinstance(each, ast.Delete) or self._is_plain(each) for each in self._kind.body)
        )

    def join(self) -> None:
        """Make the part's methods and attributes the whole's."""
        names = self._names()
        for use in self._uses:
            use.value, use.attr = ast.Name("self", ast.Load()), names[use.attr]
        for node in self._mine:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                node.attr = names[node.attr]
            elif isinstance(node, ast.FunctionDef) and node in self._kind.body:
                node.name = names[node.name]
        self._whole.body += [each for each in self._kind.body if not isinstance(each, ast.Delete)]
        self._module.tree.body.remove(self._kind)
        self._module.rewrite(_Begin(self._whole, self._attribute, names.get("__init__")))

    def _names(self) -> dict[str, str]:
        """Return what each method and attribute of the part is called in the whole: the same, unless that means something elsewhere."""
        uses = set(self._uses)
        nodes = [node for module in self._code.modules.values() for node in module.nodes if node not in self._mine]
        taken = {node.attr for node in nodes if isinstance(node, ast.Attribute) and node not in uses}
        taken |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        taken |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        mine = {node.attr for node in self._uses} | {node.name for node in self._kind.body if isinstance(node, ast.FunctionDef)}
        mine |= {node.attr for node in self._mine if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"}
        return {name: f"{name.replace('__', '')}_of{self._attribute}" if name in taken else name for name in sorted(mine)}

    def _is_it(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute) and node.attr == self._attribute and ast.unparse(node.value) == "self"

    def _is_plain(self, statement: ast.stmt) -> bool:
        """Tell whether a statement of the part's class is a method that knows itself by `self.` alone."""
        if not isinstance(statement, ast.FunctionDef) or statement.decorator_list or statement.args.args[0].arg != "self":
            return False
        selves = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == "self"]
        asked = [node for node in ast.walk(statement) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
        return len(selves) == len([node for node in asked if ast.unparse(node.value) == "self"])


def _words_of(node: ast.AST) -> list[str]:
    """Return the words by which a node itself may mean something that is defined elsewhere."""
    match node:
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
            return [word]
        case ast.ImportFrom(names=aliases):
            return [alias.name for alias in aliases]
    return []


class _Begin(ast.NodeTransformer):
    """Has the whole call what made the part."""

    def __init__(self, whole: ast.ClassDef, attribute: str, begin: str | None) -> None:
        self._whole = whole
        self._attribute = attribute
        self._begin = begin

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self.generic_visit(node) if node is self._whole else node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attribute)], value=ast.Call() as call):
                if attribute == self._attribute:
                    call.func = ast.Attribute(ast.Name("self", ast.Load()), self._begin or "", ast.Load())
                    return ast.Expr(call) if self._begin else None
        return node
