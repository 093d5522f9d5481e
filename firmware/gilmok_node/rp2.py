"""The board of an RP2040 under stock MicroPython: the logs are areas behind the file system. Sensors and a serial link; not run on one yet.

Source: MicroPython documentation, rp2.Flash (block numbers count from the start of the storage area; start and len in bytes).
"""

from gilmok_wire.compat import const

FILESYSTEM = const(0x40000)  # boards/rpi-pico-w.toml: what boot.py mounts at the start of the storage area


class Areas:
    """Hands out the storage behind the file system, one log after another."""

    def __init__(self):
        self._start = FILESYSTEM

    def __call__(self, label, size):
        """Return the area of the log called `label`.

        Raises: ConfigError naming the remedy.
        """
        from rp2 import Flash

        from .config import ConfigError

        start, self._start = self._start, self._start + size
        try:
            return Flash(start=start, len=size)
        except ValueError:
            raise ConfigError("the storage area is too small for {!r}: is this another board?".format(label))


def run():
    """Run the node for ever."""
    from .chip import run

    run(Areas())
