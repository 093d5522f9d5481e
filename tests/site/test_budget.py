"""What a node is said to cost: the sums against published figures, the firmware's own numbers, and a day of the virtual street."""

import copy
import importlib
import json
import time
from dataclasses import replace

import pytest
from gate_cases import GATES
from gilmok.street import Street
from gilmok_sim.flash import VirtualFlash
from gilmok_site import check, parse_site
from gilmok_site.alarm_parts import acts_in_group
from gilmok_site.boards import Ring, board_names, load_board
from gilmok_site.budget import budget_of, heap, ring, streams
from gilmok_site.budget.account import number
from gilmok_site.budget.airtime import FRAME, SF, airtime_s
from gilmok_site.budget.deciding import deciding_costs
from gilmok_site.budget.energy import supply_of
from gilmok_site.budget.heap import MEASURED, heap_of
from gilmok_site.budget.streams import Stream, streams_of
from gilmok_site.budget.text import budget_rows, explain
from gilmok_site.budget.traffic import answer_plaintext, batches_of, on_serial
from gilmok_site.budget.words import CELLS, HEADS, LABELS, NOTES, PARTS
from gilmok_site.catalogue import DRIVERS
from gilmok_site.detector import DETECTORS
from gilmok_site.detector_parameters import capture_parameters
from gilmok_site.errors import SiteError
from gilmok_wire.columns import encode_columns
from gilmok_wire.framing import encode_frame
from gilmok_wire.messages import READINGS
from gilmok_wire.node_stream import StreamInfo
from site_cases import EXAMPLE, FILE
from site_snapshots import check_sections

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


@pytest.fixture
def site():
    return parse_site(MORE, FILE)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_budgets_and_their_arithmetic(site, lang):
    table = "\n".join(" | ".join(row) for row in budget_rows(site, lang))
    sections = {"table": table, "explained": explain(site, lang), "example": explain(parse_site(EXAMPLE, FILE), lang)}
    sections["decides"] = explain(parse_site(HEAD + WALL + SHAKE + WAVE + QUAKE + LATER, FILE), lang)
    check_sections(f"budget.{lang}.txt", sections)


def test_check_prints_the_arithmetic(tmp_path):
    path = tmp_path / FILE
    path.write_text(EXAMPLE, encoding="utf-8")
    printed = []
    assert check.main(path, "en", printed.append, explained=True) == 0
    assert explain(parse_site(EXAMPLE, FILE), "en") in printed[0] and printed[0].endswith("\nNo problems.")


# Published, of 25 bytes of an application: lora-rs, tests of the time on air; 38 bytes with LoRaWAN's own.
PUBLISHED_MS = {7: 82.176, 8: 143.872, 9: 267.264, 10: 493.568, 11: 1069.056, 12: 1974.272}


@pytest.mark.parametrize("sf", PUBLISHED_MS)
def test_time_on_the_air_as_published(sf):
    assert float(airtime_s(38, sf) * 1000) == PUBLISHED_MS[sf]


def test_time_on_the_air_of_the_shortest_and_longest():
    """The data sheet's formula by hand: 23 bytes at SF7 are 60.25 symbols, 64 bytes at SF12 85.25."""
    assert float(airtime_s(23, 7) * 1000) == pytest.approx(60.25 * 1.024)
    assert float(airtime_s(64, 12) * 1000) == pytest.approx(85.25 * 32.768)
    assert float(airtime_s(0, 12) * 1000) == pytest.approx((12.25 + 8) * 32.768)  # not fewer symbols than the header


def test_every_region_takes_our_frames_at_the_rate_of_the_estimate():
    """51 bytes is the smallest frame of a link; at one rate lower a dwell of 400 ms would end it."""
    assert min(FRAME.values()) >= 51
    assert all(airtime_s(size) <= 0.4 for region, size in FRAME.items() if region in ("AS923", "US915"))
    assert airtime_s(51, SF + 1) > 0.4


