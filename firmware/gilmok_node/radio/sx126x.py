"""Semtech SX1261/SX1262 (SX126x): LoRa frames with explicit header and CRC, and the energy on a channel.

Source: Semtech SX1261/2 data sheet rev. 2.1 (DS.SX1261-2), here "DS" with its section; opcodes, register addresses and the
workarounds' bits compared with Lora-net/sx126x_driver@9636dc46. What is marked "secondary" is not in the data sheet.
"""

from gilmok_wire.compat import const

from .sx126x_link import Link, RadioFault
from .sx126x_start import check_sync, start, wake

# Commands: opcode, then DS section: parameters (bytes, where not one each).
_SET_SLEEP = const(0x84)  # 13.1.1: configuration, bit 2 warm start
_SET_STANDBY = const(0x80)  # 13.1.2: 0 RC, 1 crystal
_SET_TX = const(0x83)  # 13.1.4: timeout (3)
_SET_RX = const(0x82)  # 13.1.5: timeout (3)
_SET_CAD = const(0xC5)  # 13.1.8
_SET_PA_CONFIG = const(0x95)  # 13.1.14: duty cycle, hpMax, deviceSel, 1
_CLEAR_IRQ_STATUS = const(0x02)  # 13.3.4: flags (2)
_SET_RF_FREQUENCY = const(0x86)  # 13.4.1: Hz × 2^25 / 32e6 (4)
_SET_TX_PARAMS = const(0x8E)  # 13.4.4: power in dBm, ramp time
_SET_MODULATION = const(0x8B)  # 13.4.5: SF, bandwidth, coding rate, low data rate optimisation
_SET_PACKET = const(0x8C)  # 13.4.6: preamble (2), 0 explicit header, length, 1 CRC, 1 inverted IQ
_SET_CAD_PARAMS = const(0x88)  # 13.4.7: symbols, peak, minimum, exit, timeout (3)
_GET_RX_BUFFER_STATUS = const(0x13)  # 13.5.2: → length, start
_GET_PACKET_STATUS = const(0x14)  # 13.5.3: → −RSSI × 2, SNR × 4, −signal RSSI × 2

# Registers: DS table 12-1, and chapter 15 for those of the workarounds.
_IQ_POLARITY = const(0x0736)
_TX_MODULATION = const(0x0889)
_OCP = const(0x08E7)
_RTC_CONTROL = const(0x0902)
_EVENT_MASK = const(0x0944)

_OCP_140_MA = b"\x38"  # 5.3: what an SX1262 draws at 22 dBm, and no more

# Table 13-29
_TX_DONE = const(0x001)
_RX_DONE = const(0x002)
_HEADER_ERROR = const(0x020)
_CRC_ERROR = const(0x040)
_CAD_DETECTED = const(0x100)
_TIMEOUT = const(0x200)
_EXPECTED = {"sending": 0x201, "receiving": 0x262, "detecting": 0x180}
_RECEIVING = const(5)  # table 13-76
_MODES = {"sending": 6, "receiving": _RECEIVING}

_FOREVER = const(0xFFFFFF)  # 13.1.5: continuous
_STEPS = const(64)  # a millisecond in the chip's 15.625 µs
# Ways of an antenna switch.
OFF = const(0)
RECEIVE = const(1)
TRANSMIT = const(2)

_PREAMBLE = const(8)  # symbols, as LoRaWAN's (regional parameters)
_RAMP_200_US = const(4)  # table 13-41
_CAD_4_SYMBOLS = const(2)  # table 13-73
_CAD_MINIMUM = const(10)  # secondary: AN1200.48, as are a peak of SF + 13 and four symbols

