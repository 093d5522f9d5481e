"""What a session must know of the link under it."""


class Link:
    """The properties of a link, as a session sees them.

    Units: mtu in bytes of a sealed frame; byte_us the time a byte takes; frame_us what a frame costs beside its bytes;
    answer_ms the longest time from the end of an asking frame to the start of its answer; window in frames between answers;
    idle_ms how long a session that has nothing more to send may leave what it sent unanswered; brief: the gist of an alarm goes ahead of
    its record, in a frame of 24 bytes.
    """

    def __init__(self, mtu=242, byte_us=87, frame_us=0, answer_ms=500, window=8, full_duplex=True, idle_ms=2000, brief=False):
        if not 51 <= mtu <= 4096:
            raise ValueError("link: an MTU of {} is not within 51 to 4096 bytes".format(mtu))
        self.mtu = mtu
        self.byte_us = byte_us
        self.frame_us = frame_us
        self.answer_ms = answer_ms
        self.window = window
        self.full_duplex = full_duplex
        self.idle_ms = idle_ms
        self.brief = brief

    def air_ms(self, length):
        """Return how long a frame of `length` bytes occupies the link."""
        return (self.frame_us + length * self.byte_us + 999) // 1000


# 921600 baud 8N1: 10.85 us a byte. The answer waits for the collector's commit to reach its disk, 10 ms on an SSD; on a busy SD card
# it may take longer, and a poll of 14 bytes is sent in vain.
# Frames of 256 bytes: larger ones save 4 % of the line and cost a chip four times the buffers.
SERIAL = Link(mtu=256, byte_us=11, answer_ms=300, window=16)