def test_a_site_tells_the_time_on_the_air_only_where_it_knows_it():
    def air(text):
        return budget_of(parse_site(text, FILE), "pole").air

    assert air(MORE).value == pytest.approx(float(sum(_air_parts(MORE))))
    assert (air(MORE.replace("KR920", "IN865")).value, air(MORE.replace("KR920", "IN865")).known) == (None, False)
    assert not air(MORE.replace('region = "KR920"\n', "")).applies
    cable = '[link.usb]\nurl = "serial:/dev/ttyUSB0"\n' + MORE.split("sqlite:a.db")[1].removeprefix('"\n')
    assert not air(HEAD + cable.replace('"heltec-lora32-v3"\n', '"heltec-lora32-v3"\nlink = "usb"\n')).applies


def _air_parts(text):
    for stream in streams_of(parse_site(text, FILE).node["pole"]):
        batches = batches_of(stream, FRAME["KR920"])
        yield airtime_s(13 + batches.plaintext) * int(batches.frames * 1_000_000) / 1_000_000


# The firmware's own numbers, which the site must not import.


def test_the_log_is_as_the_firmware_writes_it():
    entry, checkpoint = (importlib.import_module(f"gilmok_node.{name}") for name in ("entry", "checkpoint"))
    assert len(b"".join(entry.encode_entry(1, 1, 1, 1, 1, 0, b"", 0))) == ring.ENTRY
    assert ring.HEADER + ring.BOUND * checkpoint.STREAMS == checkpoint.HEADER_LIMIT


def test_own_streams_are_the_firmwares():
    health, anchors = (importlib.import_module(f"gilmok_node.{name}") for name in ("health", "anchors"))
    assert len(health.COLUMNS.splitlines()) == streams.HEALTH_COLUMNS
    made = []
    health.Health(made.append, 1000)
    anchors.Anchors(made.append)
    assert [info.name for info in made] == ["health", "fault", "anchor"]
    assert made[0].max_age_ms == streams.HEALTH_MAX_AGE_MS
    assert made[2].max_age_ms == streams.ANCHOR_MAX_AGE_MS

    class Kept(list):
        def append(self, tick, values):
            super().append(tick)

    kept = Kept()
    anchor = anchors.Anchors(lambda info: kept)
    for tick in range(0, 3 * streams.ANCHOR_EVERY_MS, 60_000):
        anchor.take(tick, 0, 1)
    assert kept == [0, streams.ANCHOR_EVERY_MS, 2 * streams.ANCHOR_EVERY_MS]


@pytest.mark.parametrize(("value", "size"), [(1, 2), (63, 2), (64, 3), (4500, 3), (8192, 4), ((1 << 20) - 1, 4), (110_000, 4)])
def test_a_record_takes_what_its_columns_take(value, size):
    assert len(encode_columns([(value,)])) == size == streams._width(value)


def test_a_frame_takes_on_a_line_what_the_framing_makes_of_it():
    for size in (13, 100, 249, 250, 251, 256):
        assert on_serial(size) >= len(encode_frame(b"\xff" * size)) >= on_serial(size) - 1
    assert 30 < answer_plaintext() < 60


@pytest.mark.parametrize(("unit", "written"), [(1, 3000), (16, 3000), (256, 400)])
def test_a_ring_holds_what_is_said(unit, written):
    """Filled by the firmware's own log, one record a sync: at least what the sum says, but for what is left over at the end of blocks."""
    blocks = 16
    log = importlib.import_module("gilmok_node.log").Log(VirtualFlash(blocks, unit=unit), VirtualFlash(4, unit=unit), unit)
    log.mount()
    recorder = importlib.import_module("gilmok_node.recorder").Recorder(log, StreamInfo("river", READINGS, (("distance", "m", -3),)))
    for number_ in range(written):
        recorder.append(10_000 * number_, (4500,))
        log.sync()
        log.prepare()
    held = log.next(recorder.number) - log.oldest(recorder.number)
    stream = Stream("river", [3], 10_000, 0)
    board = replace(load_board("sim"), program_unit=unit, records=Ring("records", 0, blocks * 4096))
    node = parse_site(EXAMPLE, FILE).node["p2-gate"]
    told = ring.ring_of(board, [stream], node).value * stream.records
    assert 0.98 * told <= held <= 1.15 * told


