"""A heap that has no room, for tests of what comes of that; runs under both interpreters."""


def no_memory(*args):
    """Stand in the place of a method whose memory cannot be had."""
    raise MemoryError
