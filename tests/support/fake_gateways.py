"""Gateways that only note what they were to send, and uplinks as they would report them."""

from gilmok_collector.links import LinkState
from gilmok_collector.radio import Uplink
from gilmok_collector.radio.ledger import Ledger
from gilmok_wire.regions import REGIONS

KR_HZ = [922_100_000 + 200_000 * channel for channel in range(7)]


class FakeGateway:
    """Sends nothing: `sent` are the downlinks it was given."""

    def __init__(self, name, region="KR920", trip_ms=20, keeps_law=False, now_ms=0):
        self.name = name
        self.state = LinkState(name, up=True, error="")
        self.law = None if keeps_law else Ledger(REGIONS[region], now_ms, saved=_unused(region))
        self.trip_ms = trip_ms
        self.faults = {}
        self.sent = []

    def airtime(self, now_ms):
        return self.law.report(now_ms) if self.law else []

    def send(self, downlink):
        self.sent.append(downlink)

    def start(self):
        pass

    def close(self):
        pass


def frame_of(device, number=0, size=51, ask=True):
    """Return what looks like a frame of a device; no key opens it."""
    return bytes([0xE5 if ask else 0xE1]) + device.to_bytes(2, "big") + number.to_bytes(2, "big") + bytes(size - 5)


def uplink(frame, gateway, snr_db=5, channel=0, sf=9, end_us=None, unix_ms=1_760_000_000_000, token=None, hz=None):
    """Return a frame as a gateway in Korea heard it."""
    return Uplink(frame, unix_ms, hz or KR_HZ[channel], sf, 125_000, -90, round(10 * snr_db), gateway, token, end_us)


def _unused(region):
    """Return the ledger of a gateway that has not sent for a day."""
    row = REGIONS[region]
    return bytes(sum(2 * (row[0][0][2] if quota[3] else 1) * (quota[1] + 1) for quota in row[2]))