def test_records_that_are_programmed_in_pages_fill_pages():
    """On a board whose flash is programmed by 256 bytes, a record of 27 takes all of them."""
    example = parse_site(EXAMPLE, FILE)
    node = example.node["p2-gate"]
    days = {name: ring.ring_of(load_board(name), streams_of(node), node).value for name in ("esp32-devkitc", "rpi-pico-w")}
    assert days["esp32-devkitc"] > 2.5 and days["rpi-pico-w"] < 0.2


# A virtual day beside the sums.

TABLES = {
    "river": {"driver": "a02yyuw", "uart": 1, "every": "10 s"},
    "air": {"driver": "bme280", "i2c": 0, "every": "1 min", "max_age": "30 min"},
}


def test_bytes_a_day_are_those_of_the_street():
    """More than is sent, for it is an upper bound, and not half as much again."""
    street = Street(3)
    try:
        node = street.node("a", sensors=TABLES)
        street.run("10 min")
        node.ramp(level=(0.4, 1.3), over="2 h")
        seen = []
        street.link("a").taps.append(lambda direction, data: seen.append(len(data)))
        street.run("2 h")
    finally:
        street.close()
    text = HEAD + '[node.a]\nboard = "sim"\n'
    for name, table in TABLES.items():
        text += f"[node.a.sensor.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
    told = budget_of(parse_site(text, FILE), "a").traffic.value / 12
    assert sum(seen) <= told <= 1.5 * sum(seen)


# Heap.


def test_heap_of_every_driver_is_measured():
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    assert set(measured["drivers"]) == set(DRIVERS)
    assert measured["unit"] == "bytes on the 64-bit Unix port"
    modules = {*measured["shared"], *measured["drivers"]}
    assert set(measured["deciding"]) == {"rules", "outputs", "trend", "validity", "group", *DETECTORS}
    assert {module for each in measured["deciding"].values() for module in each} == set(measured["decides"])
    assert all(size > 0 for size in measured["decides"].values())
    assert all(set(names) <= modules for names in measured["needs"].values())
    sizes = [*measured["shared"].values(), *(size for sizes in measured["drivers"].values() for size in sizes)]
    assert min(sizes) >= 0  # code that frees memory was measured with something else in its way
    assert measured["node"] > 50_000 and measured["stream"] > 0


CROWD = """
[node.crowd]
board = "esp32-c3-devkit"
sensor.air = { driver = "bme280", i2c = 0, address = 0x77, every = "1 min" }
sensor.depth = { driver = "ms5837", i2c = 0, every = "1 min" }
sensor.warmth = { driver = "sht45", i2c = 0, every = "1 min" }
sensor.feed = { driver = "ina219", i2c = 0, every = "1 min" }
sensor.crack = { driver = "crack_meter", i2c = 0, every = "1 min" }
sensor.wall = { driver = "mpu6050", i2c = 0, every = "1 min" }
sensor.gate = { driver = "lis3dh", i2c = 0, every = "1 min" }
sensor.where = { driver = "gnss", uart = 1, every = "1 min" }
"""


def test_a_node_that_is_too_large_for_its_board_is_told_where_it_fits():
    with pytest.raises(SiteError) as refused:
        parse_site(HEAD + CROWD, FILE)
    (problem,) = refused.value.problems
    heap_of_c3 = load_board("esp32-c3-devkit").heap_bytes // 1024
    assert (problem.line, problem.key) == (10, "node.crowd.board")
    assert problem.message("en") == (
        f"this node needs {problem.facts['need']} KB of heap, esp32-c3-devkit has {heap_of_c3} KB; "
        "leave sensors out, or use one of: esp32-devkitc, esp32-s3-devkit, heltec-lora32-v3, lilygo-t-beam, rpi-pico-w"
    )
    assert problem.message("ko").endswith("쓰십시오: esp32-devkitc, esp32-s3-devkit, heltec-lora32-v3, lilygo-t-beam, rpi-pico-w")
    assert problem.facts["need"] > heap_of_c3
    for name in problem.facts["known"]:
        assert parse_site(HEAD + CROWD.replace("esp32-c3-devkit", name), FILE)


