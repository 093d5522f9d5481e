"""Virtual buses for MicroPython and CPython: the methods of machine.I2C, SPI, UART, ADC and Pin that drivers use.

A bus has a fault of its own in `fault`: None, or "stuck", when something holds a line (I²C times out, SPI reads zeros,
a UART hears nothing, an ADC times out).
Times are milliseconds of the `clock` given, which may be floats.
"""

ENODEV = 19
ETIMEDOUT = 110


class VirtualI2C:
    """An I²C bus with chips by address; a chip has read(register, buffer) and write(register, data).

    A chip that takes commands instead of registers has command(data), a whole write, and answer(buffer), a plain read.
    """

    def __init__(self, chips):
        self.chips = chips
        self.fault = None
        self._pointers = {}  # a chip remembers the register that the last plain write named

    def _chip(self, address):
        if self.fault == "stuck":
            raise OSError(ETIMEDOUT)
        if address not in self.chips:
            raise OSError(ENODEV)
        return self.chips[address]

    def readfrom_mem_into(self, address, register, buffer):
        self._chip(address).read(register, buffer)

    def writeto_mem(self, address, register, data):
        self._chip(address).write(register, bytes(data))

    def writeto(self, address, data):
        chip = self._chip(address)
        if hasattr(chip, "command"):
            chip.command(bytes(data))
            return len(data)
        self._pointers[address] = data[0]
        if len(data) > 1:
            chip.write(data[0], bytes(data[1:]))
        return len(data)

    def readfrom_into(self, address, buffer):
        chip = self._chip(address)
        if hasattr(chip, "answer"):
            chip.answer(buffer)
        else:
            chip.read(self._pointers.get(address, 0), buffer)


class VirtualSpi:
    """An SPI bus; a chip has transfer(out, into), and hears it while its chip-select pin is low.

    Without a selected chip nobody drives MISO, which then reads 1.
    """

    def __init__(self):
        self.fault = None
        self.selected = None

    def attach(self, chip):
        """Return the chip-select pin of `chip`."""
        return VirtualSelect(self, chip)

    def write_readinto(self, out, into):
        if len(out) != len(into):
            raise ValueError("buffers must be the same length")
        if self.selected is None or self.fault == "stuck":
            into[:] = (b"\x00" if self.fault else b"\xff") * len(into)
        else:
            self.selected.transfer(out, into)


class VirtualSelect:
    """A chip-select pin, active low, called like a machine.Pin."""

    def __init__(self, spi, chip):
        self._spi = spi
        self._chip = chip
        self._level = 1

    def __call__(self, level=None):
        if level is None:
            return self._level
        self._level = level
        if not level:
            self._spi.selected = self._chip
        elif self._spi.selected is self._chip:
            self._spi.selected = None


class VirtualAdc:
    """An input of the board's own ADC; a chip has microvolts()."""

    def __init__(self, chip):
        self._chip = chip
        self.fault = None

    def read_uv(self):
        if self.fault == "stuck":
            raise OSError(ETIMEDOUT)
        return self._chip.microvolts()


class VirtualUart:
    """A UART, 8N1, whose bytes arrive one by one at the baud rate and wait in a buffer of `rxbuf` bytes.

    A chip has `next_ms` (when its next frame begins, or None), emit() → its bytes, skip(now_ms) (frames nobody will
    hear) and receive(data). What finds the buffer full is lost, as on the ESP32; `overruns` counts such losses.
    """

    def __init__(self, chip, clock, baud=9600, rxbuf=256):
        self._chip = chip
        self._clock = clock
        self._byte_ms = 10000 / baud  # start bit, eight data bits, stop bit
        self._rxbuf = rxbuf
        self._buffer = bytearray()
        self._frame = b""
        self._frame_ms = 0
        self._arrived = 0  # bytes of the frame on the line
        self.fault = None
        self.overruns = 0

    def any(self):
        self._listen()
        return len(self._buffer)

    def read(self, count=None):
        """Return up to `count` bytes, or None where there are none: a UART opened with timeout=0."""
        self._listen()
        data = bytes(self._buffer[: len(self._buffer) if count is None else count])
        self._buffer = self._buffer[len(data) :]
        return data or None

    def readinto(self, buffer, count=None):
        """Fill `buffer`, or its first `count` bytes; return how many came, or None where there are none."""
        data = self.read(len(buffer) if count is None else count)
        if data is None:
            return None
        for i in range(len(data)):
            buffer[i] = data[i]
        return len(data)

    def write(self, data):
        if self.fault != "stuck":
            self._chip.receive(bytes(data))
        return len(data)

    def _listen(self):
        """Move what has arrived by now into the buffer."""
        now_ms = self._clock()
        chip = self._chip
        while True:
            if self._arrived == len(self._frame):
                if chip.next_ms is None or chip.next_ms > now_ms:
                    return
                if len(self._buffer) >= self._rxbuf:
                    self.overruns += 1
                    chip.skip(now_ms)  # however long nobody read, catching up costs nothing
                    return
                self._frame_ms = chip.next_ms
                self._frame = chip.emit()
                self._arrived = 0
            due = min(len(self._frame), int((now_ms - self._frame_ms) / self._byte_ms))
            if due > self._arrived:
                self._keep(self._frame[self._arrived : due])
                self._arrived = due
            if self._arrived < len(self._frame):
                return

    def _keep(self, data):
        if self.fault == "stuck":
            return
        kept = data[: self._rxbuf - len(self._buffer)]
        self._buffer += kept
        self.overruns += len(data) - len(kept)
