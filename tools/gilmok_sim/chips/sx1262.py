"""A virtual SX1262 at the level of its SPI commands, for MicroPython and CPython: modes, BUSY, flags, buffer, registers, errors.

A medium joins chips: `medium.transmit(chip, start_us, end_us, air, payload)` is called when one begins to send. For every chip in
reach the medium calls `chip.incoming(air, start_us, end_us, rssi_dbm)` at once, which is what RSSI, CAD and a reception's timer go by
(a fifth argument False, or `chip.missed(start_us)` later: RSSI alone, since it cannot be received), and
`chip.hear(payload, air, rssi_dbm, snr_db, crc_ok, start_us, end_us)` at the frame's end. A medium that has to know whether the chip is
tuned to a frame asks `chip.listens_to(air, start_us, at_us)`. Where it has advance(now_us), the chip calls that before it looks at
itself, so that nobody has to drive the medium. cut(chip, now_us), if it has that too, is called when a transmission ends before its
time. Times are µs of the clock given in ms.

`violations` lists, as text, what a driver must not do and the chip itself would bear in silence: a workaround of chapter 15 forgotten,
a command while BUSY is high, a band without calibration, a command in a mode that does not have it (which the status tells too).

Source: Semtech SX1261/2 data sheet rev. 2.1 (DS.SX1261-2), chapters 8 to 15. Not in it, and assumed: which modes refuse which commands
(here all that configure, outside standby), that 15.3 concerns explicit headers too, how long CalibrateImage takes, the mode that the
status names during CAD.
"""

from gilmok_sim.chips import Noise
from gilmok_sim.chips.sx1262_modem import CRYSTAL, EXECUTION, FS, OK, RC, RX, RX_SETTLE_US, SLEEP, STEP_US, XOSC_START, Modem
from gilmok_sim.chips.sx1262_modes import BUSY_US, COMMANDS, MODE_BITS

FAULTS = ("silence", "noise", "busy_stuck", "dio1_low", "dio1_high")

_PROCESSING = 4  # table 13-76
_BANDS = {(0x6B, 0x6F): 433, (0x75, 0x81): 490, (0xC1, 0xC5): 783, (0xD7, 0xDB): 866, (0xE1, 0xE9): 915}  # table 9-2, MHz in the middle
_RESETS = {0x0736: 0x0D, 0x0740: 0x14, 0x0741: 0x24, 0x0889: 0x01, 0x08AC: 0x94, 0x08D8: 0xC8, 0x08E7: 0x18}  # table 12-1
_NOT_RETAINED = (0x0736, 0x0889, 0x08AC)  # 9.6, and sx126x_driver's retention list (secondary)
_VERSION = 0x0320  # secondary, as in the driver
_LONGEST = 512  # bytes of a transaction: more than any driver sends, that of a faulty one included


class VirtualSx1262(Modem):
    """One radio; `busy()`, `dio1()` and `reset(level)` are its pins, transfer() its SPI.

    `tcxo_mv` is what the board's TCXO needs (0: a crystal); `version` what it says it is.
    """

    def __init__(self, clock, medium=None, seed=1, tcxo_mv=0, version=b"SX1261 V2D 2D02\x00"):
        Modem.__init__(self, clock, medium, tcxo_mv, _RESETS)
        self.version = version
        self.fault = None
        self.log = []  # every command that the chip has heard; None where that would fill a heap
        self._in = memoryview(bytearray(_LONGEST))
        self._noise = Noise(seed)
        self._reset_us = None

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
        self._forget()
        self._busy_until = now + BUSY_US["cold"]

    # SPI

    def transfer(self, out, into):
        """Answer one SPI transaction; `into` may be `out`."""
        now = self._now()
        data = self._in[: len(out)]  # no piece of a heap that is somebody's chip as well
        data[:] = out
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
        status = MODE_BITS[self.mode] << 4 | self._outcome << 1
        for i in range(len(into)):
            into[i] = status
        if self.log is not None:
            self.log.append(bytes(data))
        name, count, modes = COMMANDS.get(data[0], (None, 0, ""))
        # A count below zero is that of a command that goes on as long as there are bytes.
        if name is None or (len(data) - 1 != count if count >= 0 else len(data) - 1 < -count):
            self._outcome = _PROCESSING
            self._complain("command {} is none".format(bytes(data[:10])))
            return
        if self.mode not in modes:
            self._outcome = EXECUTION
            self._complain("0x{:02x} in mode {}".format(data[0], self.mode))
            return
        if data[0] != 0xC0:  # GetStatus tells of the command before
            self._outcome = OK
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
            self._errors |= XOSC_START

    def _calibrate_image(self, now, data, into):
        self._busy_until = now + BUSY_US["image"]
        self._image = _BANDS.get((data[0], data[1]))

    def _set_pa(self, now, data, into):
        if data[0] > 4 or data[1] > 7 or data[3] != 1:
            self._complain("SetPaConfig {} is not among table 13-21's".format(bytes(data)))
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
        self._tcxo = (volts[data[0] & 7], (data[1] << 16 | data[2] << 8 | data[3]) * STEP_US)

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
            self._complain("SetTxParams {}".format(bytes(data)))
        self._power = power

    def _set_modulation(self, now, data, into):
        self._modulation = bytes(data)

    def _set_packet(self, now, data, into):
        self._packet = bytes(data)

    def _set_cad_params(self, now, data, into):
        self._cad = bytes(data)

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
        if self.mode == RX and now >= self._since + RX_SETTLE_US:
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

    def _now(self):
        """Bring the chip to the present and return it."""
        now = self._us()
        if self.medium is not None and hasattr(self.medium, "advance"):
            self.medium.advance(now)
        self._step(now)
        return now
