"""A concentrator on the medium: eight channels, every spreading factor on each at once, a bound of demodulators, one antenna.

While it sends it hears nothing, and what it was receiving is lost. Source of what one can do: docs/radio_simulator.md.
"""

from collections import Counter, namedtuple

from gilmok_wire.airtime import airtime_us

from gilmok_sim.lora_air import Air

DEMODULATORS = 8  # an SX1301's; an SX1302 has 16
CHANNELS = 8
_SFS = range(7, 13)

# As a packet forwarder tells it; `end_us` is when its last symbol came.
Heard = namedtuple("Heard", ("frame", "end_us", "frequency_hz", "sf", "bw_hz", "rssi_dbm", "snr_cb"))
Order = namedtuple("Order", ("start_us", "end_us", "air", "frame"))


class Concentrator:
    """One gateway's radio: `on_heard(heard)` is called at each whole frame's end.

    `channels_hz` are its channels of 125 kHz; `wide` is (frequency_hz, sf, bw_hz) of the one besides, as US915's of 500 kHz. `listen` is
    (threshold in dBm, µs): it does not send where it has heard as much on the channel.
    """

    def __init__(self, medium, name, place, channels_hz, on_heard, demodulators=DEMODULATORS, wide=None, listen=None, gain_dbi=2.0):
        if not 0 < len(channels_hz) <= CHANNELS:
            raise ValueError("a concentrator has 1 to {} channels, not {}".format(CHANNELS, len(channels_hz)))
        self.medium = medium
        self.counts = Counter()
        self._on_heard = on_heard
        self._demodulators = demodulators
        self._listen = listen
        self._locked = {}  # (frequency, sf, iq) → transmission that is being received
        self._orders = []
        self._deaf_until = 0
        self.station = medium.join(self, name, place, gain_dbi)
        keys = [(hz, sf, 125_000, False) for hz in channels_hz for sf in _SFS]
        medium.tune(self.station, tuple(keys + ([wide + (False,)] if wide else [])))

    def send(self, frame, start_us, now_us, frequency_hz, sf, bw_hz, power_dbm, inverted_iq=True, crc=False):
        """Book a downlink for a time; return None, or why not: "late", "collision" with another one that is booked."""
        air = Air(frequency_hz, sf, bw_hz, 1, inverted_iq, 0x3444, 8, True, crc, power_dbm)
        end_us = start_us + airtime_us(len(frame), sf, bw_hz, crc=crc)
        if start_us < now_us:
            return self._refuse("late")
        self._orders = [order for order in self._orders if order.end_us > now_us]
        if any(order.start_us < end_us and start_us < order.end_us for order in self._orders):
            return self._refuse("collision")
        order = Order(start_us, end_us, air, bytes(frame))
        self._orders.append(order)
        self.medium.call(start_us, self._begin, order)
        return None

    # The medium's receiver.

    def hears(self, transmission):
        """Tell whether it does not send, and has not since enough of the preamble."""
        return self._deaf_until <= transmission.latest_us

    def lock(self, transmission):
        """Begin to receive a frame: one of a kind at a time, and as many as there are demodulators."""
        key = _kind(transmission.air)
        if key in self._locked:
            return "busy"
        if len(self._locked) >= self._demodulators:
            return "demodulators"
        self._locked[key] = transmission
        return ""

    def missed(self, transmission):
        """Let go of a frame that will not come."""
        if self._locked.get(_kind(transmission.air)) is transmission:
            del self._locked[_kind(transmission.air)]

    def take(self, transmission, rssi_dbm, snr_db, header_ok, crc_ok):
        """Take a frame at its end."""
        air = transmission.air
        if self._locked.get(_kind(air)) is not transmission:
            self.counts["sending"] += 1  # it sent in the meantime
            return
        del self._locked[_kind(air)]
        self.counts["heard" if crc_ok else "damaged"] += 1
        if crc_ok:
            cb = int(snr_db * 10)
            self._on_heard(Heard(transmission.payload, transmission.end_us, air.frequency_hz, air.sf, air.bw_hz, int(rssi_dbm), cb))

    def _begin(self, order):
        air = order.air
        self._orders.remove(order)
        if self._listen:
            threshold_dbm, span_us = self._listen
            since_us = order.start_us - span_us
            if self.medium.energy_dbm(self.station, air.frequency_hz, air.bw_hz, since_us, order.start_us) >= threshold_dbm:
                self._refuse("occupied")
                return
        self._locked.clear()
        self._deaf_until = order.end_us
        self.counts["sent"] += 1
        self.medium.transmit(self, order.start_us, order.end_us, air, order.frame)

    def _refuse(self, reason):
        self.counts[reason] += 1
        return reason


def _kind(air):
    return air.frequency_hz, air.sf, air.bw_hz, air.inverted_iq
