"""Site files whose budgets are known."""

HEAD = '[site]\nid = "a"\nname = "A"\ntimezone = "UTC"\nregion = "KR920"\n[store]\nurl = "sqlite:a.db"\n'

# A pole with a panel, on the air; a dust station that rests; a sensor of which nobody tells what it draws; an instrument on Linux.
MORE = (
    HEAD
    + """
[node.pole]
board = "heltec-lora32-v3"
battery = { capacity = "6.6 Ah", voltage = 3.7, solar = "6 W" }
sensor.air = { driver = "sht45", i2c = 0, every = "1 min", max_age = "30 min" }

[node.dust]
board = "esp32-s3-devkit"
battery = { capacity = "20000 mAh", voltage = 12, solar = "60 W" }
sensor.dust = { driver = "pms5003", uart = 1, every = "10 min", sleep = 1 }

[node.dark]
board = "esp32-s3-devkit"
battery = { capacity = "6.6 Ah", voltage = 3.7, solar = "6 W" }
sensor.air = { driver = "bme280", i2c = 0, every = "1 min", report = { change = { temperature = "0.5 °C" }, heartbeat = "1 h" } }

[node.chip]
board = "esp32-devkitc"
battery = { capacity = "100 Ah", voltage = 12, solar = "60 W" }

[node.pi]
board = "rpi-zero-2w"
battery = { capacity = "100 Ah", voltage = 12 }
sensor.air = { driver = "bme280", i2c = 1, every = "1 min", mean = "10 min" }

[node.pico]
board = "rpi-pico-w"
battery = { capacity = "1 Ah", voltage = 3.7 }
sensor.where = { driver = "gnss", uart = 1, every = "1 s" }

[node.where]
board = "esp32-s3-devkit"
battery = { capacity = "1 Ah", voltage = 3.7, solar = "0.5 W" }
sensor.where = { driver = "gnss", uart = 1, every = "10 s" }

[node.desk]
board = "sim"
"""
)

# A node that rests between turns of its loop.
DOZES = """
[node.dozes]
board = "esp32-s3-devkit"
sensor.air = { driver = "sht45", i2c = 0, every = "1 min" }
power.sleep = "light"
"""

# A wall that judges its shaking, and keeps the waveform before it.
WALL = """
[node.wall]
board = "esp32-s3-devkit"
sensor.deck = { driver = "adxl355", spi = 1, cs = 10, every = "1 s", sample_ms = 4 }
"""
SHAKE = '[node.wall.detector.shake]\nkind = "quake"\nsensor = "deck"\n'
WAVE = '[node.wall.detector.wave]\nkind = "capture"\nsensor = "deck"\n'
QUAKE = '[node.wall.rule.quake]\nwatch = "shake.level"\nalert = { above = "5" }\n'
LATER = 'caution = { above = "4", mean = "1 min" }\nserious = { above = "6", mean = "1 min" }\n'
