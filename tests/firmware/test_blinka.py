"""The drivers' very files over Blinka's own code for a Raspberry Pi 4, with virtual chips where the kernel would be; and its faults."""

import errno
import os
import queue
import select
import sys
import threading
import types

import pytest
from gilmok_node.config import ConfigError
from gilmok_node.linux.blinka import I2C, Adc, BlinkaBuses, Pin, header_pin
from gilmok_node.linux.serial_port import SerialPort
from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.base import Absent, BusStuck, Garbled, Silent
from gilmok_node.sensors.bme280 import Bme280
from gilmok_node.sensors.pms5003 import Pms5003
from gilmok_sim.bus import VirtualI2C, VirtualSpi, VirtualUart
from gilmok_sim.chips import Still
from gilmok_sim.chips.adxl355 import VirtualAdxl355
from gilmok_sim.chips.bme280 import VirtualBme280
from gilmok_sim.chips.pms5003 import VirtualPms5003
from support.blinka_rig import Pi

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a Raspberry Pi runs Linux")


class Clock:
    now = 0

    def __call__(self):
        return self.now


class Sensor:
    """What a board needs of a SensorConfig."""

    def __init__(self, driver, bus, number, select=None, **options):
        self.name, self.driver, self.bus, self.bus_number, self.select = driver, driver, bus, number, select
        self.options = options


class Config:
    buses = [("i2c", 1, (3, 2)), ("spi", 0, (11, 10, 9)), ("uart", 1, (14, 15))]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pi(monkeypatch):
    pi = Pi(VirtualI2C({}), VirtualSpi())
    pi.install(monkeypatch)
    return pi


@pytest.fixture
def air(pi, clock):
    """Return a BME280 on I2C 1, and its driver over Blinka."""
    chip = VirtualBme280(Still(temperature=21.37, pressure=101325.0, humidity=47.3), clock)
    pi.i2c.chips[0x76] = chip
    return chip, Bme280(BlinkaBuses(Config())(Sensor("bme280", "i2c", 1, 0x76)), {})


def measure(driver, clock):
    clock.now += driver.begin(clock.now)
    clock.now += driver.start(clock.now)
    return driver.read(clock.now)


def test_the_bus_is_blinkas_own(pi, air):
    import busio
    from adafruit_blinka.microcontroller.generic_linux.i2c import I2C as LinuxI2C

    bus = air[1]._bus._bus
    assert isinstance(bus, busio.I2C) and isinstance(bus._i2c, LinuxI2C)


def test_bme280_reads_the_same_as_on_a_chip(air, clock):
    temperature, pressure, humidity = measure(air[1], clock)
    assert (temperature, humidity) == (2137, 473) and abs(pressure - 101325) <= 2


def test_bme280_absent_stuck_and_back(pi, air, clock):
    driver = air[1]
    measure(driver, clock)
    pi.i2c.chips.clear()
    with pytest.raises(Absent) as absent:
        driver.start(clock.now)
    assert absent.value.fact == errno.ENODEV
    pi.i2c.chips[0x76] = air[0]
    pi.i2c.fault = "stuck"
    with pytest.raises(BusStuck) as stuck:
        driver.begin(clock.now)
    assert stuck.value.fact == errno.ETIMEDOUT
    pi.i2c.fault = None
    assert measure(driver, clock)[0] == 2137
    air[0].fault = "noise"
    with pytest.raises((Absent, Garbled)):
        measure(driver, clock)


def test_two_sensors_share_one_bus(pi):
    buses = BlinkaBuses(Config())
    assert buses(Sensor("bme280", "i2c", 1, 0x76)) is buses(Sensor("bme280", "i2c", 1, 0x77))


def test_i2c_plain_transactions_and_errnos(pi, air, clock):
    bus = air[1]._bus
    one = bytearray(1)
    assert bus.writeto(0x76, b"\xd0") == 1
    bus.readfrom_into(0x76, one)
    assert one == b"\x60"
    for call in (lambda: bus.readfrom_into(0x20, one), lambda: bus.writeto(0x20, b"x"), lambda: bus.writeto_mem(0x20, 1, b"x")):
        with pytest.raises(OSError) as caught:
            call()
        assert caught.value.args[0] == errno.ENODEV
    assert bus._bus.try_lock()  # a fault lets go of the bus
    with pytest.raises(OSError) as caught:
        bus.writeto(0x76, b"\xd0")
    assert caught.value.args[0] == errno.EBUSY


