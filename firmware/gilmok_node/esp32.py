"""The board of an ESP32 under stock MicroPython: the logs are partitions of its flash.

Source: MicroPython documentation, esp32.Partition.
"""


def partition(label, size):
    """Return the data partition called `label`.

    Raises: ConfigError naming the remedy.
    """
    from esp32 import Partition

    from .config import ConfigError

    found = Partition.find(Partition.TYPE_DATA, label=label)
    if not found:
        raise ConfigError("this board has no partition {!r}: flash its partition table".format(label))
    return found[0]


def run():
    """Run the node for ever."""
    import esp32

    from .chip import run

    run(partition, esp32)
