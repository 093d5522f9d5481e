"""A02YYUW (DFRobot SEN0311): waterproof ultrasonic distance sensor, 3–450 cm, over a UART at 9600 baud, 8N1.

Source: DFRobot SEN0311 product wiki, "UART Output Communication" and "Specification".
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.frames import FrameSensor

# Detection range 3–450 cm ("Specification"). In its blind zone the sensor repeats 30 mm or less, without an echo it
# sends 0 or a distance it cannot see: all of that is a missing value, because a wrong level is worse than none.
_BLIND_MM = const(30)
_FAR_MM = const(4500)


class A02yyuw(FrameSensor):
    """Distance from the sensor's face to the nearest surface."""

    NAME = "a02yyuw"
    CHANNELS = (("distance", "m", -3),)  # resolution 1 mm; accuracy ±1 cm
    WARMUP_MS = 1000  # the first second after power-up gives unsettled echoes
    SERVICE_MS = 1000  # 4 bytes each 100 ms fill the 256 bytes of a UART in 6.4 s, and what waits in there grows old
    FIRST_MS = 1000  # starts up in less than half a second, then a frame each 100–300 ms
    SILENT_MS = 5000

    # Frame: FF, distance in mm (high, low), sum of the three bytes before ("UART Output Format").
    HEADER = b"\xff"
    LENGTH = 4

    def _is_valid(self, frame):
        return (frame[0] + frame[1] + frame[2]) & 0xFF == frame[3]

    def _values(self, frame):
        mm = frame[1] << 8 | frame[2]
        return (mm if _BLIND_MM < mm <= _FAR_MM else None,)
