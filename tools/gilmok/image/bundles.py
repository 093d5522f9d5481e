"""Makes one module of those that every node imports and never forgets: each costs some 150 bytes, and an entry for all it knows of others.

What a module defines is called after it in a bundle (`decode_cbor`), so that nothing of another and no variable has the same name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from gilmok.image.code import Code, Module

# What every node has, what rules need, and what radios do: in this order loaded.
BUNDLES = {
    "gilmok_node.core": {
        "gilmok_wire": "errors cbor varint framing link messages columns batches spans node_stream ccm seal node_seal identity",
        "gilmok_node.flash": "checkpoint entry blocks ring log recorder",
        "gilmok_node.measure": "sampler",
        "gilmok_node": "anchors health port node",
    },
    "gilmok_rules.all": {"gilmok_rules": "steps transitions judge output", "gilmok_node.judge": "alarms"},
    # Of a node with a radio; of one with several links, or with BLE, and of one where links are brief.
    "gilmok_node.air": {
        "gilmok_wire": "airtime windows radio_law",
        "gilmok_node.radio": "sx126x_link sx126x_start sx126x pace ears lora",
    },
    "gilmok_wire.brief": {"gilmok_wire": "alert brief_session"},
}


def bundled() -> list[str]:
    """Return the modules that become parts of bundles."""
    return [f"{package}.{name}" for parts in BUNDLES.values() for package, names in parts.items() for name in names.split()]


def bundle(code: Code) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Join modules, and return the bundle of each by its name, and what each name is called there by (module, name)."""
    home = {f"{package}.{name}": made for made, parts in BUNDLES.items() for package, names in parts.items() for name in names.split()}
    told = {node.value for module in code.modules.values() for node in module.nodes if isinstance(node, ast.Constant)}
    moved = {
        (name, each): each if each in told and each[0].isupper() else f"{each}_{name.rpartition('.')[2]}"
        for name in home
        for each in sorted(_defined(code, code.modules[name]))
    }
    while True:  # what a module has from another, others may import from it
        lent = {of: new for name in home for of, new in _lent(code, code.modules[name], moved) if of not in moved}
        if not lent:
            break
        moved |= lent
    for module in code.modules.values():
        module.rewrite(_Move(code, module, home, moved))
    for made in dict.fromkeys(home.values()):
        whole = code.modules[made] = Module(made, "")
        for name in _in_order(code, [name for name in home if home[name] == made]):
            whole.tree.body += code.modules.pop(name).tree.body
    return home, moved