@pytest.mark.parametrize(
    ("kernel", "driver"), [("EREMOTEIO", "ENODEV"), ("ENXIO", "ENODEV"), ("EIO", "ENODEV"), ("ETIMEDOUT", "ETIMEDOUT")]
)
def test_every_kernels_errno(kernel, driver):
    class Bus:
        def try_lock(self):
            return True

        def unlock(self):
            pass

        def writeto(self, address, data):
            raise OSError(getattr(errno, kernel), "x")

    with pytest.raises(OSError) as caught:
        I2C(Bus()).writeto(1, b"x")
    assert caught.value.args[0] == getattr(errno, driver)


@pytest.fixture
def bridge(pi, clock):
    """Return an ADXL355 on SPI 0 with its chip select on GPIO 5, and its driver over Blinka."""
    chip = VirtualAdxl355(Still(x=0.0, y=0.0, z=1.0, acceleration_x=0.0, acceleration_y=0.0, acceleration_z=1.0), clock)
    pi.selects[5] = pi.spi.attach(chip)
    return chip, Adxl355(BlinkaBuses(Config())(Sensor("adxl355", "spi", 0, 5)), {})


def test_adxl355_measures_a_second(bridge, clock):
    driver = bridge[1]
    clock.now += driver.begin(clock.now)
    while clock.now < 2500:
        clock.now += driver.SERVICE_MS
        driver.service(clock.now)
    rms_z = driver.read(clock.now)[2]
    assert 0 < rms_z < 100 and driver.overruns == driver.faults == 0


def test_adxl355_without_a_chip_or_with_a_dead_line(pi, bridge, clock):
    driver = bridge[1]
    select = pi.selects.pop(5)
    select(1)
    with pytest.raises(Absent):
        driver.begin(0)
    pi.selects[5] = select
    pi.spi.fault = "stuck"
    with pytest.raises(Absent):
        driver.begin(0)
    pi.spi.fault = None
    assert driver.begin(0) > 0


def test_spi_leaves_the_chip_deselected_and_the_bus_free(pi, bridge):
    bridge[1].begin(0)
    assert pi.levels[5] == 1 and pi.spi.selected is None
    assert bridge[1]._device.spi._bus.frequency == 5_000_000
    assert bridge[1]._device.spi._bus.try_lock()


def test_pms5003_over_a_real_terminal(clock):
    """Bytes of the virtual sensor through a pty in raw mode: the port is pyserial's own."""
    chip = VirtualPms5003(Still(pm1=4, pm2_5=9, pm10=12), clock)
    line = VirtualUart(chip, clock)
    master, slave = os.openpty()
    port = SerialPort(os.ttyname(slave), 9600)
    try:
        driver = Pms5003(port, {})
        clock.now += driver.begin(clock.now)
        for _ in range(40):
            clock.now += 1000
            if _waiting(master):
                line.write(os.read(master, 64))
            heard = line.read()
            if heard:
                os.write(master, heard)
                assert _waiting(port.filenos()[0], 10)
            driver.service(clock.now)
        assert driver.read(clock.now)[:3] == (4, 9, 12)
        clock.now += 6000
        with pytest.raises(Silent):
            driver.read(clock.now)
    finally:
        port.close()
        os.close(master)
        os.close(slave)


def _waiting(file, most_s=0.0):
    return bool(select.select([file], [], [], most_s)[0])


def test_a_serial_port_never_blocks_and_returns():
    master, slave = os.openpty()
    times = [0.0]
    port = SerialPort(os.ttyname(slave), 115200, clock=lambda: times[0])
    assert port.any() == 0 and port.read(10) is None and port.readinto(bytearray(4)) is None
    sent = port.write(bytes(1 << 20))  # far more than the kernel buffers: a part is taken, the rest comes back
    assert 0 < sent < 1 << 20
    assert any(port.write(bytes(4096)) == 0 for _ in range(1000))  # the kernel moves some of it on, until that is full too
    os.write(master, b"abcdef")
    buffer = bytearray(4)
    assert any(_waiting(port.filenos()[0], 1) and port.any() == 6 for _ in range(1000))
    assert port.readinto(buffer) == 4 and buffer == b"abcd" and port.read() == b"ef"
    os.close(slave)
    os.close(master)  # the adapter is pulled out
    assert port.read(1) is None and port.write(b"x") == 1 and port.filenos() == []
    assert port.losses == 1
    master, slave = os.openpty()
    port.path = os.ttyname(slave)  # … and plugged in again
    assert port.any() == 0 and port.filenos() == []
    times[0] = 5.0
    os.write(master, b"hi")
    assert port.read() in (None, b"hi") and port.filenos()
    port.close()
    os.close(slave)
    os.close(master)


