"""What people get wrong in a site file: each case is one change to the example site, or a whole text."""

from gate_cases import GATES, GATES_CHANGES
from gilmok_site.errors import SiteError
from gilmok_site.load import parse_site
from site_drivers import catalogue_of_tests
from site_snapshots import GOLDEN

EXAMPLE = (GOLDEN / "yangjae.toml").read_text(encoding="utf-8")
FILE = "yangjae.toml"
CANAL = (GOLDEN / "canal.toml").read_text(encoding="utf-8")

RIVER = '[node.p1-gate.sensor.river]\ndriver = "a02yyuw"\nuart = 1\nevery = "10 s"\n'
DUST = '[node.air-01.sensor.dust]\ndriver = "pms5003"\nuart = 2\n'
AIR = '[node.air-01.sensor.air]\ndriver = "bme280"\ni2c = 0\naddress = 0x77\nevery = "1 min"\nosrs_p = 4\n'
DECK = '[node.bridge-n.sensor.deck]\ndriver = "adxl355"\nspi = 2\ncs = 4\nevery = "1 s"\nsample_ms = 4\n'

# name: (what stands in the example, what stands there instead)
CHANGES = {
    # TOML
    "toml: no quotes": ('timezone = "Asia/Seoul"', "timezone = Asia/Seoul"),
    "toml: quote left open": ('id = "yangjae"', 'id = "yangjae'),
    "toml: key twice": ('id = "yangjae"', 'id = "yangjae"\nid = "yangjae"'),
    "toml: table twice": ("[link.pole]", "[link.usb]"),
    "toml: array left open": ("[37.4702, 127.0384]", "[37.4702, 127.0384"),
    # Names of waveforms
    "network that SEED does not know": ('id = "yangjae"', 'id = "yangjae"\nnetwork = "GILMOK"'),
    "station in small letters": ("position = [37.4702", 'station = "yangj"\nposition = [37.4702'),
    "location of three letters": ("position = [37.4702", 'location = "001"\nposition = [37.4702'),
    "axes that are two": ("position = [37.4702", 'axes = "NE"\nposition = [37.4702'),
    # Keys
    "unknown key, near one": (RIVER, RIVER.replace("every", "evry")),
    "unknown key, near an option": ("osrs_p = 4", "osr_p = 4"),
    "unknown key, near nothing": ('id = "yangjae"', 'id = "yangjae"\ncolour = "blue"'),
    "unknown key: an option of another driver": (DUST, DUST + "sample_ms = 4\n"),
    "unknown key: options as a table": ("sample_ms = 4", "options = { sample_ms = 4 }"),
    "unknown key in an inline table": ('ko = "1번 출입구"', 'kr = "1번 출입구"'),
    "unknown key that is a secret": ('device = "7f3a"', 'key = "00112233445566778899aabbccddeeff"'),
    "unknown table": ("[store]", "[stores]"),
    "missing key": ('driver = "pms5003"\n', ""),
    "missing key in [site]": ('timezone = "Asia/Seoul"\n', ""),
    "missing table": ('[store]\nurl = "sqlite:yangjae.db"', "[link.spare]\nurl = 'serial:COM9'"),
    # Types
    "text for a number": ("uart = 2", 'uart = "2"'),
    "fraction for a number": ("cs = 4", "cs = 4.0"),
    "number for text": ('link = "pole"', "link = 3"),
    "number for true": ("urgent = true", "urgent = 1"),
    "value for a table": (DECK, '[node.bridge-n.sensor]\ndeck = "adxl355"\n'),
    "array for a table": ("[node.p2-gate]", "[[node.p2-gate]]"),
    "date for text": ('id = "yangjae"', "id = 2026-07-01"),
    "name of a number": ('name = "Air 01"', "name = 1"),
    "name of nothing": ('name = "Air 01"', "name = {}"),
    # Names
    "name with capitals": ("[node.p2-gate]", "[node.P2-gate]"),
    "name in Hangul": ("[node.p2-gate]", '[node."2번"]'),
    "name too long": ("[node.bridge-n.sensor.deck]", "[node.bridge-n.sensor.deck-north-bearing]"),
    "name of a stream of the node": ("[node.bridge-n.sensor.deck]", "[node.bridge-n.sensor.health]"),
    # Quantities
    "duration without quotes": ('every = "10 s"\nurgent', "every = 10\nurgent"),
    "duration without unit": ('max_age = "5 s"', 'max_age = "5"'),
    "duration in words": ('max_age = "5 s"', 'max_age = "often"'),
    "duration in another unit": ('health = "5 min"', 'health = "5 minutes"'),
    "duration finer than a millisecond": ('max_age = "5 s"', 'max_age = "0.5 ms"'),
    "duration beyond a day": ('health = "5 min"', 'health = "48 h"'),
    "position: one number": ("[37.4702, 127.0384]", "[37.4702]"),
    "position: longitude first": ("[37.4702, 127.0384]", "[127.0384, 37.4702]"),
    # Site, store and links
    "timezone": ('"Asia/Seoul"', '"Asia/Soul"'),
    "timezone, near none": ('"Asia/Seoul"', '"KST"'),
    "region": ('"KR920"', '"kr920"'),
    "region, near none": ('"KR920"', '"Korea"'),
    "store: a path": ('"sqlite:yangjae.db"', '"yangjae.db"'),
    "store: another scheme, with a password": ('"sqlite:yangjae.db"', '"mysql://me:secret@db.example/gilmok"'),
    "link: a path": ('"serial:/dev/ttyUSB0?baud=921600"', '"/dev/ttyUSB0"'),
    "link: no port": ('"serial:/dev/ttyUSB0?baud=921600"', '"serial:?baud=921600"'),
    "link: usb": ('"serial:usb=10C4:EA60:0001"', '"serial:usb=CP2102"'),
    "link: host": ('"socket://10.20.0.7:4001?baud=115200"', '"socket://10.20.0.7"'),
    "link: option": ("baud=115200", "boud=115200"),
    "link: baud": ("baud=115200", "baud=fast"),
    "link: adapter": ('"serial:/dev/ttyUSB0?baud=921600"', '"ble:/dev/hci0"'),
    "link: port twice": ('"serial:usb=10C4:EA60:0001"', '"serial:/dev/ttyUSB0"'),
    "link: semtech without a port": ('"serial:usb=10C4:EA60:0001"', '"semtech:"'),
    "link: chirpstack without its broker": ('"serial:usb=10C4:EA60:0001"', '"chirpstack:10.0.0.9:1883"'),
    "link: semtech with an option": ('"serial:usb=10C4:EA60:0001"', '"semtech:1700?baud=9600"'),
    "link: gateway without a port": ('"serial:usb=10C4:EA60:0001"', '"gateway:"'),
    "gateways without a region": ('region = "KR920"', 'region = "CN470"\n[link.roof]\nurl = "semtech:1700"'),
    "gateway of another form": ("[link.usb]", '[link.roof]\nurl = "semtech:1700"\ngateways = ["aa:55"]\n[link.usb]'),
    "gateways of a serial line": ('"serial:usb=10C4:EA60:0001"', '"serial:usb=10C4:EA60:0001"\ngateways = ["AA:55:5A:00:00:00:01:01"]'),
    "a line called as the radio": ("[link.usb]", '[link.lora]\nurl = "serial:COM9"\n[link.usb]'),
    "node behind a gateway": ('"socket://10.20.0.7:4001?baud=115200"', '"gateway:usb=303A:1001"'),
    # Nodes
    "board": ('board = "esp32-devkitc"\nposition', 'board = "esp32_devkit"\nposition'),
    "board, near none": ('board = "esp32-devkitc"\nposition', 'board = "raspberry"\nposition'),
    "board as a path": ('board = "esp32-devkitc"\nposition', 'board = "../boards/sim"\nposition'),
    "link of a node": ('link = "pole"', 'link = "poles"'),
    "link of a node, near none": ('link = "pole"', 'link = "lora"'),
    "device": ('device = "7f3a"', 'device = "0x7f3a"'),
    "device as a number": ('device = "7f3a"', "device = 0x7f3a"),
    "battery without a voltage": ('device = "7f3a"', 'battery = { capacity = "6.6 Ah" }'),
    "battery in watt-hours": ('device = "7f3a"', 'battery = { capacity = "24 Wh", voltage = 3.7 }'),
    "battery that holds nothing": ('device = "7f3a"', 'battery = { capacity = "0 Ah", voltage = 3.7 }'),
    "battery of another voltage": ('device = "7f3a"', 'battery = { capacity = "6.6 Ah", voltage = 230.0 }'),
    "panel without a unit": ('device = "7f3a"', 'battery = { capacity = "6600 mAh", voltage = 3.7, solar = "6" }'),
    "device twice": ('link = "pole"', 'link = "pole"\ndevice = "7F3A"'),
    "device as derived": ('device = "7f3a"', 'device = "c268"'),
    "BLE: key": ('device = "7f3a"', "ble = { advertise = true }"),
    "BLE: interval": ('device = "7f3a"', 'ble = { interval = "11 s" }'),
    "BLE: channel": ('device = "7f3a"', 'ble = { show = ["river.distanse"] }'),
    "BLE: channel, near none": ('device = "7f3a"', 'ble = { show = ["temperature"] }'),
    "BLE: channel that BTHome cannot show": ('health = "5 min"', 'ble = { show = ["dust.pm1"] } #'),
    "BLE: too many": (
        'health = "5 min"',
        'ble = { show = ["air.temperature", "air.pressure", "dust.pm2_5"] } #',
    ),
    # Sensors
    "driver": ('driver = "pms5003"', 'driver = "pms5OO3"'),
    "driver, near none": ('driver = "pms5003"', 'driver = "thermometer"'),
    "period": ('spi = 2\ncs = 4\nevery = "1 s"', 'spi = 2\ncs = 4\nevery = "100 ms"'),
    "option": ("sample_ms = 4", "sample_ms = 3"),
    "option of another type": ("sample_ms = 4", "sample_ms = true"),
    # Wiring
    "bus left out": ("uart = 2\n", ""),
    "bus of another kind": ("uart = 2\n", "i2c = 0\n"),
    "bus the board lacks": ("spi = 2\n", "spi = 1\n"),
    "address of a UART sensor": (DUST, DUST + "address = 0x77\n"),
    "address of another chip": ("address = 0x77", "address = 0x50"),
    "chip select left out": ("cs = 4\n", ""),
    "chip select taken": ("cs = 4", "cs = 12"),
    "one UART, two sensors": (
        DUST,
        DUST + 'every = "1 min"\n[node.air-01.sensor.level]\ndriver = "a02yyuw"\nuart = 2\n',
    ),
    "one address, two sensors": (AIR, AIR + AIR.replace("sensor.air", "sensor.air2")),
    "one bus, three sensors": (AIR, AIR + AIR.replace("air]", "a2]").replace("77", "76") + AIR.replace("air]", "a3]")),
    "one chip select, two sensors": (DECK, DECK + DECK.replace("sensor.deck", "sensor.pier")),
    # Several at once
    "problems of several parts, in the order of the file": (
        RIVER,
        'device = "7f3a"\n' + RIVER.replace("every", "evry").replace("uart = 1", "uart = 9"),
    ),
    "a bad link makes no node's link unknown": ('"socket://10.20.0.7:4001?baud=115200"', '"10.20.0.7"'),
}

