"""What can be wrong with a demo's options."""


class DemoError(Exception):
    """The demo cannot do what was asked; the message names what and the remedy."""
