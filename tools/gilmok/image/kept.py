"""Names of the device code that an image leaves alone, because somebody knows them who is not renamed with it.

That is the firmware, a string (`getattr`, a field of a namedtuple, what an exception is called), a caller that gives parameters by keyword
to a function of any keywords, and whoever imports a module by its name.
"""

from __future__ import annotations

import ast

from gilmok.image.code import Code, Module
from gilmok.image.firmware_names import EVERY_PORT, SOME_PORT

# What a bus has beside the methods of machine's: whoever writes an adapter or plays a bus back knows it by these names.
_BUS = frozenset({"on_edge", "level", "trigger", "measure_us", "has_trigger", "txdone"})
# What scripts that run beside an image ask of things of any class, by hasattr or getattr.
_ASKED = frozenset({"emit", "next_ms"})
FOUND_BY_NAME = ("gilmok_node.sensors", "gilmok_sim.chips")  # their classes are called as the configuration calls them


def kept_names(code: Code, bound: set[str]) -> set[str]:
    """Return the names that must stay; `bound` are those that our own code defines."""
    kept = {*_BUS, *_ASKED, *EVERY_PORT.split(), *SOME_PORT.split(), *(part for name in code.modules for part in name.split("."))}
    for module in code.modules.values():
        kept |= _imported(code, module)
        for node in module.nodes:
            kept |= _told(module, node) | _called_by_prefix(code, module, node)
    takes_any = _functions_of_any_keyword(code)
    for module in code.modules.values():
        for node in module.nodes:
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), keywords=keywords):
                    if name not in bound or name in kept or name in takes_any:
                        kept |= {each.arg for each in keywords if each.arg}
    return kept


def _imported(code: Code, module: Module) -> set[str]:
    """Return what a module takes from elsewhere, and what it then uses of it."""
    kept = {"sys"}
    for node in module.nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not code.is_ours(node):
            kept |= {part for alias in node.names for name in (alias.name, alias.asname or "") for part in name.split(".")}
    outside = set(kept)
    for node in module.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in outside:
                kept.add(attribute)
    return kept


def _told(module: Module, node: ast.AST) -> set[str]:
    """Return the names that a node makes known to others than the interpreter."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.ClassDef(name=name) if module.name.rpartition(".")[0] in FOUND_BY_NAME:
            return {name}
        case ast.FunctionDef(name=name) | ast.Name(id=name) if name.startswith("__"):
            return {name}
    return set()


def _called_by_prefix(code: Code, module: Module, node: ast.AST) -> set[str]:
    """Return the names that `getattr(…, "_" + name)` may mean: of this module, and of those that its classes may come from."""
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.BinOp(left=ast.Constant(value=str(prefix))), *_]):
            sources = {code.source_of(module, each) for each in module.nodes if isinstance(each, ast.ImportFrom) and code.is_ours(each)}
            modules = [module, *(code.modules[source] for source in sources if source in code.modules)]
            return {name for each in modules for name in each.names if name.startswith(prefix)}
    return set()


def _functions_of_any_keyword(code: Code) -> set[str]:
    return {"__init__"} | {name for module in code.modules.values() for node in module.nodes for name in _with_any_keyword(node)}


def _with_any_keyword(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef(name=name, args=ast.arguments(kwarg=ast.arg())):
            return [name]
        case ast.ClassDef(name=name, body=body) if any("__init__" in _with_any_keyword(each) for each in body):
            return [name]
    return []
