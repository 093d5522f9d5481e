"""The device code as parsed modules, without what no chip needs: docstrings, annotations, imports for types."""

from __future__ import annotations

import ast
from collections.abc import Collection
from functools import cached_property


class Module:
    """One module: its tree, and what is asked of it again and again."""

    def __init__(self, name: str, source: str, is_package: bool = False) -> None:
        self.name = name
        self.package = name if is_package else name.rpartition(".")[0]
        self.tree: ast.Module = Lighten().visit(ast.parse(source))
        self.needs: list[str] = []  # modules that it imports when it is loaded itself, where bundles.py has asked

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def names(self) -> set[str]:
        """Every identifier in it."""
        return {name for node in self.nodes for name in names_of(node)}

    def rewrite(self, transformer: ast.NodeTransformer) -> None:
        """Let a transformer change the tree."""
        transformer.visit(self.tree)
        for node in ast.walk(self.tree):
            if isinstance(getattr(node, "body", None), list) and not isinstance(node, ast.Module):
                node.body = node.body or [ast.Pass()]  # type: ignore[attr-defined]
        for cached in ("nodes", "names"):
            self.__dict__.pop(cached, None)


class Lighten(ast.NodeTransformer):
    """Drops what does nothing on a chip, before anybody counts its names."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt] | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse or None
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return node.value and ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.Assign] | None:
        """Part `A, B = const(1), const(2)`, and take `const` from where the compiler does not drop the name."""
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                return None
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if all(map(_is_constant, values)):
                return [ast.Assign([name], _bare(value), lineno=node.lineno) for name, value in zip(names, values, strict=True)]
        if not is_folded(node):
            node.value = _bare(node.value)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Free the two entries with which a class begins, and which nobody reads, for what follows."""
        self.generic_visit(node)
        node.body = [*ast.parse("del __module__, __qualname__").body, *node.body]
        return node


def _is_constant(node: ast.expr) -> bool:
    return isinstance(_bare(node), ast.Constant)


def _bare(node: ast.expr) -> ast.expr:
    """Return what stands in `const(…)`, other expressions as they are."""
    match node:
        case ast.Call(func=ast.Name(id="const"), args=[inner]):
            return inner
    return node


def names_of(node: ast.AST) -> list[str]:
    """Return the identifiers that a node itself has, not those of its parts."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
            return [name]
        case ast.keyword(arg=str(name)) | ast.ExceptHandler(name=str(name)):
            return [name]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [part for alias in aliases for name in (alias.name, alias.asname or "") for part in name.split(".") if part]
    return []


def is_folded(statement: ast.stmt) -> bool:
    """Tell whether a statement is `_NAME = const(…)`, which the compiler folds and drops: its name costs nothing and must keep its `_`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="const"))):
            return name.startswith("_")
    return False


class Code:
    """All modules of an image, by dotted name."""

    def __init__(self, sources: dict[str, str], packages: Collection[str] = ()) -> None:
        self.modules = {name: Module(name, source, name in packages) for name, source in sources.items()}
        self.packages = {name.partition(".")[0] for name in sources}

    @cached_property
    def keywords(self) -> set[str]:
        """Names that parameters are given by: whoever calls a parameter by its name holds it to that name."""
        nodes = (node for module in self.modules.values() for node in module.nodes)
        return {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}

    def source_of(self, module: Module, node: ast.ImportFrom) -> str:
        """Return the full name of the module that a module imports from."""
        package = module.package
        for _ in range(node.level - 1):
            package = package.rpartition(".")[0]
        return ".".join(part for part in (package if node.level else "", node.module or "") if part)

    def imported_modules(self, module: Module) -> dict[str, str]:
        """Return the modules of the image that a module has by a name of their own: full names by that name."""
        return {
            alias.asname or alias.name: f"{self.source_of(module, node)}.{alias.name}"
            for node in module.nodes
            if isinstance(node, ast.ImportFrom) and self.is_ours(node)
            for alias in node.names
            if f"{self.source_of(module, node)}.{alias.name}" in self.modules
        }

    def rename_modules(self, names: dict[str, str]) -> None:
        """Let modules be known by other names."""
        for name, module in self.modules.items():
            module.name = names.get(name, name)
        self.modules = {module.name: module for module in self.modules.values()}
        self.packages |= set(names.values())

    def is_ours(self, node: ast.Import | ast.ImportFrom) -> bool:
        """Tell whether an import is of a module of the image."""
        if isinstance(node, ast.ImportFrom):
            return bool(node.level) or (node.module or "").partition(".")[0] in self.packages
        return all(alias.name.partition(".")[0] in self.packages for alias in node.names)
