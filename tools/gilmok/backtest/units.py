"""From the units of files to those of channels."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from gilmok_site.quantity import split_unit

from ..errors import Refused

# Unit of a file → (unit of ours, factor, offset). Exact by definition: NIST SP 811, appendix B; degrees are K − 273.15.
_CUSTOMARY = {
    "ft": ("m", Fraction(3048, 10_000), Fraction(0)),
    "in": ("m", Fraction(254, 10_000), Fraction(0)),
    "degF": ("Cel", Fraction(5, 9), Fraction(-160, 9)),
    "°F": ("Cel", Fraction(5, 9), Fraction(-160, 9)),
    "K": ("Cel", Fraction(1), Fraction(-27_315, 100)),
    "mph": ("m/s", Fraction(44_704, 100_000), Fraction(0)),
    "km/h": ("m/s", Fraction(10, 36), Fraction(0)),
    "kn": ("m/s", Fraction(1852, 3600), Fraction(0)),
    "Gal": ("[g]", Fraction(100_000, 98_066_500), Fraction(0)),
    "m/s2": ("[g]", Fraction(100_000, 980_665), Fraction(0)),
}

_KNOWN = 100_000  # texts whose steps are remembered, some 10 MB: a sensor says the same again and again, and fractions are slow


class Conversion:
    """What turns a number of one unit into steps of a channel.

    Raises: Refused where the units do not measure the same.
    """

    def __init__(self, unit: str, channel: tuple, asked: str) -> None:
        _, wanted, exponent, *step = channel
        base, factor, offset = _base(unit or wanted)
        wanted_base, wanted_factor, wanted_offset = _base(wanted)
        if base != wanted_base:
            raise Refused("backtest_unit", map=asked, unit=unit, wanted=wanted)
        size = wanted_factor * Fraction(Decimal(step[0] if step else 1).scaleb(exponent))
        self._factor = factor / size
        self._offset = (offset - wanted_offset) / size
        self._known: dict[str, int] = {}

    def steps(self, text: str) -> int:
        """Return the nearest number of steps to a number's text, halves to even.

        Raises: InvalidOperation, ValueError, OverflowError where it is none.
        """
        steps = self._known.get(text)
        if steps is None:
            steps = round(Fraction(Decimal(text)) * self._factor + self._offset)
            if len(self._known) < _KNOWN:
                self._known[text] = steps
        return steps


def _base(unit: str) -> tuple[str, Fraction, Fraction]:
    """Return the base of a unit, how many of it one is, and where its zero lies."""
    if unit in _CUSTOMARY:
        name, factor, offset = _CUSTOMARY[unit]
        base, exponent = split_unit(name)
        return base, factor * Fraction(10) ** exponent, offset * Fraction(10) ** exponent
    base, exponent = split_unit(unit)
    return base, Fraction(10) ** exponent, Fraction(0)