def test_a_device_has_one_owner():
    master, slave = os.openpty()
    first, second = SerialPort(os.ttyname(slave), 9600), SerialPort(os.ttyname(slave), 9600)
    assert first.filenos() and not second.filenos()
    first.close()
    os.close(slave)
    os.close(master)


def test_a_port_that_is_not_there(tmp_path):
    port = SerialPort(str(tmp_path / "ttyUSB9"), 9600)
    assert port.any() == 0 and port.read() is None and port.write(b"hello") == 5 and port.filenos() == []


def test_pin_levels(pi):
    siren = Pin(6, 1)
    assert pi.levels[6] == 1 and siren() == 1
    siren(0)
    assert pi.levels[6] == 0 and siren.value() == 0
    limit = Pin(13, pull=1)
    assert limit() == 0
    pi.levels[13] = 1
    assert limit() == 1
    limit.close()


def test_an_input_tells_of_its_edges_with_the_kernels_time(pi):
    bus = BlinkaBuses(Config())(Sensor("contact", "pin", 22))
    heard = queue.Queue()
    assert bus.level() == 0
    bus.on_edge(lambda ms: heard.put(("first", ms)))
    pi.edges.put(5_000_999_999)
    assert heard.get(timeout=60) == ("first", 5000)
    bus.on_edge(lambda ms: heard.put(("second", ms)))
    pi.edges.put(6_001_000_000)
    assert heard.get(timeout=60) == ("second", 6001)
    pi.edges.put(None)
    pi.levels[22] = 1
    assert bus.level() == 1


def test_what_this_board_has_not(pi):
    buses = BlinkaBuses(Config())
    for sensor, said in (
        (Sensor("level", "adc", 0, 4), "no ADC"),
        (Sensor("rain", "sdi12", 0), "no sdi12 bus"),
    ):
        with pytest.raises(ConfigError, match=said):
            buses(sensor)
    with pytest.raises(ConfigError, match="no GPIO 99"):
        header_pin(99)
    with pytest.raises(ConfigError, match="no ADC"):
        Adc(4)
    pi.i2c = None
    with pytest.raises(ConfigError, match="raspi-config"):
        BlinkaBuses(Config())(Sensor("bme280", "i2c", 1, 0x76))


def test_an_inverted_line_is_refused(pi, monkeypatch):
    monkeypatch.setattr(Pms5003, "UART", (9600, 8, None, 1, True), raising=False)
    with pytest.raises(ConfigError, match="inverter"):
        BlinkaBuses(Config())(Sensor("pms5003", "uart", 1))


def test_the_uart_of_a_sensor_is_its_device(pi):
    master, slave = os.openpty()
    port = BlinkaBuses(Config(), {1: os.ttyname(slave)})(Sensor("pms5003", "uart", 1))
    assert port._serial.baudrate == 9600
    port.close()
    os.close(master)
    os.close(slave)


def test_an_rs485_line_turns_its_direction_back(pi):
    master, slave = os.openpty()
    port = BlinkaBuses(Config(), {1: os.ttyname(slave)})(Sensor("modbus", "rs485", 1, 17, baud=19_200, parity="even", de=27))
    assert port.address == 17 and pi.levels[27] == 0
    driven = []
    pi.selects[27] = driven.append
    assert port.claim(0, 100) == 0
    reader = threading.Thread(target=lambda: driven.append(os.read(master, 16)))
    reader.start()  # a pseudo-terminal's bytes are out once they are read
    port.line.send(b"\x11\x03")
    reader.join(10)
    assert sorted(driven, key=str) == [0, 1, b"\x11\x03"] and pi.levels[27] == 0
    serial = port.line._uart._serial
    assert (serial.baudrate, serial.parity, serial.stopbits) == (19_200, "E", 1)
    os.write(master, b"\x11\x83")
    assert _waiting(serial.fileno(), 10)
    buffer = bytearray(8)
    assert port.line.readinto(buffer) == 2 and buffer[:2] == b"\x11\x83"
    port.line._uart.close()
    os.close(master)
    os.close(slave)


def test_an_adc_in_microvolts(pi, monkeypatch):
    class AnalogIn:
        value, reference_voltage = 32768, 3.3

        def __init__(self, pin):
            self.pin = pin

    monkeypatch.setitem(sys.modules, "analogio", types.SimpleNamespace(AnalogIn=AnalogIn))
    assert BlinkaBuses(Config())(Sensor("battery", "adc", 4)).read_uv() == 1_650_025


def test_elsewhere_it_says_what_to_do(monkeypatch):
    Pi().install(monkeypatch)
    monkeypatch.setitem(sys.modules, "board", None)
    with pytest.raises(ConfigError, match="pip install"):
        header_pin(2)
