"""The air between radios: who hears whom, how well, and what is lost to others, to noise and to outages. One seed, one course.

Stations join with a name and a place: virtual SX1262 chips, sim_radio.SimRadio, concentrator.Concentrator. The medium has what a chip
expects (transmit, incoming, hear, advance, cut: chips/sx1262.py). What else joins is a receiver:

hears(transmission)     at the end of its sync word: tuned to it since enough of its preamble, and not sending
lock(transmission)      begin to receive it; return "" or what it lacks: "busy", "demodulators"
missed(transmission)    it will not come: too weak, or others covered it
take(transmission, rssi_dbm, snr_db, header_ok, crc_ok)     at its end, where it was locked on

Times are µs of one clock. Nothing happens by itself: advance(now_us) lets happen what was due, next_us() says when something is.

A frame is received where, at the end of its sync word, a receiver tuned to it is free, it is above the noise by what its spreading
factor needs, and above all others together of each spreading factor by rejection_db over the last five symbols of its preamble; and it is
whole where that holds to its end. Model, sources and what it leaves out: docs/radio_simulator.md.
"""

from collections import Counter
from heapq import heappop, heappush
from math import log10

from gilmok_sim.lora_air import Air, matches, overlaps, preamble_us, symbol_us
from gilmok_sim.propagation import SNR_LIMIT_DB, PathLoss, metres, noise_dbm, rejection_db
from gilmok_sim.world import chance

DETECTION = 5  # symbols at the end of a preamble that a receiver must see undisturbed
HEADER = 8  # symbols: those of the first block, which holds the explicit header
SNR_TOP_DB = 13.0  # what a modem reports at most (assumed): stronger signals raise the RSSI alone
_KEPT_US = 100_000  # how long what has ended is remembered for energy()


class Transmission:
    """One frame in the air; `end_us` is when its last symbol ends, or was cut."""

    __slots__ = ("number", "sender", "start_us", "lock_us", "end_us", "air", "payload", "cut", "done", "receivers")

    def __init__(self, number, sender, start_us, end_us, air, payload):
        self.number = number
        self.sender = sender
        self.start_us = start_us
        self.lock_us = start_us + preamble_us(air)
        self.end_us = end_us
        self.air = air
        self.payload = payload
        self.cut = self.done = False
        self.receivers = []

    @property
    def latest_us(self):
        """When a receiver must have begun to listen: with four symbols of the preamble left (assumed, as the virtual chip does)."""
        return self.start_us + (self.air.preamble - 4) * symbol_us(self.air)


class Station:
    """One radio's place in the medium, and what it has sent."""

    def __init__(self, index, name, place, receiver, gain_dbi, figure_db):
        self.index = index
        self.name = name
        self.place = place
        self.receiver = receiver
        self.gain_dbi = gain_dbi
        self.figure_db = figure_db
        self.sent = 0
        self.sent_us = 0
        self.keys = ()
        self.outages = []

    def is_out(self, at_us):
        """Return whether it has no power at that time."""
        return any(start <= at_us < end for start, end in self.outages)


