"""What a node is said to cost: the sums against published figures, the firmware's own numbers, and a day of the virtual street."""

import importlib
import json
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from budget_cases import DOZES, HEAD, LATER, MORE, QUAKE, SHAKE, WALL, WAVE
from gate_cases import GATES
from gilmok.street import Street
from gilmok_sim.flash import VirtualFlash
from gilmok_site import check, parse_site
from gilmok_site.boards import Ring, board_names, load_board
from gilmok_site.budget import budget_of, radio_energy, ring, streams
from gilmok_site.budget.account import number
from gilmok_site.budget.airtime import BANDWIDTH_HZ, FRAME, SF
from gilmok_site.budget.energy import supply_of
from gilmok_site.budget.streams import Stream, streams_of
from gilmok_site.budget.text import budget_rows, explain
from gilmok_site.budget.traffic import answer_plaintext, batches_of, on_serial
from gilmok_site.budget.words import CELLS, HEADS, LABELS, NOTES, PARTS
from gilmok_site.fields import OWN_STREAMS
from gilmok_wire.airtime import airtime_us
from gilmok_wire.columns import encode_columns
from gilmok_wire.framing import encode_frame
from gilmok_wire.messages import READINGS
from gilmok_wire.node_stream import StreamInfo
from site_cases import EXAMPLE, FILE
from site_snapshots import check_sections


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


def test_every_region_takes_our_frames_at_the_rate_of_the_estimate():
    """51 bytes is the smallest frame of a link; at one rate lower a dwell of 400 ms would end it."""
    assert min(FRAME.values()) >= 51
    assert all(airtime_us(size, SF, BANDWIDTH_HZ) <= 400_000 for region, size in FRAME.items() if region in ("AS923", "US915"))
    assert airtime_us(51, SF + 1, BANDWIDTH_HZ) > 400_000


def test_a_site_tells_the_time_on_the_air_only_where_it_knows_it():
    def air(text):
        return budget_of(parse_site(text, FILE), "pole").air

    assert air(MORE).value == pytest.approx(float(sum(_air_parts(MORE))))
    assert (air(MORE.replace("KR920", "IN865")).value, air(MORE.replace("KR920", "IN865")).known) == (None, False)
    assert not air(MORE.replace('region = "KR920"\n', "")).applies
    cable = '[link.usb]\nurl = "serial:/dev/ttyUSB0"\n' + MORE.split("sqlite:a.db")[1].removeprefix('"\n')
    assert not air(HEAD + cable.replace('"heltec-lora32-v3"\n', '"heltec-lora32-v3"\nlink = "usb"\n')).applies


def _air_parts(text):
    for stream in streams_of(parse_site(text, FILE).node["pole"], by_radio=True):
        batches = batches_of(stream, FRAME["KR920"])
        yield airtime_us(13 + batches.plaintext, SF, BANDWIDTH_HZ) / 1e6 * batches.frames


# The firmware's own numbers, which the site must not import.


def test_the_log_is_as_the_firmware_writes_it():
    entry, checkpoint = (importlib.import_module(f"gilmok_node.{name}") for name in ("flash.entry", "flash.checkpoint"))
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
    radio = []
    health.Health(lambda info: radio.append(info) or SimpleNamespace(number=2), 1000, object())
    assert [info.name for info in [*made, *radio[2:]]] == list(OWN_STREAMS)
    assert (len(radio[2].columns), radio[2].max_age_ms) == (streams.LEDGER_COLUMNS, streams.LEDGER_MAX_AGE_MS)
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
    log = importlib.import_module("gilmok_node.flash.log").Log(VirtualFlash(blocks, unit=unit), VirtualFlash(4, unit=unit), unit)
    log.mount()
    recorder = importlib.import_module("gilmok_node.flash.recorder").Recorder(log, StreamInfo("river", READINGS, (("distance", "m", -3),)))
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


def test_a_node_in_light_sleep_is_charged_for_what_wakes_it():
    site = parse_site(MORE + DOZES, FILE)
    told = budget_of(site, "dozes").energy
    awake = 2 / 1000 + 2 * 2 / 60_000
    sensor = (0.32 * 9 + 8e-05 * (60_000 - 9)) / 60_000
    assert told.value == pytest.approx((awake * 31.7 + (1 - awake) * 0.8 + sensor) * 3.3 * 24 / 1000)
    assert not told.known, "what the board takes beside its chip is not told"


LISTENS = MORE.replace("[store]", '[radio]\nlistens = "always"\n[store]')
WINDOWS = LISTENS.replace("always", "in_windows")


def _radio(text, name="pole"):
    """Return the watt-hours a day of a node's radio, and its line."""
    [line] = [line for line in budget_of(parse_site(text, FILE), name).energy.lines if line.label == "energy_radio"]
    return float(line.sum.split(" = ")[1].split()[0]), line


def test_a_radio_is_charged_for_what_it_sends_hears_and_sleeps():
    site = parse_site(MORE, FILE)
    sent_s = budget_of(site, "pole").air.value
    frames = sum(batches_of(stream, FRAME["KR920"]).frames for stream in streams_of(site.node["pole"], by_radio=True))
    answer_s = airtime_us(13 + answer_plaintext(), SF, BANDWIDTH_HZ) / 1e6
    window_s = (2 * 6 + 87) / 1000  # 21 symbols of 4.096 ms; a second window at SF12 would take more than twice as long, so there is none
    heard_s = frames * (answer_s + window_s)
    used = (sent_s * 45 + heard_s * 5.3 + (86_400 - sent_s - heard_s) * 0.0006) / 1000 * 3.3 / 3600
    assert _radio(WINDOWS)[0] == pytest.approx(used, rel=0.01)
    assert _radio(LISTENS)[0] == pytest.approx((sent_s * 45 + (86_400 - sent_s) * 5.3) / 1000 * 3.3 / 3600, rel=0.01)
    assert [_radio(text)[1].note for text in (WINDOWS, LISTENS, MORE)] == ["radio_windows", "radio_always", "radio_until"]
    until_s = radio_energy._listening_s(2, "KR920", 2000, frames)
    assert until_s == pytest.approx(frames * (1.5 + answer_s))
    assert "radio" not in " ".join(line.label for line in budget_of(site, "chip").energy.lines)


def test_the_radios_figures_are_the_meters():
    meter = importlib.import_module("gilmok_sim.energy")
    assert meter.RADIO_MA["receiving"] == radio_energy.RECEIVING_MA and meter.RADIO_MA["asleep"] == radio_energy.ASLEEP_MA
    assert (meter.SENDING_MA, meter.SUPPLY_V) == (radio_energy.SENDING_MA, radio_energy.SUPPLY_V)


def test_a_radio_beside_a_cable_sends_nothing_and_listens():
    text = LISTENS.replace("[node.chip]", '[link.usb]\nurl = "serial:/dev/ttyUSB0"\n[node.chip]')
    text = text.replace('"heltec-lora32-v3"\n', '"heltec-lora32-v3"\nlink = "usb"\n')
    assert _radio(text)[0] == pytest.approx(5.3 / 1000 * 3.3 * 24, rel=0.01)


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
    texts = [
        parse_site(each, FILE)
        for each in (MORE, EXAMPLE, GATES, HEAD + WALL + WAVE, MORE.replace("KR920", "IN865"), MORE + DOZES, LISTENS, WINDOWS)
    ]
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
    began = time.process_time()
    budget_rows(site)
    explain(site)
    assert time.process_time() - began < 0.5
    assert len(board_names()) > 3
