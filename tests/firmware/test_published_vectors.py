"""Checksums and conversions of the drivers against published vectors, which stand outside the checkout."""

import json
import struct

import pytest
from gilmok_node.sensors.a02yyuw import A02yyuw
from gilmok_node.sensors.bme280 import Compensation
from gilmok_node.sensors.lines import crc16
from gilmok_node.sensors.mb7389 import Mb7389
from gilmok_node.sensors.ms5837 import crc4
from gilmok_node.sensors.sdi12 import parse_values, scale
from gilmok_node.sensors.sensirion import crc8, hundredths_celsius


@pytest.fixture(scope="module")
def vectors(data_dir):
    return json.loads((data_dir / "bytes" / "golden_vectors.json").read_text())


class Wire:
    def __init__(self):
        self.data = b""

    def readinto(self, buffer):
        count = min(len(buffer), len(self.data))
        buffer[:count] = self.data[:count]
        self.data = self.data[count:]
        return count or None

    def write(self, data):
        return len(data)


def test_sensirion_words(vectors):
    for vector in vectors["crc8_sensirion"]["vectors"]:
        data = bytes.fromhex(vector["data"])
        assert crc8(data, 0, len(data)) == int(vector["crc"], 16)
    for vector in vectors["scd4x_conversion"]:
        if "T_degC" in vector:
            assert hundredths_celsius(vector["word"]) == 100 * vector["T_degC"]


def test_modbus_frames(vectors):
    for vector in vectors["modbus_rtu"]:
        frame = bytes.fromhex(vector["frame"])
        assert crc16(frame, 0, len(frame) - 2, 0xFFFF).to_bytes(2, "little") == frame[-2:], vector


def test_sdi12_answers(vectors):
    for vector in vectors["sdi12_crc"]:
        answer = vector["resp"].encode()
        crc = crc16(answer, 0, len(answer) - 3, 0)
        assert bytes((0x40 | crc >> 12, 0x40 | crc >> 6 & 0x3F, 0x40 | crc & 0x3F)) == answer[-3:], vector
        numbers = [float(number) for number in vector["resp"][1:-3].replace("+", " ").split()]
        assert [scale(*value, -3) / 1000 for value in parse_values(answer, 1, len(answer) - 3)] == numbers


@pytest.mark.parametrize(("name", "driver"), [("a02yyuw_jsn_uart", A02yyuw), ("maxbotix_hrxl", Mb7389)])
def test_distances(vectors, name, driver):
    wire = Wire()
    for vector in vectors[name]:
        text = vector.get("frame_ascii", "").replace("\\r", "\r")
        frame = text.encode() or bytes.fromhex(vector["frame"])
        if len(frame) == 5 and driver is Mb7389:
            continue  # another model, in centimetres
        sensor = driver(wire, {})
        sensor.begin(0)
        wire.data = 3 * frame
        assert sensor.read(driver.WARMUP_MS + driver.FIRST_MS) == (vector["mm"],)


def test_the_checksum_of_a_prom(vectors):
    for vector in vectors["ms5837_ms5611_crc4"]:
        prom = struct.pack(">8H", *[int(word, 16) for word in vector["prom"]])
        assert crc4(prom) == int(vector["crc4"], 16)


def test_bme280_compensation(vectors):
    published = vectors["bmp280_bme280_compensation"]
    low = struct.pack("<HhhHhhhhhhhhxB", *published["dig_T"], *published["dig_P"], 75)
    compensation = Compensation(low, struct.pack("<hBbBbb", 370, 0, 19, 41, 3, 30))
    fine = compensation.t_fine(published["adc_T"])
    assert (fine, (fine * 5 + 128) >> 8) == (published["t_fine"], published["T_0.01degC"])
    assert compensation.pressure(published["adc_P"], fine) == published["P_q24_8_int64"]
