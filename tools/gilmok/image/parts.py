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
        for begin, attribute, call, kind in _made_by(whole):
            if kind in classes and classes[kind] is not whole:
                part = _Part(code, module, whole, begin, attribute, call, classes[kind])
                if part.is_apart(words):
                    yield part


def _made_by(whole: ast.ClassDef) -> Iterator[tuple[ast.FunctionDef, str, ast.Call, str]]:
    """Yield what a class makes when it begins: (`__init__`, attribute, call, name of what is called)."""
    for begin in (each for each in whole.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"):
        for made in begin.body:
            match made:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attribute)], value=ast.Call() as call):
                    if isinstance(call.func, ast.Name):
                        yield begin, attribute, call, call.func.id


class _Part:
    """An object of class `kind` that one of class `whole` has under the name `attribute`: its method `begin` makes it by `call`."""

    def __init__(
        self,
        code: Code,
        module: Module,
        whole: ast.ClassDef,
        begin: ast.FunctionDef,
        attribute: str,
        call: ast.Call,
        kind: ast.ClassDef,
    ) -> None:
        self._code, self._module = code, module
        self._whole, self._begin = whole, begin
        self._attribute, self._call, self._kind = attribute, call, kind
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
            if isinstance(node, ast.Attribute) and _is_self(node.value):
                node.attr = names[node.attr]
            elif isinstance(node, ast.FunctionDef) and node in self._kind.body:
                node.name = names[node.name]
        self._whole.body += [each for each in self._kind.body if not isinstance(each, ast.Delete)]
        self._module.tree.body.remove(self._kind)
        place = next(at for at, each in enumerate(self._begin.body) if isinstance(each, ast.Assign) and each.value is self._call)
        self._call.func = ast.Attribute(ast.Name("self", ast.Load()), names.get("__init__", ""), ast.Load())
        self._begin.body[place : place + 1] = [ast.Expr(self._call)] if "__init__" in names else []
        self._module.rewrite(ast.NodeTransformer())

    def _names(self) -> dict[str, str]:
        """Return what each method and attribute of the part is called in the whole: the same, unless that means something elsewhere."""
        uses = set(self._uses)
        nodes = [node for module in self._code.modules.values() for node in module.nodes if node not in self._mine]
        taken = {node.attr for node in nodes if isinstance(node, ast.Attribute) and node not in uses}
        taken |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        taken |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        mine = {node.attr for node in self._uses} | {node.name for node in self._kind.body if isinstance(node, ast.FunctionDef)}
        mine |= {node.attr for node in self._mine if isinstance(node, ast.Attribute) and _is_self(node.value)}
        return {name: f"{name.replace('__', '')}_of{self._attribute}" if name in taken else name for name in sorted(mine)}

    def _is_it(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute) and node.attr == self._attribute and _is_self(node.value)

    def _is_plain(self, statement: ast.stmt) -> bool:
        """Tell whether a statement of the part's class is a method that knows itself by `self.` alone."""
        if not isinstance(statement, ast.FunctionDef) or statement.decorator_list or statement.args.args[0].arg != "self":
            return False
        selves = sum(_is_self(node) for node in ast.walk(statement))
        return selves == sum(isinstance(node, ast.Attribute) and _is_self(node.value) for node in ast.walk(statement))


def _words_of(node: ast.AST) -> list[str]:
    """Return the words by which a node itself may mean something that is defined elsewhere."""
    match node:
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
            return [word]
        case ast.ImportFrom(names=aliases):
            return [alias.name for alias in aliases]
    return []


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
