"""A virtual SX1262 at the level of its SPI commands, for MicroPython and CPython: modes, BUSY, flags, buffer, registers, errors.

A medium joins chips: `medium.transmit(chip, start_us, end_us, air, payload)` is called when one begins to send. For every chip in
reach the medium calls `chip.incoming(air, start_us, end_us, rssi_dbm)` at once, which is what RSSI, CAD and a reception's timer go by,
and `chip.hear(payload, air, rssi_dbm, snr_db, crc_ok, start_us, end_us)` at the frame's end. Where it has advance(now_us), the chip
calls that before it looks at itself, so that nobody has to drive the medium. cut(chip, now_us), if it has that too, is called when
a transmission ends before its time. Times are µs of the clock given in ms.

`violations` lists, as text, what a driver must not do and the chip itself would bear in silence: a workaround of chapter 15 forgotten,
a command while BUSY is high, a band without calibration, a command in a mode that does not have it (which the status tells too).

Source: Semtech SX1261/2 data sheet rev. 2.1 (DS.SX1261-2), chapters 8 to 15. Not in it, and assumed: which modes refuse which commands
(here all that configure, outside standby), that 15.3 concerns
explicit headers too, how long CalibrateImage takes, the mode that the status names during CAD.
"""

from gilmok_sim.chips import Noise
from gilmok_sim.chips.sx1262_modes import BUSY_US, COMMANDS, STARTS, switch_us
from gilmok_sim.lora_air import Air, airtime_us, overlaps, preamble_us, symbol_us

FAULTS = ("silence", "noise", "busy_stuck", "dio1_low", "dio1_high")

SLEEP, RC, CRYSTAL, FS, RX, TX, CAD = "sleep", "rc", "crystal", "fs", "rx", "tx", "cad"
_MODE_BITS = {SLEEP: 0, RC: 2, CRYSTAL: 3, FS: 4, RX: 5, TX: 6, CAD: 5}  # table 13-76
_OK, _DATA, _PROCESSING, _EXECUTION, _SENT = 1, 2, 4, 5, 6  # table 13-76; 1 is reserved there
# Table 13-29
TX_DONE, RX_DONE, PREAMBLE, SYNC_VALID, HEADER_VALID, HEADER_ERROR, CRC_ERROR, CAD_DONE, CAD_DETECTED, TIMEOUT = [1 << i for i in range(10)]
_XOSC_START, _CRYSTAL_STEP_US = 0x20, 15.625  # table 13-86; 13.1.4
_BANDWIDTHS = {0: 7810, 8: 10420, 1: 15630, 9: 20830, 2: 31250, 10: 41670, 3: 62500, 4: 125000, 5: 250000, 6: 500000}  # table 13-48
_BANDS = {(0x6B, 0x6F): 433, (0x75, 0x81): 490, (0xC1, 0xC5): 783, (0xD7, 0xDB): 866, (0xE1, 0xE9): 915}  # table 9-2, MHz in the middle
_RESETS = {0x0736: 0x0D, 0x0740: 0x14, 0x0741: 0x24, 0x0889: 0x01, 0x08AC: 0x94, 0x08D8: 0xC8, 0x08E7: 0x18}  # table 12-1
_NOT_RETAINED = (0x0736, 0x0889, 0x08AC)  # 9.6, and sx126x_driver's retention list (secondary)
_VERSION = 0x0320  # secondary, as in the driver
_RX_SETTLE_US = 200  # assumed: RSSI is nothing before
_FLOOR_DBM = {125000: -117, 250000: -114, 500000: -111}  # −174 dBm/Hz and a noise figure of 6 dB


