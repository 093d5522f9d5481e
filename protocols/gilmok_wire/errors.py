"""What can be wrong with bytes and with calls, as one tree."""


class WireError(Exception):
    """Base of everything this package raises."""


class EncodeError(WireError):
    """The caller asked for something the wire cannot carry."""


class DecodeError(WireError):
    """The peer, or the line, sent bytes that are not what they claim to be."""


class SealError(DecodeError):
    """A frame is not authentic under the keys and salts at hand."""


class Replayed(SealError):
    """A frame is authentic, but was accepted before or is too old to tell."""


class Unsupported(DecodeError):
    """A well-formed header or message of a version or kind this release does not know: the older side wants an update.

    Its argument is the message code, or −1 − version for a wire version.
    """
