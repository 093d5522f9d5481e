"""What the tests of the sensor drivers share: a bench with a clock that moves when told, and a wire."""


class Bench:
    """A chip, a driver and a clock; a subclass makes `chip` and `driver`."""

    now = 0

    def clock(self):
        return self.now

    def begin(self):
        """Start the driver and wait as long as it says."""
        self.now += self.driver.begin(self.now)

    def run(self, ms):
        """Let time pass with the services that the driver asks for."""
        end = self.now + ms
        while self.now < end:
            self.now = min(end, self.now + self.driver.SERVICE_MS)
            self.driver.service(self.now)

    def read(self, after_ms=0):
        """Let time pass and return a reading."""
        self.run(after_ms)
        return self.driver.read(self.now)


class Wire:
    """A UART that has just received these bytes and gives them out in pieces; what is sent is kept."""

    def __init__(self, data=b"", piece=32):
        self.data = data
        self.piece = piece
        self.sent = b""

    def readinto(self, buffer):
        count = min(len(buffer), self.piece, len(self.data))
        for i in range(count):
            buffer[i] = self.data[i]
        self.data = self.data[count:]
        return count or None

    def write(self, data):
        self.sent += data


def raises(error, call, *args):
    """Return the error that a call must raise."""
    try:
        call(*args)
    except error as caught:
        return caught
    raise AssertionError("no {}".format(error.__name__))


def golden(test_file, name):
    """Return the path of a golden file, beside the folder of the test whose `__file__` is given."""
    return "{}/golden/{}".format(test_file.replace("\\", "/").rsplit("/", 2)[0], name)
