"""Gives modules of the device code short names without a package: each keeps its name, its path and its last part in the heap.

Drivers, boards' ports and the simulator keep theirs, since configurations, `firmware/main.py` and the demo find them by name.
"""

from __future__ import annotations

import ast

from gilmok.image.code import Code, Module
from gilmok.image.firmware_names import EVERY_PORT
from gilmok.image.kept import FOUND_BY_NAME

_FLATTENED = ("gilmok_wire", "gilmok_rules", "gilmok_node")
_PORTS = ("gilmok_node.esp32", "gilmok_node.rp2")
# Modules of some port, which a file of the same name would hide or be hidden by.
_TAKEN = (
    "aes array asyncio bluetooth builtins cmath collections copy dht errno gc io json machine math os random re select ssl sys time tls vfs"
)


def flatten(code: Code) -> dict[str, str]:
    """Rename modules everywhere in the code, and return their new names by their old ones."""
    words = (word for word in sorted(EVERY_PORT.split(), key=lambda word: (len(word), word)) if word.isalpha() and word.islower())
    free = (word for word in words if word not in _TAKEN.split())
    found = {
        name: next(free)
        for name, module in code.modules.items()
        if name.partition(".")[0] in _FLATTENED
        and module.package not in (name, *FOUND_BY_NAME)  # no package, nor a driver
        and name not in _PORTS
    }
    for module in code.modules.values():
        module.rewrite(_Flatten(code, module, found))
    code.rename_modules(found)
    for name in [name for name, module in code.modules.items() if not module.tree.body]:
        if not any(other.startswith(f"{name}.") for other in code.modules):
            del code.modules[name]  # a package without modules, whose name would be kept from other uses
    return found


class _Flatten(ast.NodeTransformer):
    def __init__(self, code: Code, module: Module, found: dict[str, str]) -> None:
        self._code = code
        self._module = module
        self._found = found

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if not self._code.is_ours(node):
            return node
        source = self._code.source_of(self._module, node)
        parts: list[ast.stmt] = []
        for alias in list(node.names):
            name = self._found.get(f"{source}.{alias.name}")
            if name:
                parts.append(ast.Import([ast.alias(name, alias.asname or alias.name)]))
                node.names.remove(alias)
        node.module, node.level = self._found.get(source, source), 0
        return [*parts, node] if node.names else parts

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = self._found.get(node.value, node.value)
        return node
