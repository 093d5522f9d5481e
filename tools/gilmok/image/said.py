"""Lets errors of wire and radio say a number in the place of a sentence, which costs some 100 bytes and which hardly anybody gets to see.

A frame that cannot be read is counted. Only a damaged configuration and a refused rule set are told people: "damaged: 7" is read back by
`gilmok collect` and `gilmok explain` with the table in `sentences.py`. `names.json` has the sentences of its image under "said".
"""

from __future__ import annotations

import ast

from gilmok.image.code import Code
from gilmok.image.sentences import SENTENCES, UNLISTED

_ERRORS = ("DecodeError", "EncodeError", "Replayed", "SealError")
_CALLERS = ("gilmok_wire.alert", "gilmok_wire.link", "gilmok_wire.radio_law", "gilmok_node.radio.sx126x")  # what they refuse is ours to ask


def number_errors(code: Code) -> dict[int, str]:
    """Replace the sentences in all modules, and return them by their numbers."""
    said: dict[str, int] = {}
    for _, module in sorted(code.modules.items()):
        module.rewrite(_Number(said, (*_ERRORS, "ValueError") if module.name in _CALLERS else _ERRORS))
    return {number: text for text, number in sorted(said.items(), key=lambda each: each[1])}


class _Number(ast.NodeTransformer):
    def __init__(self, said: dict[str, int], errors: tuple[str, ...]) -> None:
        self._said = said
        self._errors = errors
        self._listed = {english: number for number, (english, _) in SENTENCES.items()}

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        match node.exc:
            case ast.Call(func=ast.Name(id=name), args=[told]) as error if name in self._errors:
                text = next((part.value for part in ast.walk(told) if isinstance(part, ast.Constant) and isinstance(part.value, str)), None)
                if text is not None:
                    number = self._listed.get(text) or UNLISTED + sum(known >= UNLISTED for known in self._said.values())
                    error.args = [ast.Constant(self._said.setdefault(text, number))]
        return node