DOOR = '[node.weir.sensor.door]\ndriver = "contact"\npin = 6\n'
CRACK = 'driver = "crack"\ni2c = 0\ninput = 2\n'
PUMP = 'unit = 6\nbaud = 19200\nparity = "even"\nde = 3\n'
PROBE = 'channel = { name = "depth", unit = "m", resolution = "1 mm" }'
BATTERY = '[node.weir.sensor.battery]\ndriver = "battery"\npin = 7\nevery = "1 min"\n'
WALL = (
    '[node.weir.sensor.wall]\ndriver = "tilt"\ni2c = 1\nevery = "1 s"\nreference = "2 °C"\ntemperature = "air.t"\ndrift = { tilt_x = 1 }\n'
)
DEPTH = 'name = "n", unit = "m", exponent = 0 }, {'
PI = '[node.pi]\nboard = "rpi-4"\nsensor.b.driver = "battery"\nsensor.b.every = "1 s"\nsensor.b.pin = 4\n[node.reach]\nboard = "sim"'
CELLS = "".join(f'[node.weir.sensor.cell{n}]\ndriver = "gas_cell"\ni2c = 0\nwe_input = {n}\nevery = "1 min"\n' for n in (1, 3))

FAST_AND_SLOW = "".join(f'[node.weir.sensor.{name}1]\ndriver = "{name}"\ni2c = 1\nevery = "1 s"\n' for name in ("dust", "tilt"))