class Medium:
    """The air of one site.

    `loss` is the share of frames that a receiver misses for no reason of the model; `path` a PathLoss. Places are metres, or
    [latitude, longitude] with `origin`, the position that lies at 0, 0.
    """

    def __init__(self, seed=1, path=None, loss=0.0, origin=None):
        self.path = path or PathLoss(seed=seed)
        self.loss = loss
        self.counts = Counter()  # what became of frames at receivers that were tuned to them
        self.stations = []
        self._seed = seed
        self._origin = origin
        self._by_thing = {}
        self._chips = []
        self._tuned = {}  # key → stations in the order in which they tuned in
        self._air = []
        self._bursts = []
        self._losses = {}
        self._events = []
        self._number = self._order = 0
        self._advancing = False

    # Stations.

    def join(self, thing, name, place, gain_dbi=0.0, figure_db=6.0):
        """Put a chip or a receiver at a place; `name` tells its shadows from others'."""
        if self._origin is not None:
            place = metres(place, self._origin)
        is_chip = hasattr(thing, "incoming")
        station = Station(len(self.stations), name, place, _ChipEnd(thing) if is_chip else thing, gain_dbi, figure_db)
        self.stations.append(station)
        self._by_thing[id(thing)] = station
        if is_chip:
            self._chips.append(station)
        return station

    def station(self, thing):
        """Return the station of what has joined."""
        return self._by_thing[id(thing)]

    def tune(self, station, keys):
        """Say which (frequency_hz, sf, bw_hz, inverted_iq) a receiver hears from now on; chips are asked themselves."""
        for key in station.keys:
            self._tuned[key].pop(station.index, None)
        station.keys = [_key(*each) for each in keys]
        for key in station.keys:
            self._tuned.setdefault(key, {})[station.index] = station

    def turn_off(self, thing, start_us, end_us):
        """Take the power from a station for a time: it neither hears nor is heard."""
        self.station(thing).outages.append((start_us, end_us))

    def burst(self, start_us, end_us, frequency_hz, bw_hz, rssi_dbm):
        """Let noise come that every station receives with `rssi_dbm` in its band."""
        self._bursts.append((start_us, end_us, frequency_hz, bw_hz, rssi_dbm))
        air = Air(frequency_hz, 0, bw_hz, 1, False, 0, 8, True, True, rssi_dbm)
        for station in self._chips:
            station.receiver.chip.incoming(air, start_us, end_us, rssi_dbm, False)

    # Sending.

    def transmit(self, thing, start_us, end_us, air, payload):
        """Take a frame whose sender begins it at `start_us`."""
        sender = self.station(thing)
        if sender.is_out(start_us):
            return
        self._number += 1
        transmission = Transmission(self._number, sender, start_us, end_us, air, bytes(payload))
        sender.sent += 1
        sender.sent_us += end_us - start_us
        self._air.append(transmission)
        self.call(transmission.lock_us, self._lock, transmission)
        self.call(end_us, self._end, transmission)
        for station in self._chips:
            if station is not sender:
                rssi_dbm = self.rssi_dbm(transmission, station)
                snr_db = rssi_dbm - noise_dbm(air.bw_hz, station.figure_db)
                if snr_db >= SNR_LIMIT_DB[12]:
                    station.receiver.chip.incoming(air, start_us, end_us, rssi_dbm, snr_db >= SNR_LIMIT_DB[air.sf])

    def cut(self, thing, now_us):
        """End a station's transmission before its time: who received it hears the rest as noise."""
        sender = self.station(thing)
        for each in self._air:
            if each.sender is sender and each.end_us > now_us:
                sender.sent_us -= each.end_us - max(now_us, each.start_us)
                each.end_us, each.cut = now_us, True

    # Time.

    def call(self, at_us, function, *arguments):
        """Have a function called when that time comes."""
        self._order += 1
        heappush(self._events, (at_us, self._order, function, arguments))

    def next_us(self):
        """Return when something is due, or None."""
        return self._events[0][0] if self._events else None

    def advance(self, now_us):
        """Let happen what was due by then; from within something that happens, nothing: its turn comes."""
        if self._advancing:
            return
        self._advancing = True
        events = self._events
        try:
            while events and events[0][0] <= now_us:
                _, _, function, arguments = heappop(events)
                function(*arguments)
        finally:
            self._advancing = False

    # Levels.

    def rssi_dbm(self, transmission, station):
        """Return the level at which a transmission arrives."""
        sender, air = transmission.sender, transmission.air
        one, other = (sender, station) if sender.index < station.index else (station, sender)
        key = (one.index, other.index, air.frequency_hz // 10_000_000)  # within 10 MHz the loss differs by 0.1 dB
        loss_db = self._losses.get(key)
        if loss_db is None:
            loss_db = self._losses[key] = self.path.between(one, other, key[2] * 1e7 + 5e6)
        return air.power_dbm + sender.gain_dbi + station.gain_dbi - loss_db

    def energy_dbm(self, station, frequency_hz, bw_hz, start_us, end_us):
        """Return the strongest level that a station sees in a band between two times that are not ahead."""
        levels = [noise_dbm(bw_hz, station.figure_db)]
        levels += [self.rssi_dbm(each, station) for each in self._signals(station, frequency_hz, bw_hz, start_us, end_us)]
        return max(levels + [burst[4] for burst in self._noises(frequency_hz, bw_hz, start_us, end_us)])

    def occupied(self, station, frequency_hz, sf, bw_hz, at_us):
        """Return whether a frame of these parameters can be seen at that time."""
        weakest_dbm = noise_dbm(bw_hz, station.figure_db) + SNR_LIMIT_DB[sf]
        seen = self._signals(station, frequency_hz, bw_hz, at_us, at_us + 1)
        return any(matches(each.air, frequency_hz, sf, bw_hz) and self.rssi_dbm(each, station) >= weakest_dbm for each in seen)

    # What becomes of a frame.

    def _lock(self, transmission):
        air = transmission.air
        if transmission.cut:
            return
        key = _key(air.frequency_hz, air.sf, air.bw_hz, air.inverted_iq)
        tuned = list(self._tuned.get(key, {}).values()) if air.sync_word == 0x3444 else []
        for station in tuned + self._chips:
            if station is transmission.sender or not station.receiver.hears(transmission):
                continue
            rssi_dbm = self.rssi_dbm(transmission, station)
            reason = self._refusal(transmission, station, rssi_dbm) or station.receiver.lock(transmission)
            if reason:
                self.counts[reason] += 1
                station.receiver.missed(transmission)
            else:
                transmission.receivers.append((station, rssi_dbm))

    def _refusal(self, transmission, station, rssi_dbm):
        """Return why a receiver that is free cannot lock on a frame, or ""."""
        begun_us = transmission.start_us + (transmission.air.preamble - DETECTION) * symbol_us(transmission.air)
        if station.is_out(begun_us) or station.is_out(transmission.lock_us):
            return "out"
        if rssi_dbm - noise_dbm(transmission.air.bw_hz, station.figure_db) < SNR_LIMIT_DB[transmission.air.sf]:
            return "weak"
        if not self._stands(transmission, station, rssi_dbm, begun_us, transmission.lock_us):
            return "covered"
        if self.loss and chance(self._seed + transmission.number, station.index) < self.loss:
            return "lost"
        return ""

    def _end(self, transmission):
        air, end_us = transmission.air, transmission.end_us
        header_us = transmission.lock_us + HEADER * symbol_us(air)
        for station, rssi_dbm in transmission.receivers:
            if station.is_out(end_us):
                self.counts["out"] += 1
                station.receiver.missed(transmission)
                continue
            header_ok = self._stands(transmission, station, rssi_dbm, transmission.lock_us, min(header_us, end_us))
            whole = header_ok and not transmission.cut and self._stands(transmission, station, rssi_dbm, header_us, end_us)
            self.counts["received" if whole else "damaged"] += 1
            snr_db = min(SNR_TOP_DB, rssi_dbm - noise_dbm(air.bw_hz, station.figure_db))
            station.receiver.take(transmission, rssi_dbm, snr_db, header_ok, whole)
        transmission.done = True
        self._forget(end_us)

    def _stands(self, transmission, station, rssi_dbm, start_us, end_us):
        """Return whether a frame stands above what else there is between two times: all of one kind add up."""
        air = transmission.air
        others = {}
        for each in self._signals(station, air.frequency_hz, air.bw_hz, start_us, end_us):
            if each is not transmission:
                kind = each.air.sf, each.air.inverted_iq
                needed_db, power_mw = others.get(kind) or (rejection_db(air, each.air), 0.0)
                others[kind] = needed_db, power_mw + 10 ** (self.rssi_dbm(each, station) / 10)
        for needed_db, power_mw in others.values():
            if rssi_dbm - 10 * log10(power_mw) < needed_db:
                return False
        noise_mw = sum(10 ** (burst[4] / 10) for burst in self._noises(air.frequency_hz, air.bw_hz, start_us, end_us))
        if noise_mw:
            noise_mw += 10 ** (noise_dbm(air.bw_hz, station.figure_db) / 10)
            return rssi_dbm - 10 * log10(noise_mw) >= SNR_LIMIT_DB[air.sf]
        return True

    def _signals(self, station, frequency_hz, bw_hz, start_us, end_us):
        """Return what others have in the air in a band between two times."""
        return [
            each
            for each in self._air
            if each.start_us < end_us and each.end_us > start_us and each.sender is not station and overlaps(each.air, frequency_hz, bw_hz)
        ]

    def _noises(self, frequency_hz, bw_hz, start_us, end_us):
        return [
            burst
            for burst in self._bursts
            if burst[0] < end_us and burst[1] > start_us and 2 * abs(burst[2] - frequency_hz) < burst[3] + bw_hz
        ]

    def _forget(self, now_us):
        """Drop what can no longer matter: what ended before all that is still in the air began."""
        begun_us = min([each.start_us for each in self._air if not each.done], default=now_us)
        before_us = min(begun_us, now_us - _KEPT_US)
        self._air = [each for each in self._air if each.end_us > before_us or not each.done]
        if self._bursts:
            self._bursts = [burst for burst in self._bursts if burst[1] > before_us]


def _key(frequency_hz, sf, bw_hz, inverted_iq):
    return (frequency_hz + 5000) // 10_000, sf, bw_hz, inverted_iq  # a chip's frequency is rounded to its steps of 0.95 Hz


class _ChipEnd:
    """A virtual SX1262 as a receiver: it knows itself what it is tuned to."""

    def __init__(self, chip):
        self.chip = chip
        self._locked = None

    def hears(self, transmission):
        return self.chip.listens_to(transmission.air, transmission.start_us, transmission.lock_us)

    def lock(self, transmission):
        held = self._locked
        # A chip that has begun a new reception since has let go of what it was locked on.
        if held is not None and not held.done and self.chip.listens_to(held.air, held.start_us, transmission.lock_us):
            return "busy"
        self._locked = transmission
        return ""

    def missed(self, transmission):
        self.chip.missed(transmission.start_us)

    def take(self, transmission, rssi_dbm, snr_db, header_ok, crc_ok):
        each = transmission
        self.chip.hear(each.payload, each.air, rssi_dbm, snr_db, crc_ok, each.start_us, each.end_us, header_ok)
