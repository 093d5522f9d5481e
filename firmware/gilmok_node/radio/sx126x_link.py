"""The wires to an SX126x: commands, registers and buffer over SPI (mode 0, up to 16 MHz), BUSY waited for, status bytes watched.

Source: Semtech SX1261/2 data sheet rev. 2.1 (DS.SX1261-2), chapters 8 (digital interface), 10 (SPI) and 13 (commands).
"""

from gilmok_wire.compat import const

_WRITE_REGISTER = const(0x0D)  # 13.2.1: address (2), values
_READ_REGISTER = const(0x1D)  # 13.2.2: address (2), NOP → values
_WRITE_BUFFER = const(0x0E)  # 13.2.3: offset, bytes
_READ_BUFFER = const(0x1E)  # 13.2.4: offset, NOP → bytes
_GET_STATUS = const(0xC0)  # 13.5.1: NOP
_GET_IRQ_STATUS = const(0x12)  # 13.3.3: NOP → flags (2)
_GET_RSSI_INST = const(0x15)  # 13.5.4: NOP → −RSSI × 2

# The longest that BUSY stays high in one piece: a start from sleep or reset with all its calibrations takes 3.5 ms (table 8-2), a TCXO
# another 5 ms (sx126x._TCXO_STEPS); half as much again for a chip in the cold.
BUSY_US = const(13_000)
_TICKS = const(0x3FFFFFFF)  # where MicroPython's ticks_us() wraps
# Table 13-76: bits 3 to 1 of the status; 3 timeout, 4 processing error, 5 failure to execute; one bit each
_REFUSALS = const(0b111000)


class RadioFault(Exception):
    """The chip does not do what it was told; `reason` is one of the words in README.md."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Link:
    """Carries commands; `device` is a base.SpiDevice, `busy` a pin, `ticks_us` a clock in µs that may wrap as MicroPython's.

    `status` is the last status byte; `refused` stays True once the chip has refused a command, until somebody resets it.
    """

    def __init__(self, device, busy, ticks_us):
        self._device = device
        self._busy = busy
        self.now_us = ticks_us
        self._view = memoryview(bytearray(3 + 255))  # ReadBuffer's head and the longest frame
        self._four = self._view[:4]
        self._three = self._view[:3]
        self.status = 0
        self.refused = False

    def ready(self):
        """Wait for BUSY to fall.

        Raises: RadioFault("busy") where it does not in BUSY_US.
        """
        start = self.now_us()
        while self._busy():
            if self.since_us(start) > BUSY_US:
                raise RadioFault("busy")

    def since_us(self, start):
        """Return the µs since now_us() returned `start`, at most some minutes ago."""
        return (self.now_us() - start) & _TICKS

    def wait_us(self, span_us):
        """Wait; for spans far below a millisecond."""
        start = self.now_us()
        while self.since_us(start) < span_us:
            pass

    def send(self, command):
        """Send a command: opcode and parameters."""
        count = len(command)
        view = self._view[:count]
        view[:] = command
        self._transfer(view)

    def get(self, opcode, count):
        """Return `count` bytes of an answer: they follow the opcode and one NOP, and lie in a buffer that the next call overwrites."""
        return self._answer(bytes((opcode, 0)), count)

    def read(self, address, count=1):
        """Return `count` registers, in a buffer that the next call overwrites."""
        return self._answer(bytes((_READ_REGISTER, address >> 8, address & 255, 0)), count)

    def write(self, address, values):
        """Write registers."""
        self.send(bytes((_WRITE_REGISTER, address >> 8, address & 255)) + values)

    def change(self, address, clear, bits):
        """Set `bits` of a register after clearing `clear`; the others are the chip's own, so that it is read first."""
        self.write(address, bytes((self.read(address)[0] & ~clear & 255 | bits,)))

    def write_buffer(self, frame):
        """Put a frame at the start of the buffer."""
        view = self._view[: 2 + len(frame)]
        view[0] = _WRITE_BUFFER
        view[1] = 0
        view[2:] = frame
        self._transfer(view)

    def read_buffer(self, start, count):
        """Return `count` bytes of the buffer, which goes on at its start after its end."""
        return bytes(self._answer(bytes((_READ_BUFFER, start, 0)), count))

    def flags(self):
        """Return the interrupt flags; allocates nothing."""
        view = self._four
        view[0] = _GET_IRQ_STATUS
        view[1] = view[2] = view[3] = 0
        self._transfer(view)
        return view[2] << 8 | view[3]

    def rssi(self):
        """Return −2 × RSSI in dBm of what comes in now; allocates nothing."""
        view = self._three
        view[0] = _GET_RSSI_INST
        view[1] = view[2] = 0
        self._transfer(view)
        return view[2]

    def mode(self):
        """Return the mode of the last status (table 13-76): 2 standby on RC, 3 on crystal, 4 synthesiser, 5 receiving, 6 sending."""
        return self.status >> 4 & 7

    def settled(self):
        """Ask for the status; return whether no command was refused since `refused` was last False."""
        self.send(bytes((_GET_STATUS, 0)))
        return not self.refused

    def wake(self):
        """Wake the chip: the falling edge of its select line does (8.2.2), whatever is sent then, and BUSY is high before and during."""
        view = self._view[:2]
        view[0] = _GET_STATUS
        view[1] = 0
        self._device.transfer(view, view)
        self.ready()

    def _answer(self, head, count):
        end = len(head) + count
        view = self._view[:end]
        view[: len(head)] = head
        for i in range(len(head), end):
            view[i] = 0
        self._transfer(view)
        return view[len(head) :]

    def _transfer(self, view):
        self.ready()
        self._device.transfer(view, view)
        if len(view) > 1:
            self.status = view[1]
            if _REFUSALS >> (self.status >> 1 & 7) & 1:
                self.refused = True