# What a deadline adds to the frame's own time: the chip's start (1 ms), and a loop that comes late.
_SLACK_MS = const(50)
# A chip that loses its supply while it listens says nothing: so often it is asked whether it still does.
_CHECK_MS = const(1000)
# After a fault the next attempt holds the loop for up to 13 ms (BUSY stuck): after 1 s, doubled to 64 s, it takes 0.02 % in the end.
_RETRY_MS = const(1000)
_RETRY_LIMIT_MS = const(64_000)
# Unproved on a chip (the data sheet gives 83 µs to receiving and no time for RSSI): a tenth of the 5 ms that a listening takes.
_RSSI_SETTLE_US = const(500)

_BANDWIDTHS = {125_000: 4, 250_000: 5, 500_000: 6}  # table 13-48
# Table 13-21, of the SX1262 with 22 in SetTxParams: dBm, duty cycle, hpMax. Less power draws less so than by SetTxParams alone.
_AMPLIFIER = bytes((14, 2, 2, 17, 2, 3, 20, 3, 5, 22, 4, 7))


class Sx126x:
    """One radio; `device` is a base.SpiDevice, `busy`, `reset` and `dio1` are pins (`dio1` None: the flags are asked for at every poll).

    `tcxo_mv` is the supply of a TCXO by DIO3 (0: a crystal), `rf_switch` whether DIO2 turns the antenna switch, `ldo` True for a board
    without the inductor of the DC-DC converter. `band_hz` is any frequency of the band. `antenna(way)` turns a switch on pins of the board:
    OFF, RECEIVE or TRANSMIT.
    """

    def __init__(self, device, busy, reset, dio1, ticks_us, band_hz, tcxo_mv=0, rf_switch=True, ldo=False, antenna=None):
        from .sx126x_board import facts_of

        self._link = Link(device, busy, ticks_us)
        self._reset = reset
        self._dio1 = dio1
        self._antenna = antenna or _turn_nothing
        self._board = facts_of(band_hz, tcxo_mv, rf_switch, ldo)
        self._watch = False  # DIO1 works
        self._due_ms = 0  # when to ask the chip, whatever DIO1 says
        self._single = False
        self._energy = None
        self._retry_ms = _RETRY_MS
        self._held = None  # an event that came before the last order
        self.state = "off"
        self.frame = None
        self.rssi_dbm = self.snr_cb = self.samples = 0
        self.reason = None
        self.faults = {}

    def begin(self, now_ms):
        """Reset, check and configure the chip, which takes 12 to 20 ms; return whether it is idle now."""
        self._retry_ms = _RETRY_MS
        return self._order(now_ms, self._begin)

    def transmit(self, now_ms, frame, frequency_hz, sf, bw_hz, cr, power_dbm, inverted_iq=False):
        """Send 1 to 255 bytes; return whether it began. `cr` 1 to 4 stands for 4/5 to 4/8, `power_dbm` is −9 to 22 at the chip's pin."""
        if not 1 <= len(frame) <= 255 or not -9 <= power_dbm <= 22:
            raise ValueError("a frame has 1 to 255 bytes, the power -9 to 22 dBm")
        _check(frequency_hz, sf, bw_hz, cr)
        return self._order(now_ms, self._transmit, frame, frequency_hz, sf, bw_hz, cr, power_dbm, inverted_iq)

    def receive(self, now_ms, frequency_hz, sf, bw_hz, cr, inverted_iq=False, timeout_ms=None):
        """Listen for one frame that begins within `timeout_ms` (at most 262 s), or for all that come; return whether it began."""
        if timeout_ms is not None and not 1 <= timeout_ms <= 262_000:
            raise ValueError("timeout_ms must be 1 to 262000")
        _check(frequency_hz, sf, bw_hz, cr)
        return self._order(now_ms, self._receive, frequency_hz, sf, bw_hz, cr, inverted_iq, timeout_ms)

    def detect(self, now_ms, frequency_hz, sf, bw_hz):
        """Look for a preamble, four symbols long; return whether it began."""
        _check(frequency_hz, sf, bw_hz, 1)
        return self._order(now_ms, self._detect, frequency_hz, sf, bw_hz)

    def energy(self, now_ms, frequency_hz, span_us):
        """Return the highest RSSI in dBm, in 250 kHz, while `span_us` pass; None where the radio is lost or sends.

        The loop stands still for that time (KR920: 6 ms): a channel found clear between two looks would not be clear by law.
        `samples` says how often was looked.
        """
        _check(frequency_hz, 7, 250_000, 1)
        return self._energy if self._order(now_ms, self._sense, frequency_hz, span_us) else None

    def sleep(self, now_ms):
        """Send the chip to sleep with its configuration; return whether it did."""
        return self._order(now_ms, self._sleep)

    def poll(self, now_ms):
        """Return an event (see the package's docstring), or None."""
        if self._held:
            event = self._held
            self._held = None
            return event
        try:
            if self.state == "lost":
                if now_ms - self._due_ms < 0:
                    return None
                self._begin(now_ms)
                return "recovered"
            if self.state in ("off", "idle", "asleep"):
                return None
            return self._look(now_ms)
        except RadioFault as fault:
            self._lose(now_ms, fault.reason)
            return self.poll(now_ms) if self._held else None

    def _order(self, now_ms, method, *args):
        """Call a method unless the radio is lost or sends; return whether it went well."""
        starting = method == self._begin
        if not starting and self.state in ("off", "lost", "sending"):
            return False
        try:
            if self.state in ("receiving", "detecting"):
                self._collect(now_ms)
            method(now_ms, *args)
        except RadioFault as fault:
            self._lose(now_ms, fault.reason)
            return False
        return True

    def _lose(self, now_ms, reason):
        self.state = "lost"
        self.reason = reason
        self.faults[reason] = self.faults.get(reason, 0) + 1
        self._held = "fault"
        self._due_ms = now_ms + self._retry_ms
        self._retry_ms = min(2 * self._retry_ms, _RETRY_LIMIT_MS)

    def _begin(self, now_ms):
        self.state = "lost"
        try:
            start(self._link, self._reset, self._board)
        finally:
            self._antenna(OFF)  # not before the reset: it may have been sending
        self._confirm()
        self.state = "idle"
        self._watch = self._dio1 is not None

    def _transmit(self, now_ms, frame, frequency_hz, sf, bw_hz, cr, power_dbm, inverted_iq):
        link = self._link
        self._tune(frequency_hz, sf, bw_hz, cr, len(frame), inverted_iq)
        at = 0
        while power_dbm > _AMPLIFIER[at]:
            at += 3
        link.send(bytes((_SET_PA_CONFIG, _AMPLIFIER[at + 1], _AMPLIFIER[at + 2], 0, 1)))
        link.send(bytes((_SET_TX_PARAMS, power_dbm + 22 - _AMPLIFIER[at] & 255, _RAMP_200_US)))
        link.write(_OCP, _OCP_140_MA)  # after SetPaConfig, which sets it too (5.3)
        # DS 15.1: bit 2 is 0 for 500 kHz and 1 for all else, before any transmission.
        link.change(_TX_MODULATION, 4, 0 if bw_hz == 500_000 else 4)
        link.write_buffer(frame)
        longest_ms = _longest_ms(len(frame), sf, bw_hz, cr)
        self._start(_SET_TX, (longest_ms + _SLACK_MS) * _STEPS)
        self._due_ms = now_ms + longest_ms + 2 * _SLACK_MS
        self.state = "sending"

    def _receive(self, now_ms, frequency_hz, sf, bw_hz, cr, inverted_iq, timeout_ms):
        self._tune(frequency_hz, sf, bw_hz, cr, 255, inverted_iq)
        self._single = timeout_ms is not None
        self._start(_SET_RX, timeout_ms * _STEPS if self._single else _FOREVER)
        # A frame that begins at the last moment is heard to its end.
        self._due_ms = now_ms + (timeout_ms + _longest_ms(255, sf, bw_hz, cr) + _SLACK_MS if self._single else _CHECK_MS)
        self.state = "receiving"

    def _detect(self, now_ms, frequency_hz, sf, bw_hz):
        self._tune(frequency_hz, sf, bw_hz, 1, 255, False)
        self._link.send(bytes((_SET_CAD_PARAMS, _CAD_4_SYMBOLS, sf + 13, _CAD_MINIMUM, 0, 0, 0, 0)))
        self._antenna(RECEIVE)
        self._link.send(bytes((_SET_CAD,)))
        self._due_ms = now_ms + (8000 << sf) // bw_hz + _SLACK_MS  # four symbols, and as long to think
        self.state = "detecting"
        self._confirm()

    def _sense(self, now_ms, frequency_hz, span_us):
        link = self._link
        self._tune(frequency_hz, 7, 250_000, 1, 255, False)
        self._start(_SET_RX, _FOREVER)
        link.ready()
        link.wait_us(_RSSI_SETTLE_US)
        self.samples = 0
        least = 255
        start = link.now_us()
        while link.since_us(start) < span_us or not self.samples:
            least = min(least, link.rssi())
            self.samples += 1
            if link.mode() != _RECEIVING:
                raise RadioFault("garbled")
        self._energy = -(least // 2)
        self._standby()
        self.state = "idle"

    def _sleep(self, now_ms):
        if self.state != "asleep":
            self._standby()
            self._link.send(bytes((_SET_SLEEP, 4)))
            self.state = "asleep"

    def _tune(self, frequency_hz, sf, bw_hz, cr, length, inverted_iq):
        """Bring the chip to standby and to these parameters."""
        link = self._link
        if self.state == "asleep":
            wake(link)
        self._standby()
        check_sync(link, "reset")  # it may have lost its supply while nobody looked
        # Hz × 2^25 / 32e6 in numbers below 2^30, as 32e6 / 2^25 is 15625 / 2^14
        word = (frequency_hz // 15625 << 14) + (frequency_hz % 15625 << 14) // 15625
        link.send(bytes((_SET_RF_FREQUENCY, word >> 24, word >> 16 & 255, word >> 8 & 255, word & 255)))
        slow = (1000 << sf) // bw_hz >= 16  # 6.1.1.4: for symbols of 16.38 ms and longer
        link.send(bytes((_SET_MODULATION, sf, _BANDWIDTHS[bw_hz], cr, 1 if slow else 0)))
        link.send(bytes((_SET_PACKET, 0, _PREAMBLE, 0, length, 1, 1 if inverted_iq else 0)))
        # DS 15.4: bit 2 is 0 for inverted IQ and 1 for standard; without it long frames get lost.
        link.change(_IQ_POLARITY, 4, 0 if inverted_iq else 4)

    def _start(self, opcode, steps):
        self._antenna(TRANSMIT if opcode == _SET_TX else RECEIVE)
        self._link.send(bytes((opcode, steps >> 16, steps >> 8 & 255, steps & 255)))
        self._confirm()

    def _standby(self):
        self._link.send(bytes((_SET_STANDBY, 0)))
        self._link.ready()
        self._antenna(OFF)

    def _confirm(self):
        """Raise where the chip has refused any command since the last time."""
        if not self._link.settled():
            self._link.refused = False
            raise RadioFault("refused")

    def _collect(self, now_ms):
        """End a reception, and keep for poll() what has come before."""
        self._standby()
        flags = self._link.flags()
        if flags & ~_EXPECTED[self.state]:
            raise RadioFault("garbled")
        if flags:
            self._clear(flags)
            self._held = self._happened(now_ms, flags)
        elif self._single:
            self._stop_timer()
        self.state = "idle"

    def _look(self, now_ms):
        due = now_ms - self._due_ms >= 0
        if self._watch and not due and not self._dio1():
            return None
        flags = self._link.flags()
        mode = self._link.mode()
        if flags & ~_EXPECTED[self.state] or not 2 <= mode <= 6:
            raise RadioFault("silent" if self._link.status in (0x00, 0xFF) else "garbled")
        if not flags:
            self._suspect(now_ms, mode, due)
            return None
        if self._watch and not self._dio1():
            self._distrust()
        self._clear(flags)
        self._retry_ms = _RETRY_MS  # it works
        return self._happened(now_ms, flags)

    def _clear(self, flags):
        """Clear flags; raise where they do not go, as those of a line that hums."""
        self._link.send(bytes((_CLEAR_IRQ_STATUS, flags >> 8, flags & 255)))
        again = self._link.flags()
        if again & (flags | ~_EXPECTED[self.state]):
            raise RadioFault("garbled")

    def _suspect(self, now_ms, mode, due):
        """Nothing has happened: raise unless the chip is where it should be."""
        if self._watch and self._dio1() and not self._link.flags():
            self._distrust()
        # Which mode the status names during CAD is not in the data sheet: there the deadline must do.
        if mode != _MODES.get(self.state, mode) and not self._link.flags():
            raise RadioFault("reset")  # it has lost its supply, or its mind
        if due:
            if self.state != "receiving" or self._single:
                raise RadioFault("overdue")
            self._due_ms = now_ms + _CHECK_MS

    def _distrust(self):
        """Count that DIO1 does not say what the flags say, and ask for the flags from now on until the next begin()."""
        self._watch = False
        self.faults["dio1"] = self.faults.get("dio1", 0) + 1

    def _happened(self, now_ms, flags):
        """Return the event that flags mean in this state."""
        state = self.state
        if state == "receiving" and not self._single:
            self._due_ms = now_ms + _CHECK_MS
        else:
            self.state = "idle"
            self._antenna(OFF)
        if state == "sending":
            if flags & _TX_DONE:
                return "sent"
            raise RadioFault("overdue")
        if state == "detecting":
            return "occupied" if flags & _CAD_DETECTED else "clear"
        if self._single:
            self._stop_timer()
        if flags & _TIMEOUT:
            if not self._single:
                raise RadioFault("garbled")
            return "timeout"
        if flags & _HEADER_ERROR:
            if self._single:
                self._standby()  # the data sheet does not say that it ends the reception; now it has
            return "header_error"
        if flags & _CRC_ERROR:
            return "crc_error"
        try:
            self._fetch()
        except MemoryError:  # a heap in pieces has no room for it: lost as on the air
            return "crc_error"
        return "received"

    def _stop_timer(self):
        """DS 15.3: a reception with a timeout may leave its timer running, which would end the next."""
        self._link.write(_RTC_CONTROL, b"\x00")
        self._link.change(_EVENT_MASK, 0, 2)

    def _fetch(self):
        link = self._link
        answer = link.get(_GET_RX_BUFFER_STATUS, 2)
        count, start = answer[0], answer[1]
        self.frame = link.read_buffer(start, count)
        answer = link.get(_GET_PACKET_STATUS, 3)
        self.rssi_dbm = -(answer[0] // 2)
        snr = answer[1] - 256 if answer[1] > 127 else answer[1]
        self.snr_cb = snr * 10 // 4


def _turn_nothing(way):
    """DIO2 turns the switch."""


def _check(frequency_hz, sf, bw_hz, cr):
    if not 150_000_000 <= frequency_hz <= 960_000_000:
        raise ValueError("frequency_hz = {}: must be 150 to 960 MHz".format(frequency_hz))
    if not 7 <= sf <= 12 or bw_hz not in _BANDWIDTHS or not 1 <= cr <= 4:
        raise ValueError("sf must be 7 to 12, bw_hz 125000, 250000 or 500000, cr 1 to 4")


def _longest_ms(length, sf, bw_hz, cr):
    """Return a bound above a frame's time on air, for watching over the chip: no ledger may rest on it."""
    blocks = (8 * length + 44) // (4 * (sf - 2)) + 1
    return (_PREAMBLE + 13 + blocks * (cr + 4)) * (1000 << sf) // bw_hz + 1
