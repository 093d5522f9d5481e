"""Channels that are computed from a reading, beside the raw value and never instead of it.

A site file says which: the level above a datum from a distance, a certificate's slope, dust without the water it took up.

Shape: a channel is [name, unit, exponent, kind, index of its source, parameters, other], other being [sensor, index] or None.
Source: protocols/node_config.cddl.
"""

from gilmok_wire.compat import const
from gilmok_wire.node_stream import lines_of, parse_column

_REFERENCE_CENTI = const(2000)  # °C × 100 at which echo sensors turn time into distance
_DENSITY = const(165)  # g/cm³ × 100: dry urban particles (Crilley et al. 2018, equation 5)
_DAMPEST = const(9500)  # % × 100: beyond it the correction is a guess, which its authors leave out as well
_STALE_PERIODS = const(3)  # a thermometer that missed three readings says nothing of now


class Derived:
    """Appends the derived channels of one sensor to its readings; `samplers` maps the names of the other sensors."""

    def __init__(self, specs, samplers):
        self._specs = specs
        self._samplers = samplers

    def __call__(self, values, now_ms):
        """Return the values with those of the derived channels behind them."""
        return tuple(values) + tuple([self._value(spec, values, now_ms) for spec in self._specs])

    def _value(self, spec, values, now_ms):
        value = values[spec[4]]
        if value is None:
            return None
        other = None if spec[6] is None else _centi(self._samplers.get(spec[6][0]), spec[6][1], now_ms)
        return KINDS[spec[3]](value, spec[5], other)


def _centi(sampler, index, now_ms):
    """Return the last reading of a channel in hundredths of its unit, or None where it is missing or old."""
    if sampler is None or sampler.last is None or now_ms - sampler.last[0] > _STALE_PERIODS * sampler.period_ms:
        return None
    value = sampler.last[1][index]
    if value is None:
        return None
    exponent = parse_column(lines_of(sampler.channels)[index])[2] + 2
    return value * 10**exponent if exponent >= 0 else value // 10**-exponent


def _divide(numerator, denominator):
    """Return the quotient, rounded to the nearest."""
    return (2 * numerator + denominator) // (2 * denominator)


def level(distance, params, temperature):
    """Return the height above the datum of a surface `distance` mm below an instrument `params[0]` mm above it.

    Sound travels at 331.3 + 0.606 t m/s (t in °C): 0.18 % a degree. Without a temperature the instrument's own 20 °C stand: a level that
    is 3 % off is better than none while a river rises.
    """
    if temperature is not None:
        distance = _divide(distance * (33130000 + 606 * temperature), 33130000 + 606 * _REFERENCE_CENTI)
    return params[0] - distance


def linear(value, params, _other):
    """Return value × params[0] / params[1] + params[2]."""
    return _divide(value * params[0], params[1]) + params[2]


def humidity(value, params, damp):
    """Return dust without the water it has taken up at `damp` (% × 100); params[0] is κ × 100.

    Source: Crilley et al. 2018, Atmos. Meas. Tech. 11, 709, equations 3–5: C = 1 + (κ / 1.65) / (1 / a − 1).
    """
    if damp is None or damp > _DAMPEST:
        return None
    dry = _DENSITY * (10000 - damp)
    return _divide(value * dry, dry + params[0] * damp)


def drift(value, params, temperature):
    """Return value − (temperature − params[2]) × params[0] / params[1], temperatures in °C × 100; None without one."""
    if temperature is None:
        return None
    return value - _divide((temperature - params[2]) * params[0], params[1])


KINDS = {"level": level, "linear": linear, "humidity": humidity, "drift": drift}
