"""Gives the names of a module their new form, and the parameters of each function short names of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from gilmok.image import kept
from gilmok.image.code import Code, names_of

# What parameters become, the same few in every function: words that every port has.
_PARAMETERS = "x y hex abs pow sum max min any all ord chr bin map zip dir iter hash bool oct"


class Rename(ast.NodeTransformer):
    """Renames one module by a table, in place."""

    def __init__(self, code: Code, table: dict[str, str]) -> None:
        self._code = code
        self._table = table
        self._scopes: list[dict[str, str]] = []  # parameters of the functions around

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._local(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._known(node.attr)
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.arg = node.arg and self._known(node.arg)
        return self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = node.name and self._local(node.name)
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self._known(name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        node.names = [self._local(name) for name in node.names]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        for alias in node.names:
            alias.name = self._known(alias.name) if self._code.is_ours(node) else alias.name
            alias.asname = alias.asname and self._local(alias.asname)
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            alias.asname = alias.asname and self._local(alias.asname)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._local(node.name)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._local(node.name)
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        self._enter(node.args, node.body)
        node.body = [self.visit(each) for each in node.body]
        self._scopes.pop()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._enter(node.args, [node.body])
        node.body = self.visit(node.body)
        self._scopes.pop()
        return node

    def _enter(self, args: ast.arguments, body: Iterable[ast.AST]) -> None:
        """Rename the parameters of a function, and keep for its body what they are called now."""
        args.defaults = [self.visit(each) for each in args.defaults]
        args.kw_defaults = [each and self.visit(each) for each in args.kw_defaults]
        every = [node for node in ast.walk(args) if isinstance(node, ast.arg)]
        mine = [each.arg for each in every if each.arg not in self._code.keywords]
        used = {self._local(name) for part in body for node in ast.walk(part) for name in names_of(node) if name not in mine}
        used |= {self._local(each.arg) for each in every} | {new for scope in self._scopes for new in scope.values()}
        free = (name for name in _PARAMETERS.split() if name not in used)
        self._scopes.append({name: next(free, name) for name in mine})
        for each in every:
            each.arg = self._local(each.arg)

    def _known(self, name: str) -> str:
        return self._table.get(name, name)

    def _local(self, name: str) -> str:
        """Return what a name in this place has become."""
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), self._known(name))


class RenameScript(ast.NodeTransformer):
    """Renames, in a script that runs beside an image, what it takes from there and what it lends: attributes, methods, imported names.

    Its own functions, parameters and variables stay.
    """

    def __init__(
        self,
        table: dict[str, str],
        constants: dict[tuple[str, str], int | str | bytes],
        modules: dict[str, str],
        tree: ast.Module,
        moved: dict[tuple[str, str], str] | None = None,  # what a name of a module is called in a bundle
    ) -> None:
        self._table = table
        self._constants = constants
        self._modules = modules
        self._moved = moved or {}
        self._own = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = self._modules.get(node.value, node.value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._table.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id="getattr" | "hasattr" | "setattr"), args=[_, ast.Constant(value=str(name)), *_]) if (
                name in self._table
            ):
                raise ValueError(
                    f"a script asks for {name!r}, which may be another's name in an image: add it to _ASKED in {kept.__file__}"
                )
        if not (isinstance(node.func, ast.Name) and node.func.id in self._own):
            for each in node.keywords:
                each.arg = each.arg and self._table.get(each.arg, each.arg)
        return self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            new = self._modules.get(alias.name, alias.name)
            if new != alias.name:  # which may be a builtin's name, that the script needs for itself
                alias.asname = alias.asname or alias.name.replace(".", "_")
            alias.name = new
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        source = node.module or ""
        if source.partition(".")[0] not in {name.partition(".")[0] for name in self._modules} | {"gilmok_sim"}:
            return node
        values: list[ast.stmt] = []
        for alias in list(node.names):
            shown = alias.asname or alias.name
            if (source, alias.name) in self._constants:
                values.append(ast.parse(f"{shown} = {self._constants[source, alias.name]!r}").body[0])
                node.names.remove(alias)
            alias.name = self._moved.get((source, alias.name)) or self._table.get(alias.name, alias.name)
            alias.asname = shown if shown != alias.name else None
        node.module = self._modules.get(source, source)
        return [node, *values] if node.names else values

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef):
                statement.name = self._table.get(statement.name, statement.name)
            elif isinstance(statement, ast.Assign):
                for part in ast.walk(statement):
                    if isinstance(part, ast.Name):
                        part.id = self._table.get(part.id, part.id)
        return self.generic_visit(node)