def test_a_node_that_fits_no_board_is_to_become_two(monkeypatch):
    monkeypatch.setattr(heap, "CHIP", 100_000)
    with pytest.raises(SiteError) as refused:
        parse_site(HEAD + CROWD, FILE)
    (problem,) = refused.value.problems
    assert problem.code == "heap_full_everywhere"
    assert "two nodes" in problem.message("en") and "두 노드" in problem.message("ko")


def test_each_sensor_takes_heap_and_code_is_shared(site):
    board = load_board("esp32-devkitc")
    example = parse_site(EXAMPLE, FILE)
    one, two = (heap_of(example.node[name], board).value for name in ("p2-gate", "p1-gate"))
    assert 0 < one < two < board.heap_bytes
    node = example.node["p2-gate"]
    twin = node.model_copy(update={"sensor": {**node.sensor, "pond": node.sensor["river"]}})
    measured = heap._measured()
    added = (measured["drivers"]["a02yyuw"][1] + measured["stream"]) * heap.CHIP // heap.DESK
    assert abs(heap_of(twin, board).value - one - added * 1.05) <= 1  # and the holes between
    assert not heap_of(site.node["pi"], load_board("rpi-zero-2w")).applies


def test_what_is_made_of_readings_takes_its_code(site):
    """`derive` and `report` are imported by nodes that want them, and by no others."""
    names = {name: {line.name for line in budget_of(site, name).heap.lines} for name in site.node}
    assert "report" in names["dark"] and "report" not in names["dust"]
    level = EXAMPLE.replace('device = "7f3a"', 'datum = { name = "EL.m" }').replace('max_age = "5 s"', 'height = "3.2 m"')
    made = {line.name for line in budget_of(parse_site(level, FILE), "p2-gate").heap.lines}
    assert "derive" in made and "derive" not in names["dark"]


def heap_in(text, in_group=False):
    """Return what the wall's node takes: bytes on the desk of what decides, by label and name, and all of it on its chip."""
    node = parse_site(HEAD + WALL + text, FILE).node["wall"]
    costs = {(cost.line.label, cost.line.name): cost.size for cost in deciding_costs(node, heap._measured(), in_group)}
    return costs, heap_of(node, load_board(node.board), in_group).value


def test_what_decides_takes_heap_and_its_code_is_shared():
    """A detector is judged, and so brings the judge; a rule and its steps take little, and a mean its code once."""
    measured = heap._measured()
    bare, shaking, ruled, more = (heap_in(text)[0] for text in ("", SHAKE, SHAKE + QUAKE, SHAKE + QUAKE + LATER))
    code = {kind: sum(measured["decides"][module] for module in modules) for kind, modules in measured["deciding"].items()}
    assert not bare
    assert shaking["heap_code", "rules"] == code["rules"]
    assert shaking["heap_code", "quake"] == code["quake"] - measured["decides"]["gilmok_rules"]  # which the judge has loaded
    assert sum(ruled.values()) - sum(shaking.values()) == 2 * (15 + 48)  # and the alarm of the instrument that it relies on
    assert ("heap_code", "trend") not in ruled
    added = code["trend"] - measured["decides"]["gilmok_rules"]
    assert sum(more.values()) - sum(ruled.values()) == added + 2 * 48 + 520  # the two means are of one window


def test_a_mean_in_the_making_takes_heap_for_each_column():
    air = '[node.wall.sensor.air]\ndriver = "bme280"\ni2c = 0\nevery = "10 s"\n'
    plain, mean = (heap_in(air + more)[1] for more in ("", 'mean = "1 min"\n'))
    added = heap._measured()["shared"]["report"] + 3 * 72
    assert abs(mean - plain - added * heap.CHIP / heap.DESK * 1.05) <= 2


def test_a_waveform_before_its_event_is_as_large_on_a_chip():
    """Bytes do not halve, as objects do."""
    short, long = (heap_in(WAVE + f'before = "{seconds} s"\n') for seconds in (2, 5))
    assert short[0] == long[0]
    sizes = [capture_parameters(250, seconds)[2] for seconds in (2, 5)]
    assert abs(long[1] - short[1] - (sizes[1] - sizes[0]) * 1.05) <= 2  # and the holes between