class VirtualSx1262:
    """One radio; `busy()`, `dio1()` and `reset(level)` are its pins, transfer() its SPI.

    `tcxo_mv` is what the board's TCXO needs (0: a crystal); `version` what it says it is.
    """

    def __init__(self, clock, medium=None, seed=1, tcxo_mv=0, version=b"SX1261 V2D 2D02\x00"):
        self.clock = clock
        self.medium = medium
        self.version = version
        self.fault = None
        self.violations = []
        self.log = []  # every command that the chip has heard
        self._noise = Noise(seed)
        self._tcxo_mv = tcxo_mv
        self._reset_us = None
        self._cold()

    # Pins

    def busy(self):
        """Return the level of BUSY: high in sleep, in reset and while a command is carried out."""
        now = self._now()
        if self.fault == "busy_stuck":
            return 1
        if self.fault == "silence":
            return 0
        return int(self._reset_us is not None or self.mode == SLEEP or now < self._busy_until)

    def dio1(self):
        """Return the level of DIO1."""
        self._now()
        if self.fault in ("dio1_low", "silence"):
            return 0
        return int(self.fault == "dio1_high" or bool(self._irq & self._dio1_mask))

    def reset(self, level):
        """Take the level of NRESET; 100 µs low at least (8.1)."""
        now = self._now()
        if not level:
            self._reset_us = now if self._reset_us is None else self._reset_us
        elif self._reset_us is not None:
            if now - self._reset_us < 100:
                self._complain("NRESET low for {} us".format(now - self._reset_us))
            self._reset_us = None
            self.brown_out()

    def brown_out(self):
        """Lose the supply for a moment: all is forgotten, what was being sent breaks off."""
        now = self._now()
        if self.sending and self.medium is not None and hasattr(self.medium, "cut"):
            self.medium.cut(self, now)
        self._cold()
        self._busy_until = now + BUSY_US["cold"]

    # SPI

    def transfer(self, out, into):
        """Answer one SPI transaction; `into` may be `out`."""
        now = self._now()
        data = bytes(out)
        for i in range(len(into)):
            into[i] = 0xFF
        if self.fault == "silence" or self._reset_us is not None:
            return
        if self.mode == SLEEP:
            self._wake(now)
        elif now < self._busy_until or self.fault == "busy_stuck":
            self._complain("command 0x{:02x} while BUSY".format(data[0]))
        else:
            self._answer(now, data, into)
        if self.fault == "noise":
            self._noise.fill(into)

    def _answer(self, now, data, into):
        status = _MODE_BITS[self.mode] << 4 | self._outcome << 1
        for i in range(len(into)):
            into[i] = status
        self.log.append(data)
        name, count, modes = COMMANDS.get(data[0], (None, 0, ""))
        # A count below zero is that of a command that goes on as long as there are bytes.
        if name is None or (len(data) - 1 != count if count >= 0 else len(data) - 1 < -count):
            self._outcome = _PROCESSING
            self._complain("command {} is none".format(data[:10]))
            return
        if self.mode not in modes:
            self._outcome = _EXECUTION
            self._complain("0x{:02x} in mode {}".format(data[0], self.mode))
            return
        if data[0] != 0xC0:  # GetStatus tells of the command before
            self._outcome = _OK
            self._busy_until = now + 1  # table 8-2: 600 ns
        getattr(self, "_" + name)(now, data[1:], into)

    def _set_sleep(self, now, data, into):
        self.mode = SLEEP
        self._warm = bool(data[0] & 4)

    def _wake(self, now):
        if self._warm:
            for address in _NOT_RETAINED:
                self._registers[address] = _RESETS[address]
            self._switch(now, RC)
            self._busy_until = now + BUSY_US["warm"]
        else:
            self.brown_out()

    def _set_standby(self, now, data, into):
        if self.sending and self.medium is not None and hasattr(self.medium, "cut"):
            self.medium.cut(self, now)
        if self.mode == RX and self._deadline is not None:
            self._timer_left = True
        self._switch(now, CRYSTAL if data[0] else RC)

    def _set_fs(self, now, data, into):
        self._switch(now, FS)

    def _set_regulator(self, now, data, into):
        self._regulator = data[0]

    def _calibrate(self, now, data, into):
        self._busy_until = now + BUSY_US["calibrate"] + self._start_us()
        if self._tcxo_mv and not self._fed():
            self._errors |= _XOSC_START

    def _calibrate_image(self, now, data, into):
        self._busy_until = now + BUSY_US["image"]
        self._image = _BANDS.get((data[0], data[1]))

    def _set_pa(self, now, data, into):
        if data[0] > 4 or data[1] > 7 or data[3] != 1:
            self._complain("SetPaConfig {} is not among table 13-21's".format(data))
        self._amplifier = (data[0], data[1])
        self._registers[0x08E7] = 0x18 if data[2] else 0x38  # 5.3: 60 and 140 mA

    def _set_fallback(self, now, data, into):
        self._fallback = {0x40: FS, 0x30: CRYSTAL, 0x20: RC}.get(data[0], RC)

    def _write_register(self, now, data, into):
        address = data[0] << 8 | data[1]
        for i in range(2, len(data)):
            self._registers[address + i - 2] = data[i]
        if address == 0x0944 and data[2] & 2 and not self._registers.get(0x0902):
            self._timer_left = False

    def _read_register(self, now, data, into):
        address = data[0] << 8 | data[1]
        for i in range(4, len(into)):
            at = address + i - 4
            text = at - _VERSION
            into[i] = self.version[text] if 0 <= text < len(self.version) else self._registers.get(at, 0)

    def _write_buffer(self, now, data, into):
        for i in range(1, len(data)):
            self._buffer[(data[0] + i - 1) & 255] = data[i]

    def _read_buffer(self, now, data, into):
        for i in range(3, len(into)):
            into[i] = self._buffer[(data[0] + i - 3) & 255]

    def _set_dio(self, now, data, into):
        self._irq_mask = data[0] << 8 | data[1]
        self._dio1_mask = data[2] << 8 | data[3]

    def _get_irq(self, now, data, into):
        into[2], into[3] = self._irq >> 8, self._irq & 255

    def _clear_irq(self, now, data, into):
        self._irq &= ~(data[0] << 8 | data[1])

    def _set_rf_switch(self, now, data, into):
        self.rf_switch = data[0]

    def _set_tcxo(self, now, data, into):
        volts = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)
        self._tcxo = (volts[data[0] & 7], (data[1] << 16 | data[2] << 8 | data[3]) * _CRYSTAL_STEP_US)

    def _set_frequency(self, now, data, into):
        word = data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3]
        self._frequency_hz = (word * 15625 + 8192) // 16384

    def _set_packet_type(self, now, data, into):
        self._packet_type = data[0]

    def _get_packet_type(self, now, data, into):
        into[2] = self._packet_type

    def _set_tx_params(self, now, data, into):
        power = data[0] - 256 if data[0] > 127 else data[0]
        if not -9 <= power <= 22 or data[1] > 7:
            self._complain("SetTxParams {}".format(data))
        self._power = power

    def _set_modulation(self, now, data, into):
        self._modulation = data

    def _set_packet(self, now, data, into):
        self._packet = data

    def _set_cad_params(self, now, data, into):
        self._cad = data

    def _set_base(self, now, data, into):
        self._tx_base, self._rx_base = data[0], data[1]

    def _set_symbol_timeout(self, now, data, into):
        self._symbol_timeout = data[0]

    def _stop_on_preamble(self, now, data, into):
        self._stop_early = data[0]

    def _get_status(self, now, data, into):
        pass  # every answer begins with it

    def _get_rx_buffer(self, now, data, into):
        into[2], into[3] = self._received

    def _get_packet_status(self, now, data, into):
        into[2], into[3], into[4] = self._packet_status

    def _get_rssi(self, now, data, into):
        into[2] = 0xFF
        if self.mode == RX and now >= self._since + _RX_SETTLE_US:
            into[2] = max(0, min(255, -2 * self._hears(now)))

    def _get_stats(self, now, data, into):
        for i in range(3):
            into[2 + 2 * i], into[3 + 2 * i] = self._stats[i] >> 8, self._stats[i] & 255

    def _reset_stats(self, now, data, into):
        self._stats = [0, 0, 0]

    def _get_errors(self, now, data, into):
        into[2], into[3] = self._errors >> 8, self._errors & 255

    def _clear_errors(self, now, data, into):
        self._errors = 0

    # Sending and receiving

    def _set_tx(self, now, data, into):
        if not self._begin(now, TX):
            return
        if bool(self._registers[0x0889] & 4) == (self._air().bw_hz == 500000):
            self._complain("15.1: 0x0889 bit 2 before sending")
        if self._registers[0x08D8] & 0x1E != 0x1E:
            self._complain("15.2: 0x08D8 bits 4 to 1 before sending")
        air = self._air()
        length = self._packet[3]
        payload = bytes([self._buffer[(self._tx_base + i) & 255] for i in range(length)])
        start = self._busy_until
        end = start + airtime_us(length, air)
        limit = (data[0] << 16 | data[1] << 8 | data[2]) * _CRYSTAL_STEP_US
        self._deadline = start + limit if limit else None
        self.sending = (start, end)
        if self.medium is not None:
            self.medium.transmit(self, start, end, air, payload)

    def _set_rx(self, now, data, into):
        steps = data[0] << 16 | data[1] << 8 | data[2]
        if not self._begin(now, RX):
            return
        self._single = steps != 0xFFFFFF
        self._deadline = self._since + steps * _CRYSTAL_STEP_US if steps and self._single else None
        self._rx_at = self._rx_base

    def _set_cad(self, now, data, into):
        if self._begin(now, CAD):
            self._deadline = self._since + (symbol_us(self._air()) << self._cad[0]) + symbol_us(self._air()) // 2

    def _begin(self, now, mode):
        """Enter a mode that uses the air; return False, with the error in the status, where the chip cannot."""
        if not self._fed():
            self._errors |= _XOSC_START
        if not self._fed() or self._packet_type != 1 or None in (self._modulation, self._packet, self._frequency_hz):
            self._outcome = _EXECUTION
            return False
        if self._image is None or abs(self._image - self._frequency_hz // 1_000_000) > 25:
            self._complain("image not calibrated for {} Hz".format(self._frequency_hz))
        if bool(self._registers[0x0736] & 4) == bool(self._packet[5]):
            self._complain("15.4: 0x0736 bit 2 against the IQ polarity")
        if self._timer_left:
            self._complain("15.3: the timer of the last reception still runs")
        self._switch(now, mode)
        return True

    def _fed(self):
        """Return whether the board's oscillator has its supply."""
        return not self._tcxo_mv or (self._tcxo is not None and self._tcxo[0] == self._tcxo_mv)

    def _start_us(self):
        """Return how long a TCXO takes to start: not at all where it already runs."""
        return int(self._tcxo[1]) if self._tcxo and self.mode == RC else 0

    def _switch(self, now, mode):
        self._busy_until = now + switch_us(self.mode, mode) + (self._start_us() if mode != RC else 0)
        self.mode = mode
        self._since = self._busy_until
        self._deadline = self.sending = None

    def _air(self):
        sf, bw, cr, low_rate = self._modulation[:4]
        high, low, implicit, _, crc, iq = self._packet[:6]
        air = Air(
            self._frequency_hz,
            sf,
            _BANDWIDTHS.get(bw, 125000),
            cr,
            bool(iq),
            self._registers[0x0740] << 8 | self._registers[0x0741],
            high << 8 | low,
            not implicit,
            bool(crc),
            self._power - {(2, 2): 8, (2, 3): 5, (3, 5): 2}.get(self._amplifier, 0),  # table 13-21
        )
        if bool(low_rate) != (symbol_us(air) >= 16_000):
            self._complain("low data rate optimisation {} at SF{}".format(low_rate, sf))
        return air

    def incoming(self, air, start_us, end_us, rssi_dbm):
        """Take note of a frame that now begins to arrive."""
        self._around = [each for each in self._around if each[2] > self._step_us] + [(air, start_us, end_us, rssi_dbm)]

    def hear(self, payload, air, rssi_dbm, snr_db, crc_ok=True, start_us=None, end_us=None, header_ok=True):
        """Receive a frame whose last symbol has just come; return whether it was for this chip as it is tuned."""
        self._step(self._us() if end_us is None else end_us)
        if self.mode != RX or not self._fits(air) or (start_us is not None and not self._in_time(air, start_us)):
            return False
        self._stats[0] += 1
        if header_ok:
            self._take(payload, rssi_dbm, snr_db)
            self._raise(RX_DONE | PREAMBLE | SYNC_VALID | HEADER_VALID | (0 if crc_ok else CRC_ERROR))
        else:
            self._raise(PREAMBLE | SYNC_VALID | HEADER_ERROR)
        self._stats[1] += not crc_ok
        self._stats[2] += not header_ok
        if self._single:
            self._timer_left = self._deadline is not None
            self._switch(self._step_us, self._fallback)
        return True

    def _take(self, payload, rssi_dbm, snr_db):
        for i in range(len(payload)):
            self._buffer[(self._rx_at + i) & 255] = payload[i]
        self._received = (len(payload), self._rx_at)
        self._rx_at = (self._rx_at + len(payload)) & 255  # the next frame of a continuous reception follows
        raw = max(0, min(255, -2 * int(rssi_dbm)))
        self._packet_status = (raw, int(snr_db * 4) & 255, raw)

    def _fits(self, air):
        mine = self._air()
        return air[:3] == mine[:3] and air[4:6] == mine[4:6] and air.explicit == mine.explicit

    def _in_time(self, air, start_us):
        """Return whether enough of the preamble is left when the reception begins: four symbols (assumed)."""
        return self._since <= start_us + (air.preamble - 4) * symbol_us(air)

    def _locked(self, at_us):
        """Return whether a frame for this chip is being received at that time: then its timer has stopped."""
        for air, start, end, _ in self._around:
            if start + preamble_us(air) <= at_us < end and self._fits(air) and self._in_time(air, start):
                return True
        return False

    def _hears(self, now):
        """Return the RSSI in dBm: the strongest of all signals in the band, or the noise."""
        mine = self._air()
        levels = [_FLOOR_DBM.get(mine.bw_hz, -117)]
        for air, start, end, rssi in self._around:
            if start <= now < end and overlaps(air, mine.frequency_hz, mine.bw_hz):
                levels.append(rssi)
        return int(max(levels))

    def _us(self):
        return int(self.clock() * 1000 + 0.5)

    def _now(self):
        """Bring the chip to the present and return it."""
        now = self._us()
        if self.medium is not None and hasattr(self.medium, "advance"):
            self.medium.advance(now)
        self._step(now)
        return now

    def _step(self, now):
        """Let happen what was due by then."""
        if now <= self._step_us:
            return
        self._step_us = now
        if self.mode == TX and now >= self.sending[1]:
            self._switch(self.sending[1], self._fallback)
            self._raise(TX_DONE)
            self._outcome = _SENT
        if self._deadline is not None and now >= self._deadline and not (self.mode == RX and self._locked(self._deadline)):
            self._expire(self._deadline)

    def _expire(self, at_us):
        mode = self.mode
        if mode == CAD:
            busy = [1 for air, start, end, _ in self._around if start <= at_us < end and air[:3] == self._air()[:3]]
            flags = CAD_DONE | (CAD_DETECTED if busy else 0)
        else:
            flags = TIMEOUT
            self._timer_left = mode == RX
        self._switch(at_us, RC)
        self._raise(flags)

    def _raise(self, flags):
        self._irq |= flags & self._irq_mask

    def _complain(self, text):
        self.violations.append(text)

    def _cold(self):
        self.mode = RC
        self.sending = self._deadline = self._image = self._tcxo = self._modulation = self._packet = self._frequency_hz = None
        self._registers = dict(_RESETS)
        self._buffer = bytearray(256)
        self._around = []
        for name, value in STARTS:
            setattr(self, name, value)
        self._stats = [0, 0, 0]
        self._errors = _XOSC_START if self._tcxo_mv else 0
        self._outcome = _OK
        self._step_us = self._since = self._us()
        self._fallback = RC
