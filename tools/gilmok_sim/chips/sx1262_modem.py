"""What the virtual SX1262 does in the air: it sends, receives, looks for preambles and lets its timers run out.

Source: Semtech SX1261/2 data sheet rev. 2.1, 9.3 to 9.6, 13.1.4 to 13.1.8, chapter 15.
"""

from gilmok_sim.chips.sx1262_modes import switch_us
from gilmok_sim.lora_air import Air, airtime_us, matches, overlaps, preamble_us, symbol_us

SLEEP, RC, CRYSTAL, FS, RX, TX, CAD = "sleep", "rc", "crystal", "fs", "rx", "tx", "cad"
OK, EXECUTION, _SENT = 1, 5, 6  # table 13-76; 1 is reserved there
# Table 13-29
TX_DONE, RX_DONE, PREAMBLE, SYNC_VALID, HEADER_VALID, HEADER_ERROR, CRC_ERROR, CAD_DONE, CAD_DETECTED, TIMEOUT = [1 << i for i in range(10)]
XOSC_START = 0x20  # table 13-86
STEP_US = 15.625  # 13.1.4
_BANDWIDTHS = {0: 7810, 8: 10420, 1: 15630, 9: 20830, 2: 31250, 10: 41670, 3: 62500, 4: 125000, 5: 250000, 6: 500000}  # table 13-48
RX_SETTLE_US = 200  # assumed: RSSI is nothing before
_FLOOR_DBM = {125000: -117, 250000: -114, 500000: -111}  # −174 dBm/Hz and a noise figure of 6 dB


class Modem:
    """The part of VirtualSx1262 that uses the air; `resets` are its registers after a reset."""

    def __init__(self, clock, medium, tcxo_mv, resets):
        self.clock = clock
        self.medium = medium
        self.violations = []
        self._tcxo_mv = tcxo_mv
        self._resets = resets
        self._forget()

    def _forget(self):
        """Be as after a reset."""
        self.mode = self._fallback = RC
        self.sending = self._deadline = self._image = self._tcxo = self._modulation = self._packet = self._frequency_hz = None
        self.rf_switch = self._regulator = self._packet_type = self._irq = self._irq_mask = self._dio1_mask = 0
        self._registers = dict(self._resets)
        self._buffer = bytearray(256)
        self._tx_base, self._rx_base, self._rx_at = 0, 128, 128
        self._received = (0, 0)
        self._packet_status = (0, 0, 0)
        self._power = 0
        self._amplifier = (4, 7)
        self._cad = bytes(7)
        self._single, self._warm, self._timer_left = True, False, False
        self._stats = [0, 0, 0]
        self._errors = XOSC_START if self._tcxo_mv else 0
        self._outcome = EXECUTION if self._tcxo_mv else OK  # it could not start its crystal
        self._around = []
        self._busy_until = 0
        self._step_us = self._since = self._us()

    def _us(self):
        return int(self.clock() * 1000 + 0.5)

    def _complain(self, text):
        self.violations.append(text)

    def _set_tx(self, now, data, into):
        if not self._begin(now, TX):
            return
        if bool(self._registers[0x0889] & 4) == (self._air().bw_hz == 500000):
            self._complain("15.1: 0x0889 bit 2 before sending")
        if self._registers[0x08D8] & 0x1E != 0x1E:
            self._complain("15.2: 0x08D8 bits 4 to 1 before sending")
        air = self._air()
        length = self._packet[3]
        payload = memoryview(self._buffer)[self._tx_base : self._tx_base + length]  # a medium copies what it keeps
        if len(payload) < length:
            payload = bytes(payload) + bytes(self._buffer[: length - len(payload)])  # it goes on at its start
        start = self._busy_until
        end = start + airtime_us(length, air)
        limit = (data[0] << 16 | data[1] << 8 | data[2]) * STEP_US
        self._deadline = start + limit if limit else None
        self.sending = (start, end)
        if self.medium is not None:
            self.medium.transmit(self, start, end, air, payload)

    def _set_rx(self, now, data, into):
        steps = data[0] << 16 | data[1] << 8 | data[2]
        if not self._begin(now, RX):
            return
        self._single = steps != 0xFFFFFF
        self._deadline = self._since + steps * STEP_US if steps and self._single else None
        self._rx_at = self._rx_base

    def _set_cad(self, now, data, into):
        if self._begin(now, CAD):
            self._deadline = self._since + (symbol_us(self._air()) << self._cad[0]) + symbol_us(self._air()) // 2

    def _begin(self, now, mode):
        """Enter a mode that uses the air; return False, with the error in the status, where the chip cannot."""
        if not self._fed():
            self._errors |= XOSC_START
        if not self._fed() or self._packet_type != 1 or None in (self._modulation, self._packet, self._frequency_hz):
            self._outcome = EXECUTION
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

    def incoming(self, air, start_us, end_us, rssi_dbm, readable=True):
        """Take note of a frame that now begins to arrive; `readable`: well enough to be received."""
        self._around = [each for each in self._around if each[2] > self._step_us] + [[air, start_us, end_us, rssi_dbm, readable]]

    def missed(self, start_us):
        """Hear from the medium that nobody here can receive the frame that began then."""
        for each in self._around:
            if each[1] == start_us:
                each[4] = False

    def listens_to(self, air, start_us, at_us):
        """Return whether it receives at that time, tuned to a frame that began before, and since early enough."""
        self._step(at_us)
        return self.mode == RX and self._fits(air) and self._in_time(air, start_us)

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
        return matches(air, *mine[:3]) and air[4:6] == mine[4:6] and air.explicit == mine.explicit

    def _in_time(self, air, start_us):
        """Return whether enough of the preamble is left when the reception begins: four symbols (assumed)."""
        return self._since <= start_us + (air.preamble - 4) * symbol_us(air)

    def _locked(self, at_us):
        """Return whether a frame for this chip is being received at that time: then its timer has stopped."""
        for air, start, end, _, readable in self._around:
            if readable and start + preamble_us(air) <= at_us < end and self._fits(air) and self._in_time(air, start):
                return True
        return False

    def _hears(self, now):
        """Return the RSSI in dBm: the strongest of all signals in the band, or the noise."""
        mine = self._air()
        levels = [_FLOOR_DBM.get(mine.bw_hz, -117)]
        for air, start, end, rssi, _ in self._around:
            if start <= now < end and overlaps(air, mine.frequency_hz, mine.bw_hz):
                levels.append(rssi)
        return int(max(levels))

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
            mine = self._air()[:3]
            busy = [1 for air, start, end, _, readable in self._around if readable and start <= at_us < end and matches(air, *mine)]
            flags = CAD_DONE | (CAD_DETECTED if busy else 0)
        else:
            flags = TIMEOUT
            self._timer_left = mode == RX
        self._switch(at_us, RC)
        self._raise(flags)

    def _raise(self, flags):
        self._irq |= flags & self._irq_mask
