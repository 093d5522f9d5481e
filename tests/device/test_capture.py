"""Waveform blocks in bounded memory."""

from gilmok_node.sensors.capture import Capture


def test_blocks_and_holes():
    capture = Capture(2)
    capture.lose(3)
    for i in range(16):
        capture.add(i, bytes((i, i)) * 8)
    capture.lose(5)
    capture.add(99, bytes(16))
    capture.close()
    capture.close()
    assert capture.take()[:3] == [0, 3, 64]
    assert capture.take()[:3] == [8, 0, 64]
    block = capture.take()
    assert block[:3] == [99, 5, 8] and len(block[3]) == 128
    assert capture.take() is None


def test_the_oldest_block_makes_room_and_is_counted():
    capture = Capture(1)
    for i in range(6 * 8):
        capture.add(i * 8, bytes((i,)) * 8)
    capture.lose(2)
    for i in range(8):
        capture.add(1000 + i, bytes(8))
    blocks = []
    block = capture.take()
    while block:
        blocks.append((block[0], block[1], block[2], block[3][0]))
        capture.give(block[3])
        block = capture.take()
    assert blocks == [(192, 192, 64, 24), (256, 0, 64, 32), (320, 0, 64, 40), (1000, 2, 64, 0)]


def test_a_hole_in_what_was_dropped_is_not_forgotten():
    capture = Capture(1)
    for i in range(5):
        capture.add(i, bytes(8))
        capture.lose(10)
    assert capture.take()[:3] == [1, 18, 8]
    assert capture.take()[:3] == [2, 10, 8]
