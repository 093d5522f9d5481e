"""The device code as parsed modules, without what no chip needs: docstrings, annotations, imports for types."""

from __future__ import annotations

import ast
from functools import cached_property


class Module:
    """One module: its tree, and what is asked of it again and again."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.tree = Lighten().visit(ast.parse(source))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree as it was read."""
        return list(ast.walk(self.tree))

    @cached_property
    def names(self) -> set[str]:
        """Every identifier in it."""
        return {name for node in self.nodes for name in names_of(node)}


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

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self._filled(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._filled(node)

    def _filled(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
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

    def __init__(self, sources: dict[str, str]) -> None:
        self.modules = {name: Module(name, source) for name, source in sources.items()}
        self.packages = {name.partition(".")[0] for name in sources}
        # Whoever calls a parameter by its name holds it to that name.
        self.keywords = {
            node.arg for module in self.modules.values() for node in module.nodes if isinstance(node, ast.keyword) and node.arg
        }

    def is_ours(self, node: ast.Import | ast.ImportFrom) -> bool:
        """Tell whether an import is of a module of the image."""
        if isinstance(node, ast.ImportFrom):
            return bool(node.level) or (node.module or "").partition(".")[0] in self.packages
        return all(alias.name.partition(".")[0] in self.packages for alias in node.names)
