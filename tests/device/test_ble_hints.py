"""What a node advertises by turns, from its readings, its backlog and its clock. Both interpreters."""

from gilmok_node.ble.ble_hints import Hints, open_ble
from gilmok_node.config import ConfigError
from gilmok_wire.ble_advert import bthome_cipher, bthome_nonce

KEY = bytes(range(16))
MAC = b"\xf0\x12\x34\x56\x78\x9a"
TEMPERATURE = [0, 0, 0x02, 2, True, 10, 1]
DUST = [1, 1, 0x0D, 2, False, 1, 10]


class Part:
    """Anything with attributes."""

    def __init__(self, **facts):
        for name in facts:
            setattr(self, name, facts[name])


class Stream:
    def __init__(self, urgent, waiting):
        self.urgent, self._waiting = urgent, waiting

    def backlog(self):
        return self._waiting


class FakeNode:
    """What hints ask of a node."""

    def __init__(self, clock=1_790_000_000):
        self.device = 7
        self.clock = clock
        self.waiting = 5
        self.alarms = 0
        self.samplers = [Part(error=None, last=(0, (-123,))), Part(error=None, last=(0, (80, 155)))]
        self.board = Part(voltage_mv=lambda: None)

    @property
    def session(self):
        return Part(streams=[Stream(False, self.waiting), Stream(True, self.alarms)])

    def backlog(self):
        return self.waiting + self.alarms

    def unix_s(self, now_ms):
        return None if self.clock is None else self.clock + now_ms // 1000


def hints(node, readings=(TEMPERATURE, DUST)):
    return Hints(node, KEY, 500, readings, MAC)


def objects(advert):
    """Return what is inside an advertisement of BTHome."""
    counter, tag = advert[-8:-4], advert[-4:]
    return bthome_cipher(KEY).open(bthome_nonce(MAC, counter), b"", advert[8:-8] + tag)


def is_bthome(advert):
    return advert[4] == 0x16


def adverts(made, count, now_ms=0):
    """Return the next advertisements, each when the one before is over."""
    found = []
    for _ in range(count):
        advert, span_ms = made.advert(now_ms)
        found.append(advert)
        now_ms += span_ms
    return found


def test_ours_and_bthome_take_turns():
    assert [is_bthome(each) for each in adverts(hints(FakeNode()), 4)] == [False, True, False, True]


def test_readings_in_the_objects_steps_and_in_order():
    # -12.3 °C in tenths are -1230 hundredths; 15.5 µg/m³ in tenths are 15.
    node = FakeNode()
    node.board = Part(voltage_mv=lambda: 3912)
    bthome = adverts(hints(node), 2)[1]
    assert len(bthome) <= 31
    assert objects(bthome) == b"\x00\x01" + b"\x02\x32\xfb" + b"\x0c\x48\x0f" + b"\x0d\x0f\x00" + b"\x3d\x05\x00"


def test_what_is_not_known_is_left_out():
    node = FakeNode()
    node.samplers[0].error = "silent"
    node.samplers[1].last = None
    assert objects(adverts(hints(node), 2)[1]) == b"\x00\x01\x3d\x05\x00"
    node = FakeNode()
    node.samplers[0].last = (0, (None,))
    node.samplers[1].last = (0, (0, 700_000))  # beyond what two bytes hold
    assert objects(adverts(hints(node), 2)[1]) == b"\x00\x01\x3d\x05\x00"


def test_packets_are_numbered():
    found = [objects(each)[1] for each in adverts(hints(FakeNode()), 600) if is_bthome(each)]
    assert found[:3] == [1, 2, 3] and found[254:257] == [255, 0, 1]


def test_no_bthome_without_the_time_or_where_it_is_not_wanted():
    for made in (hints(FakeNode(clock=None)), hints(FakeNode(), readings=None)):
        assert not [each for each in adverts(made, 6) if is_bthome(each)]


def test_a_counter_never_comes_twice():
    node = FakeNode()
    made = hints(node)
    made.advert(0)
    assert is_bthome(made.advert(1)[0])
    made.advert(2)
    assert not is_bthome(made.advert(3)[0])  # the same second
    node.clock -= 100  # set back
    assert not [each for each in adverts(made, 20, 4) if is_bthome(each)]
    assert [each for each in adverts(made, 4, 101_000) if is_bthome(each)]


def test_something_urgent_is_all_that_is_said_and_often():
    node = FakeNode()
    made = hints(node)
    node.alarms = 1
    found = adverts(made, 4)
    assert made.interval_ms == 100 and not [each for each in found if is_bthome(each)]
    assert found[0][-3:] == b"\x01\x00\x06"
    assert not made.is_stale()
    node.alarms = 0
    assert made.is_stale()
    assert sorted([is_bthome(each) for each in adverts(made, 2)]) == [False, True]
    assert not made.is_stale() and made.interval_ms == 500


def test_a_board_without_ble_is_said():
    config = Part(name="gate", ble=[500, None], key=KEY)
    for board in (Part(), Part(bluetooth=lambda: None)):
        try:
            open_ble(Part(board=board), config)
            raise AssertionError("opened")
        except ConfigError as error:
            assert "[node.gate.ble]" in str(error)
