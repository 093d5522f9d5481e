"""What a call gives the parameters of a function."""

from __future__ import annotations

import ast

from gilmok.image.flow import Stays


def given(function: ast.FunctionDef, call: ast.Call, is_method: bool) -> dict[str, ast.expr]:
    """Return what a call gives each parameter but `self`, in the order of evaluation.

    Raises: Stays.
    """
    parameters = [arg.arg for arg in function.args.args]
    defaults = dict(zip(reversed(parameters), reversed(function.args.defaults), strict=False))
    if is_method:
        parameters = parameters[1:]
    if len(call.args) > len(parameters) or any(isinstance(each, ast.Starred) for each in call.args):
        raise Stays
    found = dict(zip(parameters, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg not in parameters or keyword.arg in found:
            raise Stays
        found[keyword.arg] = keyword.value
    for parameter in parameters:
        if parameter not in found:
            if parameter not in defaults:
                raise Stays
            found[parameter] = defaults[parameter]
    return found