def test_acting_at_others_takes_heap():
    alone, among = (heap_in(SHAKE, in_group) for in_group in (False, True))
    assert set(among[0]) - set(alone[0]) == {("heap_code", "group"), ("heap_group", "")}
    gates = parse_site(GATES, FILE)
    for name in gates.node:
        labels = {line.label for line in budget_of(gates, name).heap.lines}
        assert ("heap_group" in labels) == acts_in_group(gates, name), name


def test_a_driver_nobody_measured_is_not_refused(monkeypatch):
    node = parse_site(EXAMPLE, FILE).node["p2-gate"]
    measured = copy.deepcopy(heap._measured())
    del measured["drivers"]["a02yyuw"]
    monkeypatch.setattr(heap, "_measured", lambda: measured)
    part = heap_of(node, load_board("esp32-c3-devkit"))
    assert (part.value, part.known) == (None, False)
    assert heap.fits(node, load_board("esp32-c3-devkit"))


# Energy.


@pytest.mark.parametrize(("supply", "fed"), [((1.71, 3.6), 3.3), ((4.5, 5.5), 5.0), ((9.0, 30.0), 9.0), ((1.5, 2.0), 1.5)])
def test_a_sensor_is_fed_from_the_first_rail_it_takes(supply, fed):
    assert supply_of(supply) == fed


def test_energy_is_told_as_far_as_it_is_known(site):
    told = {name: budget_of(site, name) for name in site.node}
    assert told["pico"].energy.value is None and told["pico"].battery.value is None
    assert not told["where"].energy.known and told["where"].energy.value == pytest.approx(31.7 * 3.3 * 24 / 1000)
    assert not told["pole"].energy.known and told["pole"].energy.value is None  # a board nobody measured
    awake, asleep = 30_000 / 600_000 * 100, (1 - 30_000 / 600_000) * 0.2
    board = 31.7 * 3.3 * 24 / 1000
    assert told["dust"].energy.value == pytest.approx(board + (awake + asleep) * 5 * 24 / 1000)
    assert told["dust"].energy.known
    assert not told["chip"].energy.known  # a regulator that nobody measured
    assert not told["desk"].energy.applies


def test_a_battery_lasts_as_long_as_it_holds(site):
    told = {name: budget_of(site, name) for name in site.node}
    dust = told["dust"]
    assert dust.battery.value == pytest.approx(20 * 12 / dust.energy.value)
    assert dust.battery.limit == pytest.approx(60 * 3.61 * 0.86 / dust.energy.value / 2)
    assert told["pi"].battery.limit is None
    assert not told["desk"].battery.applies


# Words.


def test_words_are_there_in_both_languages():
    for words in (LABELS, NOTES, CELLS, PARTS):
        assert all(len(pair) == 2 for pair in words.values())
    assert len(HEADS["en"]) == len(HEADS["ko"]) == 1 + len(PARTS)


def test_every_word_is_met(site):
    """A label or a note that nothing says is one too many."""
    texts = [parse_site(each, FILE) for each in (MORE, EXAMPLE, GATES, HEAD + WALL + WAVE, MORE.replace("KR920", "IN865"))]
    lines = [line for each in texts for name in each.node for part in vars(budget_of(each, name)).values() for line in part.lines]
    assert {line.label for line in lines} == set(LABELS) - {"heap_untold"}
    assert {line.note for line in lines} - {""} == set(NOTES)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.00008, "0.00008"),
        (0.2345, "0.234"),
        (3.14159, "3.14"),
        (99.96, "100"),
        (100.4, "100"),
        (8640, "8 640"),
        (1e6, "1 000 000"),
    ],
)
def test_numbers_have_three_digits_that_count(value, text):
    assert number(value) == text


def test_budgets_are_quick(site):
    began = time.perf_counter()
    budget_rows(site)
    explain(site)
    assert time.perf_counter() - began < 0.5
    assert len(board_names()) > 3
