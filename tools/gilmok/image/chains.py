"""Makes one class of one and of those that it comes from: a class takes 200 bytes, an overridden method and a call of `super` more.

A node makes its session of the last class of such a chain alone, and then never loads the others: the methods that are called
by `super` become private ones of the class, those that nobody can reach any more are gone, and what the others' modules define for them is
there as well. The others stay what they are, for nodes that need less.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator

from gilmok.image.code import Code, Module, is_folded

# The last class of each chain. Not a driver: where its module has the base as well, or another driver comes from that, there would be two.
CHAINS = ("gilmok_wire.brief_session.BriefSession", "gilmok_wire.roaming_session.RoamingSession")
_Link = tuple[Module, ast.ClassDef]


def join_chains(code: Code, wanted: Iterable[str] = CHAINS) -> None:
    """Rewrite the modules of the classes `wanted`, each given as module.Class.

    Raises: ValueError where a class cannot be joined with those that it comes from.
    """
    chains = [_Chain(code, full) for full in wanted]
    bases = {node.name for chain in chains for _, node in chain.links[:-1]}
    for module in code.modules.values():
        _refuse_told_apart(module, bases)
    made = [(chain, chain.joined(), chain.needs()) for chain in chains]  # of what the modules are before any of them changes
    for chain, body, needs in made:
        chain.put(body, needs)


def _refuse_told_apart(module: Module, bases: set[str]) -> None:
    """Whoever tells classes apart would not know the one that is made."""
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]) | ast.ExceptHandler(type=ast.expr() as kinds):
                if told := bases & {part.id for part in ast.walk(kinds) if isinstance(part, ast.Name)}:
                    raise ValueError(f"{module.name} tells {', '.join(sorted(told))} apart, which an image joins with what comes from it")


class _Chain:
    """A class and those that it comes from: `links` are (module, class), the first one first."""

    def __init__(self, code: Code, full: str) -> None:
        self._code = code
        self._home, _, name = full.rpartition(".")
        self.links: list[_Link] = []
        where, wanted = self._home, name
        while wanted:
            module = code.modules[where]
            node = next(each for each in module.tree.body if isinstance(each, ast.ClassDef) and each.name == wanted)
            self.links.insert(0, (module, node))
            where, wanted = self._base(module, node)
        if len(self.links) < 2:
            raise ValueError(f"{full} comes from no class of the image")
        self._versions: dict[str, list[int]] = {}  # of each method, the links that define it
        self._functions: dict[tuple[str, int], ast.FunctionDef] = {}
        self._reached: dict[tuple[str, int], ast.FunctionDef] = {}

    def _base(self, module: Module, node: ast.ClassDef) -> tuple[str, str]:
        """Return the module and the name of what a class comes from; ("", "") where that is none of the image."""
        match node.bases:
            case [ast.Name(id=name)]:
                if any(isinstance(each, ast.ClassDef) and each.name == name for each in module.tree.body):
                    return module.name, name
                for each in module.tree.body:
                    if isinstance(each, ast.ImportFrom) and self._code.is_ours(each):
                        for alias in each.names:
                            if (alias.asname or alias.name) == name:
                                return self._code.source_of(module, each), alias.name
                raise ValueError(f"{module.name}.{node.name} comes from {name}, which is no class of the image")
            case []:
                return "", ""
        raise ValueError(f"{module.name}.{node.name} has bases that cannot be joined")

    # What the class becomes.

    def joined(self) -> list[ast.stmt]:
        """Return the body of the one class."""
        bodies = [self._parts(node) for _, node in self.links]
        for level, body in enumerate(bodies):
            for name, statement in body:
                if isinstance(statement, ast.FunctionDef):
                    self._versions.setdefault(name, []).append(level)
                    self._functions[name, level] = statement
        last = {name: (level, statement) for level, body in enumerate(bodies) for name, statement in body}
        for name, (level, statement) in last.items():
            if isinstance(statement, ast.FunctionDef):
                self._reach(name, level)
        made: list[ast.stmt] = list(self.links[-1][1].body[:1])  # the deletion with which a class begins
        for level, body in enumerate(bodies):
            for name, statement in body:
                if isinstance(statement, ast.FunctionDef):
                    if (name, level) in self._reached:
                        made.append(self._reached[name, level])
                elif last[name] == (level, statement):
                    made.append(self._value(statement))
        return made

    def _parts(self, node: ast.ClassDef) -> list[tuple[str, ast.stmt]]:
        """Return what a class defines, with names."""
        found: list[tuple[str, ast.stmt]] = []
        for statement in node.body:
            match statement:
                case ast.FunctionDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                    if any(name == other for other, _ in found):
                        raise ValueError(f"{node.name} defines {name} twice")
                    found.append((name, statement))
                case ast.Delete() | ast.Pass():
                    pass
                case _:
                    raise ValueError(f"{node.name} has statements that cannot be joined: {ast.unparse(statement)}")
        return found

    def _value(self, statement: ast.stmt) -> ast.stmt:
        """Return an assignment of a class; what it mentions of the class must be the only one of its name."""
        for each in ast.walk(statement):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and len(self._versions.get(each.id, ())) > 1:
                raise ValueError(f"{ast.unparse(statement)} means one of several {each.id}")
        return copy.deepcopy(statement)

    def _reach(self, name: str, level: int) -> None:
        """Make the method that a link defines one of the class, and those that it calls by `super`."""
        if (name, level) in self._reached:
            return
        function = self._functions[name, level]
        called = self._called(name, level)
        if called != name and (function.decorator_list or name.startswith("__") and name != "__init__"):
            raise ValueError(f"{name} is overridden and cannot be a private method")
        made = self._reached[name, level] = copy.deepcopy(function)
        made.name = called
        if name == "__init__" and level and (place := self._passes_on(made)) is not None:
            self._take_in(made, level, place)
        made.body = [_Super(self, level).visit(each) for each in made.body]

    def _called(self, name: str, level: int) -> str:
        """Return what the method is called that a link defines: by its name only the last one is."""
        if level == self._versions[name][-1]:
            return name
        called = f"_{name.strip('_')}_{level}"
        if called in self._versions:
            raise ValueError(f"{called} is a method already")
        return called

    def of_super(self, name: str, level: int) -> str:
        """Return what `super().name` is called in a method of this link."""
        above = [each for each in self._versions.get(name, ()) if each < level]
        if not above:
            raise ValueError(f"super().{name} is no method of the image")
        self._reach(name, above[-1])
        return self._called(name, above[-1])

    def _passes_on(self, made: ast.FunctionDef) -> int | None:
        """Return which statement of `__init__(self, *facts)` hands the facts on; None where they have another use as well."""
        match made.args:
            case ast.arguments(args=[_], vararg=ast.arg(arg=given), kwonlyargs=[], kwarg=None):
                passed = ast.unparse(ast.parse(f"super().__init__(*{given})"))
                places = [place for place, each in enumerate(made.body) if ast.unparse(each) == passed]
                rest = set().union(*(_asked(each) for place, each in enumerate(made.body) if place not in places))
                return places[0] if len(places) == 1 and given not in rest else None
        return None

    def _take_in(self, made: ast.FunctionDef, level: int, place: int) -> None:
        """Put into `__init__(self, *facts)` what it hands them on to."""
        above = [each for each in self._versions["__init__"] if each < level]
        first = copy.deepcopy(self._functions["__init__", above[-1]])
        if above[-1] and (inner := self._passes_on(first)) is not None:
            self._take_in(first, above[-1], inner)
        own = {arg.arg for arg in ast.walk(first.args) if isinstance(arg, ast.arg)} | set().union(*map(_stored, first.body))
        rest = [*made.body[:place], *made.body[place + 1 :]]
        names = set().union(*map(_asked, rest), *map(_stored, rest)) - {"self"}
        parts = [each for statement in first.body for each in ast.walk(statement)]
        if any(isinstance(each, ast.Return) or isinstance(each, ast.Name) and each.id == "super" for each in parts) or own & names:
            raise ValueError(f"__init__ of {self.links[level][1].name} cannot have in it what it hands its facts on to")
        made.args = first.args
        made.body[place : place + 1] = first.body

    # What its module needs then.

    def needs(self) -> list[ast.stmt]:
        """Return what other modules have for their classes of the chain, and the module of the last one has not."""
        home = self._code.modules[self._home]
        bound = dict(self._bound(home))
        found: list[ast.stmt] = []
        for module, _ in self.links[:-1]:
            if module is home:
                continue
            there = dict(self._bound(module))
            todo = {name for _, function in self._of(module) for name in _asked(function)}
            while todo:
                name = min(todo)  # the same one in every build
                todo.remove(name)
                if name not in there or any(name == node.name for _, node in self.links):
                    continue
                key, statement = there[name]
                if name in bound:
                    if bound[name][0] != key:
                        raise ValueError(f"{name} is one thing in {module.name} and another in {self._home}")
                    continue
                bound[name] = there[name]
                found.append(copy.deepcopy(statement))
                if isinstance(statement, ast.FunctionDef):
                    todo |= _asked(statement)
        return found

    def _of(self, module: Module) -> Iterator[tuple[str, ast.stmt]]:
        """Yield what the class has of a module."""
        for level, (each, node) in enumerate(self.links):
            if each is module:
                for name, statement in self._parts(node):
                    if not isinstance(statement, ast.FunctionDef) or (name, level) in self._reached:
                        yield name, statement

    def _bound(self, module: Module) -> Iterator[tuple[str, tuple[str, ast.stmt]]]:
        """Yield the names that a module knows, with what tells two of them apart, and the statement that another one needs for it."""
        for node in module.tree.body:
            match node:
                case ast.ImportFrom(names=aliases):
                    source = self._code.source_of(module, node) if self._code.is_ours(node) else node.module or ""
                    for alias in aliases:
                        yield alias.asname or alias.name, (f"{source}.{alias.name}", ast.ImportFrom(source, [alias], 0))
                case ast.Import(names=aliases):
                    for alias in aliases:
                        yield alias.asname or alias.name, (alias.name, ast.Import([alias]))
                case ast.FunctionDef(name=name):
                    yield name, (ast.unparse(node), node)
                case ast.Assign(targets=[ast.Name(id=name)]) if is_folded(node) or isinstance(node.value, ast.Constant):
                    yield name, (ast.unparse(node), node)
                case ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                    yield name, (f"{module.name}.{name}", ast.ImportFrom(module.name, [ast.alias(name)], 0))

    def put(self, body: list[ast.stmt], needs: list[ast.stmt]) -> None:
        """Make the class in its module."""
        home, (_, last) = self._code.modules[self._home], self.links[-1]
        names = {node.name for _, node in self.links[:-1]}
        last.bases, last.body = [], body
        asked = {name for each in home.tree.body if not isinstance(each, (ast.Import, ast.ImportFrom)) for name in _asked(each)}
        for each in home.tree.body:
            if isinstance(each, ast.ImportFrom):
                each.names = [alias for alias in each.names if alias.name not in names or (alias.asname or alias.name) in asked]
        home.tree.body = [*needs, *(each for each in home.tree.body if not (isinstance(each, ast.ImportFrom) and not each.names))]
        home.rewrite(ast.NodeTransformer())


class _Super(ast.NodeTransformer):
    """Calls by its own name what a method called by `super`."""

    def __init__(self, chain: _Chain, level: int) -> None:
        self._chain = chain
        self._level = level

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[]), attr=name):
                node.func = ast.Attribute(ast.Name("self", ast.Load()), self._chain.of_super(name, self._level), ast.Load())
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == "super":
            raise ValueError("super is used for something else than the call of a method")
        return node


def _asked(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _stored(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
