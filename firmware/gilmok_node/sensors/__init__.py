"""Sensor drivers: one file a chip or instrument, loaded only when the configuration names it.

A driver is a small synchronous state machine over one bus. It never sleeps and never blocks longer than a bus
transaction; the node's one loop brings it the time.

```
NAME, BUS         "bme280", and one of config.BUS_NAMES
UART              (baud, bits, parity, stop bits, inverted), on a UART where it is not base.UART; parity None, 0 even, 1 odd
I2C_HZ            (least, most) clock it works with on I²C, where that is not (0, 400 000): a bus runs at the highest least
CHANNELS          (name, UCUM unit, exponent[, step]), …: a value means integer × step × 10^exponent,
                  at the sensor's real step. An instrument whose site file says what it measures makes them in __init__
OPTIONS           {name: (default, allowed)}: allowed is a tuple of values or a between.Between
WARMUP_MS         for so long after begin() read() may return missing values, because the sensor settles
__init__(bus, options)    touches no hardware; raises BadOption
begin(now_ms)     probe and configure; returns the ms until start() may be called
start(now_ms)     begin one measurement; returns the ms until read() may be called (0: it runs freely)
read(now_ms)      one integer, or None where missing, a channel
SERVICE_MS        of an instance: how often service() must be called once begun; 0: never
service(now_ms)   drain a FIFO or a receive buffer; never raises, read() tells
WAVEFORM, capture(on), blocks()   only where a sensor has a waveform, see adxl355
```

begin, start and read raise SensorError (base.py) and nothing else. After any error begin() is the way back, but for a
NotReady whose `fact` is a number: the same method is called again after so many ms, until the next tick is due.

`bus` has the methods of machine.I2C or machine.UART; on SPI it is a base.SpiDevice; for the others see base.py. A UART
is opened with timeout=0. A driver cannot tell a real bus from a virtual one.
"""


def class_name(name):
    """Return the name of the class in the file of driver `name`: Bme280 of bme280, CurrentLoop of current_loop."""
    return "".join([part[0].upper() + part[1:] for part in name.split("_")])


def load(name):
    """Import and return the driver class called `name` in a configuration.

    Raises: ValueError where there is none.
    """
    try:
        driver = getattr(__import__("gilmok_node.sensors." + name, None, None, (name,)), class_name(name))
        if name == driver.NAME:
            return driver
    except (ImportError, AttributeError):  # no such file, or one that drivers share
        pass
    raise ValueError("this firmware has no driver {!r}".format(name))
