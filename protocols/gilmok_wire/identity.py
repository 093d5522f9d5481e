"""What a device says of itself when it greets."""


class Identity:
    """What the hello says of the device beside its log.

    `store` is the store this device belongs to; None: the first that answers in this boot.
    """

    def __init__(self, config_digest, firmware, store=None):
        self.config_digest = config_digest
        self.firmware = firmware
        self.store = store
