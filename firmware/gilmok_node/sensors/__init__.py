"""Sensor drivers: one file a chip, loaded only when the configuration names it.

A driver is a small synchronous state machine over one bus. It never sleeps and never blocks longer than a bus
transaction; the node's one loop brings it the time.

```
NAME, BUS         "bme280", and "uart" | "i2c" | "spi"
CHANNELS          (name, UCUM unit, exponent[, step]), …: a value means integer × step × 10^exponent,
                  at the sensor's real step
OPTIONS           {name: (default, allowed values)}
WARMUP_MS         for so long after begin() read() may return missing values, because the sensor settles
__init__(bus, options)    touches no hardware; raises BadOption
begin(now_ms)     probe and configure; returns the ms until start() may be called
start(now_ms)     begin one measurement; returns the ms until read() may be called (0: it runs freely)
read(now_ms)      one integer, or None where missing, a channel
SERVICE_MS        of an instance: how often service() must be called once begun; 0: never
service(now_ms)   drain a FIFO or a receive buffer; never raises, read() tells
WAVEFORM, capture(on), blocks()   only where a sensor has a waveform, see adxl355
```

begin, start and read raise SensorError (base.py) and nothing else. After any error begin() is the way back.
`bus` has the methods of machine.I2C or machine.UART; on SPI it is a base.SpiDevice. A UART is opened with timeout=0.
A driver cannot tell a real bus from a virtual one.
"""

DRIVERS = {"a02yyuw": "A02yyuw", "adxl355": "Adxl355", "bme280": "Bme280", "pms5003": "Pms5003"}


def load(name):
    """Import and return the driver class called `name` in a configuration.

    Raises: ValueError where there is none.
    """
    if name not in DRIVERS:
        raise ValueError("no driver {!r}; there are {}".format(name, ", ".join(sorted(DRIVERS))))
    return getattr(__import__("gilmok_node.sensors." + name, None, None, (name,)), DRIVERS[name])
