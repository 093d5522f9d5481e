"""PMS5003 (also PMSA003; pms7003 differs in its name): particle concentration by laser scattering, over a UART at 9600 baud, 8N1.

Source: Plantower PMS5003 series data manual V2.3 (2016), "Technical Index", "Output result", appendix I and II.
"""

import struct

from gilmok_node.sensors.frames import FrameSensor

# Appendix II: 42 4D, command, data (high, low), sum of all bytes before (high, low).
_WAKE = b"\x42\x4d\xe4\x00\x01\x01\x74"
_SLEEP = b"\x42\x4d\xe4\x00\x00\x01\x73"
_ACTIVE = b"\x42\x4d\xe1\x00\x01\x01\x71"


class Pms5003(FrameSensor):
    """Mass concentrations under atmospheric conditions and as CF=1 (factory calibration), and particle counts."""

    NAME = "pms5003"
    # Resolution 1 µg/m³. Counts are of particles beyond a diameter in µm, in 0.1 L of air, which is one decilitre.
    CHANNELS = (
        ("pm1", "ug/m3", 0),
        ("pm2_5", "ug/m3", 0),
        ("pm10", "ug/m3", 0),
        ("pm1_cf1", "ug/m3", 0),
        ("pm2_5_cf1", "ug/m3", 0),
        ("pm10_cf1", "ug/m3", 0),
        ("n0_3", "/dL", 0),
        ("n0_5", "/dL", 0),
        ("n1", "/dL", 0),
        ("n2_5", "/dL", 0),
        ("n5", "/dL", 0),
        ("n10", "/dL", 0),
    )
    OPTIONS = {"sleep": (0, (0, 1))}
    WAKE = _WAKE + _ACTIVE  # active: it sends by itself, for someone may have left it passive
    SLEEP = _SLEEP
    WARMUP_MS = 30_000  # "Circuit Attentions" 4: from sleep to stable data
    SERVICE_MS = 1000  # 32 bytes each 200 ms fill the 256 bytes of a UART in 1.6 s
    FIRST_MS = 3000  # a frame each 200–800 ms, each 2.3 s in still air
    SILENT_MS = 5000  # two frames of still air missed

    # Appendix I: 42 4D, length 001C, thirteen 16-bit values, sum of all bytes before; high bytes first.
    HEADER = b"\x42\x4d\x00\x1c"
    LENGTH = 32

    def _is_valid(self, frame):
        return sum(frame) - frame[30] - frame[31] == frame[30] << 8 | frame[31]

    def _values(self, frame):
        data = struct.unpack_from(">12H", frame, 4)
        return data[3:6] + data[0:3] + data[6:12]