# The same of the canal, which has every kind of bus.
CANAL_CHANGES = {
    "pin left out": (DOOR, DOOR.replace("pin = 6\n", "")),
    "pin the board lacks": (DOOR, DOOR.replace("6", "9")),
    "pin of another sensor": (DOOR, DOOR.replace("6", "4")),
    "pin of a line's transmitter": (DOOR, DOOR.replace("6", "3").replace("door", "a-door")),
    "echo and trigger on one pin": ("trigger = 4", "trigger = 5"),
    "echo left out": ("echo = 5\n", ""),
    "voltage of a board without a converter": ('[node.reach]\nboard = "sim"', PI),
    "voltage of a board without a converter, pin left out": ('[node.reach]\nboard = "sim"', PI.replace("sensor.b.pin = 4\n", "")),
    "voltage on a taken pin": ("pin = 7", "pin = 6"),
    "a bus for a pin": (DOOR, DOOR.replace("pin", "uart")),
    "option between two numbers": ("debounce_ms = 50", "debounce_ms = 0"),
    "option of words": ('talker = "GP"', 'talker = "GL"'),
    "unit left out": ("unit = 5\n", ""),
    "unit beyond": ("unit = 5\n", "unit = 0\n"),
    "unit twice": (PUMP, PUMP.replace("unit = 6", "unit = 5")),
    "line with two speeds": (PUMP, PUMP.replace("19200", "9600")),
    "line with two transmitters": (PUMP, PUMP.replace("de = 3", "de = 2")),
    "line with two parities": (PUMP, PUMP.replace('parity = "even"\n', "")),
    "line left out": ("rs485 = 1\nunit = 6", "unit = 6"),
    "line on a UART the board lacks": ("rs485 = 1\nunit = 6", "rs485 = 9\nunit = 6"),
    "line on a sensor's UART": ("sdi12 = 2\nsdi12_address", "sdi12 = 1\nsdi12_address"),
    "sensor on a line's UART": ("uart = 3", "uart = 2"),
    "SDI-12 address": ('sdi12_address = "a"', 'sdi12_address = "10"'),
    "SDI-12 address twice": ('sdi12_address = "a"', 'sdi12_address = "0"'),
    "input of a converter twice": (CRACK, CRACK.replace("= 2", "= 30")),
    "converter without an input left": (CRACK + 'every = "1 min"\n', CRACK + 'every = "1 min"\n' + CELLS),
    "address of a converter for another chip": (CRACK, 'driver = "lux"\ni2c = 0\n'),
    "input of a common reference": (CRACK, CRACK.replace("= 2", "= 3")),
    "period without a rest": (DOOR, '[node.weir.sensor.dust]\ndriver = "fan"\nuart = 4\nevery = "34 s"\nsleep = 1\n' + DOOR),
    "clock of a bus": (DOOR, FAST_AND_SLOW + DOOR),
    "name of a channel": ('channel = "door_open"', 'channel = "Door"'),
    "list of numbers": ("missing = [65535]", "missing = [-1]"),
    # Channels that the file describes
    "channels left out": ('channel = [{ name = "moisture", unit = "%", resolution = "0.1 %" }]\n', ""),
    "channels of a driver that has its own": ('talker = "GP"', 'channel = { name = "a", unit = "m", exponent = 0 }'),
    "two channels where there is one": (PROBE, f"channel = [{PROBE[10:]}, {PROBE[10:].replace('depth', 'd')}]"),
    "channel called as another of the driver": (PROBE, PROBE.replace("depth", "current")),
    "channel called as another of the file": ('name = "total"', 'name = "flow"'),
    "channel with a name that is none": ('name = "moisture"', 'name = "Moisture"'),
    "channel with a long unit": ('name = "moisture", unit = "%"', 'name = "moisture", unit = "percent of the soil"'),
    "channel without a step": (', resolution = "0.1 %"', ""),
    "channel with two steps": (', resolution = "0.1 %"', ', resolution = "0.1 %", exponent = -1'),
    "channel with a tiny step": ("exponent = -1, register", "exponent = -10, register"),
    "resolution in another unit": ('resolution = "0.1 %"', 'resolution = "0.1 m"'),
    "resolution of nothing": ('resolution = "0.1 %"', 'resolution = "0 %"'),
    "resolution that is no power of ten": ('resolution = "0.1 %"', 'resolution = "0.2 %"'),
    "register left out": ("register = 100\n", ""),
    "register beyond": ("register = 100\n", "register = 65536\n"),
    "register of another type": ('type = "u32"', 'type = "f32"'),
    "register of an instrument without": ('resolution = "0.1 %"', 'resolution = "0.1 %", register = 1'),
    "channel of a number": ('channel = [{ name = "moisture", unit = "%", resolution = "0.1 %" }]', "channel = 3"),
    "channel with an unknown key": ('resolution = "0.1 %"', 'resolutoin = "0.1 %"'),
    "quantity of another unit": ('at_20ma = "5 m"', 'at_20ma = "5 bar"'),
    "quantity between two steps": ('at_20ma = "5 m"', 'at_20ma = "5.0005 m"'),
    "quantity without a unit": ('at_20ma = "5 m"', 'at_20ma = "5"'),
    # What is made of channels, and when it is reported
    "height without a datum": ('datum = { name = "EL.m", elevation = "12.40 m" }\n', ""),
    "height in another unit": ('height = "3.20 m"', 'height = "3.20 s"'),
    "height finer than a millimetre": ('height = "3.20 m"', 'height = "3.2005 m"'),
    "height of what sees no distance": ('serial = "B-77"', 'height = "3 m"'),
    "elevation as a number": ('elevation = "12.40 m"', "elevation = 12.40"),
    "elevation in another unit": ('elevation = "12.40 m"', 'elevation = "12.40 Pa"'),
    "temperature of nothing": ('temperature = "air.temperature"\nreport', 'temperature = "air.temprature"\nreport'),
    "temperature that is a pressure": ('temperature = "air.temperature"\nreport', 'temperature = "air.pressure"\nreport'),
    "temperature where none is measured": (BATTERY, BATTERY + WALL),
    "temperature that corrects nothing": ('height = "3.20 m"\n', ""),
    "humidity of what has none to correct": ('serial = "B-77"', 'humidity = "air.humidity"'),
    "temperature of a sensor with another problem": ('i2c = 0\nevery = "10 s"\nmean', "i2c = 0\nmean"),
    "temperature of an unknown driver": ('driver = "bme280"', 'driver = "bme28O"'),
    "kappa without humidity": ('humidity = "air.humidity"', "kappa = 0.4"),
    "kappa beyond": ('humidity = "air.humidity"', 'humidity = "air.humidity"\nkappa = 40'),
    "slope of no channel": ("slope = { pm2_5 = 0.92 }", "slope = { pm25 = 0.92 }"),
    "slope of no channel, near none": ("slope = { pm2_5 = 0.92 }", "offset = { ozone = 0.92 }"),
    "slope beyond": ("slope = { pm2_5 = 0.92 }", "slope = { pm2_5 = 92 }"),
    "drift of no number": ("tilt_x = 0.002", "tilt_x = nan"),
    "drift without end": ("tilt_x = 0.002", "tilt_x = inf"),
    "offset beyond": ("slope = { pm2_5 = 0.92 }", "offset = { pm2_5 = 1e9 }"),
    "height beyond all mountains": ('height = "3.20 m"', 'height = "999999 m"'),
    "slope as text": ("slope = { pm2_5 = 0.92 }", 'slope = { pm2_5 = "0.92" }'),
    "drift without a reference": ('reference = "20 °C"\n', ""),
    "reference without a drift": ("drift = { tilt_x = 0.002, tilt_y = -0.0015 }\n", ""),
    "reference in another unit": ('reference = "20 °C"', 'reference = "20 m"'),
    "too much in one record": ("slope = { pm2_5 = 0.92 }", "slope = { pm1 = 1.1, pm2_5 = 0.92 }"),
    "mean of too many": ("slope = { pm2_5 = 0.92 }", 'slope = { pm2_5 = 0.92 }\nmean = "10 min"'),
    "mean beside a channel called as its count": ('name = "depth", unit = "m", resolution = "1 mm" }, {', DEPTH),
    "mean that is no multiple": ('mean = "1 min"', 'mean = "15 s"'),
    "mean of one": ('mean = "1 min"', 'mean = "10 s"'),
    "mean of changes": ('heartbeat = "10 min" }', 'heartbeat = "10 min" }\nmean = "1 min"'),
    "change of no channel": ("water_level = ", "level = "),
    "change of nothing": ('water_level = "1 cm"', ""),
    "change of less than a step": ('water_level = "1 cm"', 'water_level = "0 cm"'),
    "change between two steps": ('water_level = "1 cm"', 'water_level = "0.15 cm"'),
    "change as a number": ('water_level = "1 cm"', "water_level = 1"),
    "heartbeat faster than the readings": ('heartbeat = "10 min"', 'heartbeat = "1 s"'),
    "heartbeat left out": (', heartbeat = "10 min"', ""),
    "day in quotes": ("due = 2027-03-01", 'due = "next year"'),
    "day and hour": ("due = 2027-03-01", "due = 2027-03-01T00:00:00"),
    "due before it was calibrated": ("due = 2027-03-01", "due = 2025-03-01"),
    "certificate left out": ('certificate = "KR26-0123", ', ""),
    "quantity beyond": ('at_20ma = "5 m"', "at_20ma = 536870912"),
}

