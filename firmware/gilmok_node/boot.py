"""How every board boots: the configuration, the log, the node, or a gateway; where one of them fails, a port that says so."""


def boot(path, open_ring, open_buses, open_uarts, now, board):
    """Return the Node or the Gateway that the configuration in the file `path` describes, or a Rescue in its place.

    `open_ring(label, size)` returns a block device, `open_buses(config)` what hands sensors their buses, `open_uarts(baud)` the links.
    One part after the other, each forgotten before the next is imported, which fills its holes: the heap has no room for all at once.
    """
    from . import forget
    from .config import Config

    baud = 921600
    try:
        with open(path, "rb") as file:
            config = Config(file.read())
        forget("configuration")
        baud = config.baud
        if config.led:
            board.light(*config.led)
        if config.gateway:
            from .gateway.gateway_start import start

            gateway = start(config, open_buses(config), open_uarts(baud), now, board)
            forget("gateway")
            return gateway
        from .flash.log import Log

        log = Log(open_ring(*config.records), open_ring(*config.waveforms), config.program_unit)
        log.mount()
        forget("mount")
        from .node import Node

        return Node(config, log, open_buses(config), open_uarts(baud), now, board)
    except Exception as error:  # noqa: BLE001  a missing file, an unknown driver, a worn-out flash: whatever it is, the port says so
        from .rescue import Rescue  # only a broken node needs it

        return Rescue(str(error), open_uarts(baud), now, board)
