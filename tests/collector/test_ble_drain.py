"""Exactly once over BLE: a long history over a link that is lost at random, in the middle of frames, of greetings, of connecting."""

from support.ble_street import held, on_street
from support.dice import Dice

DEVICE = 0x0101
KEYS = {DEVICE: bytes(range(16))}
RECORDS = 10_000
CUTS = 50


class Walker:
    """Takes a node out of reach after 1 to 50 packets of each connection, CUTS times."""

    def __init__(self, street, node, seed):
        self.cuts = 0
        self._street, self._node = street, node
        self._dice = Dice(seed)
        self._left = self._roll()
        watch = street.air.watched(node.ble.controller)
        street.air.watch(node.ble.controller, lambda packet: (watch(packet), self._on_packet()))

    def _roll(self):
        return self._dice.between(1, 50)

    def _on_packet(self):
        self._left -= 1
        if not self._left and self.cuts < CUTS:
            self._left = self._roll()
            self._street.loop.call_soon(self._cut)

    def _cut(self):
        self.cuts += self._street.air.cut(self._node.address)


def test_ten_thousand_records_over_a_link_that_is_lost_fifty_times(tmp_path):
    async def drain(street):
        node = street.add_node(DEVICE, RECORDS)
        walker = Walker(street, node, seed=5)
        collector = street.add_collector(tmp_path / "ble.db", mtu=50)  # five fragments a frame, so that most cuts are in the middle of one
        await street.until(lambda: node.backlog() == 0, most_s=36_000)
        return held(node), collector.stored(node), walker.cuts, node.port.report(), collector.engine.counters

    logged, stored, cuts, port, counters = on_street(KEYS, drain)
    assert cuts == CUTS and port["connections"] > CUTS
    assert len(logged) == RECORDS
    assert stored == logged
    assert counters.refused == 0  # no frame came mixed up
