"""What an image is, once it is built."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from gilmok.image.rename import RenameScript

NAMES = "names.json"  # beside the modules: what each of them was, and in it each name; and what errors say by a number


@dataclass
class Image:
    """The device code in one form: `files` by path, ready to be written, of the `texts` that are compiled.

    Beside them what a script needs that runs beside the image: what became of modules and names, and the values of constants.
    """

    files: dict[str, bytes]
    texts: dict[str, str]
    modules: dict[str, str]
    table: dict[str, str]
    constants: dict[tuple[str, str], int | str | bytes]
    moved: dict[tuple[str, str], str]

    def module(self, name: str) -> str:
        """Return what a module is called in the image."""
        return self.modules.get(name, name)

    def was(self, module: str) -> str:
        """Return what a module of the image is called elsewhere."""
        return next((name for name, new in self.modules.items() if new == module), module)

    def write(self, folder: Path) -> None:
        """Write the image into a folder."""
        for path, data in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def script(self, source: str) -> str:
        """Return the text of a script as it has to be to run beside this image."""
        tree = ast.parse(source)
        return ast.unparse(RenameScript(self.table, self.constants, self.modules, tree, self.moved).visit(tree)) + "\n"