def _lent(code: Code, module: Module, moved: dict[tuple[str, str], str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield what a module has from a bundle, as ((module, name), new name)."""
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and code.is_ours(node):
            for alias in node.names:
                new = moved.get((code.source_of(module, node), alias.name))
                if new:
                    yield (module.name, alias.asname or alias.name), new


def _in_order(code: Code, members: list[str]) -> list[str]:
    """Return modules so that each follows those whose names it uses while it is loaded; `_Move` has noted what these are."""
    ordered: list[str] = []

    def place(name: str, around: tuple[str, ...]) -> None:
        if name in around:
            raise ValueError(f"modules of a bundle import one another: {', '.join(around)}")
        for other in code.modules[name].needs:
            if other in members and other not in ordered:
                place(other, (*around, name))
        if name not in ordered:
            ordered.append(name)

    for name in members:
        place(name, ())
    return ordered


def _defined(code: Code, module: Module) -> set[str]:
    """Return what a module defines itself; what it imports from elsewhere is called the same in every module."""
    elsewhere = {
        alias.asname or alias.name
        for node in module.nodes
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not code.is_ours(node)
        for alias in node.names
    }
    return set(_bound(module.tree.body)) - elsewhere


def _bound(body: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that statements bind, those of functions and classes within them not looked into."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                pass
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.ExceptHandler(name=name, body=inner):
                yield from [name] if name else []
                yield from _bound(inner)
            case ast.Import() | ast.ImportFrom():
                pass
            case _:
                yield from _bound(ast.iter_child_nodes(node))


class _Move(ast.NodeTransformer):
    """Lets one module call by their new names what bundles define."""

    def __init__(self, code: Code, module: Module, home: dict[str, str], moved: dict[tuple[str, str], str]) -> None:
        self._code = code
        self._module = module
        self._home = home
        self._moved = moved
        self._bundle = home.get(module.name, "")
        self._scopes: list[tuple[bool, set[str]]] = []  # (is it a class, names that it binds), from the outermost on
        self._aliases = {alias: full for alias, full in code.imported_modules(module).items() if full in home}
        self._names = {name: new for (source, name), new in moved.items() if source == module.name}
        for node in module.nodes:
            if isinstance(node, ast.ImportFrom) and code.is_ours(node) and (source := code.source_of(module, node)) in home:
                # Outside a bundle nothing is in the way of an alias, and either of two imports may be what it stands for.
                known = [alias for alias in node.names if self._bundle or not alias.asname]
                self._names |= {alias.asname or alias.name: moved[source, alias.name] for alias in known}
        module.needs = [
            each
            for node in module.tree.body
            if isinstance(node, ast.ImportFrom) and code.is_ours(node)
            for source in [code.source_of(module, node)]
            for each in (source, *(f"{source}.{alias.name}" for alias in node.names))
        ]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.ImportFrom] | None:
        if not self._code.is_ours(node):
            return node
        source = self._code.source_of(self._module, node)
        parts = [self._import(source, alias) for alias in node.names]
        found: dict[str, ast.ImportFrom] = {}
        for name, alias in (part for part in parts if part):
            found.setdefault(name, ast.ImportFrom(name, [], 0)).names.append(alias)
        return list(found.values()) or None

    def _import(self, source: str, alias: ast.alias) -> tuple[str, ast.alias] | None:
        """Return from where a name comes now; None where it is in the same bundle."""
        full = f"{source}.{alias.name}"
        made = self._home.get(full) or self._home.get(source)
        if not made:
            return source, alias
        if made == self._bundle:
            return None
        if full in self._home:
            package, _, short = made.rpartition(".")
            return package, ast.alias(short, alias.asname or alias.name)
        return made, ast.alias(self._moved[source, alias.name], None if self._bundle else alias.asname)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in self._aliases and self._resolved(name) == name:
                full = self._aliases[name]
                new = self._moved[full, attribute]
                if self._home[full] == self._bundle:
                    return ast.Name(new, node.ctx)
                node.attr = new
                return node
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._resolved(node.id)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self._names.get(name, name) for name in node.names]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._resolved(node.name)
        node.bases = [self.visit(each) for each in node.bases]
        return self._within(node, True, _bound(node.body), "body")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._resolved(node.name)
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        self._defaults(node.args)
        return self._within(node, False, bound_in(node), "body")

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._defaults(node.args)
        return self._within(node, False, _parameters(node.args), "body")

    def _comprehension(self, node: ast.AST) -> ast.AST:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        generators[0].iter = self.visit(generators[0].iter)
        mine = {each.id for part in generators for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        first, generators[0].iter = generators[0].iter, ast.Constant(0)
        self._scopes.append((False, mine))
        self.generic_visit(node)
        self._scopes.pop()
        generators[0].iter = first
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _defaults(self, args: ast.arguments) -> None:
        args.defaults = [self.visit(each) for each in args.defaults]
        args.kw_defaults = [each and self.visit(each) for each in args.kw_defaults]

    def _within(self, node: ast.AST, is_class: bool, names: Iterable[str], field: str) -> ast.AST:
        """Visit the body of what binds names of its own."""
        self._scopes.append((is_class, set(names)))
        body = getattr(node, field)
        if isinstance(body, list):
            moved: list[ast.stmt] = []
            for statement in body:
                new = self.visit(statement)
                moved += new if isinstance(new, list) else [new] if new else []
            setattr(node, field, moved)
        else:
            setattr(node, field, self.visit(body))
        self._scopes.pop()
        return node

    def _resolved(self, name: str) -> str:
        """Return what a name in this place has become."""
        for depth, (is_class, names) in enumerate(reversed(self._scopes)):
            if name in names and not (is_class and depth):
                return name
        return self._names.get(name, name)


def _parameters(args: ast.arguments) -> set[str]:
    return {node.arg for node in ast.walk(args) if isinstance(node, ast.arg)}


def bound_in(node: ast.FunctionDef) -> set[str]:
    """Return the names that a function binds itself."""
    outer = {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}
    return _parameters(node.args) | set(_bound(node.body)) - outer
