"""Lets the tables of drivers take little: columns as a text, and options as lists, which go with their class's entry.

A tuple of constants stays with the code of its module for good, at 100 bytes a column; whoever uses columns takes a text with a line for
each as well (`gilmok_wire.node_stream.StreamInfo`). Options are needed until the driver is made, and forgotten then (`gilmok_node.spent`).
"""

from __future__ import annotations

import ast

_COLUMNS = ("CHANNELS", "WAVEFORM")
_FORGOTTEN = "OPTIONS"


class Tables(ast.NodeTransformer):
    """Rewrites the tables of the classes of one module."""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=[_, *_]) as table) if name in _COLUMNS:
                    statement.value = ast.Constant("".join(_line(column) for column in ast.literal_eval(table)))
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as options) if name == _FORGOTTEN:
                    statement.value = _Lists().visit(options)
        return node


def _line(column: tuple[object, ...]) -> str:
    return " ".join(map(str, column)) + "\n"


class _Lists(ast.NodeTransformer):
    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return ast.List(self.generic_visit(node).elts, node.ctx)  # type: ignore[attr-defined]