SMALLEST = '[site]\nid = "a"\nname = "A"\ntimezone = "UTC"\n[store]\nurl = "sqlite:a.db"\n'

# name: whole text
TEXTS = {
    "empty file": "",
    "no node": SMALLEST,
    "node without a table": SMALLEST + "[node]\nx = 1\n",
    "link is no table": "link = 3\n" + EXAMPLE[: EXAMPLE.index("[link.usb]")] + EXAMPLE[EXAMPLE.index("[node.p1-gate]") :],
    "brackets without end": "a = " + "[" * 5000,
}


FILES = ((EXAMPLE, CHANGES, FILE), (CANAL, CANAL_CHANGES, "canal.toml"), (GATES, GATES_CHANGES, "gates.toml"))


def changed(name: str) -> str:
    """Return the text of the case `name`."""
    if name in TEXTS:
        return TEXTS[name]
    text, changes, _ = next(each for each in FILES if name in each[1])
    old, new = changes[name]
    assert text.count(old) == 1, f"{name}: stands {text.count(old)} times in the example"
    return text.replace(old, new)


def error_of(name: str) -> SiteError:
    """Return what the case `name` is refused with."""
    try:
        with catalogue_of_tests():
            parse_site(changed(name), next((file for _, changes, file in FILES if name in changes), FILE))
    except SiteError as error:
        return error
    raise AssertionError(f"{name}: nothing was found wrong")
