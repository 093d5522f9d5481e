"""A virtual serial line: its pace and its faults."""

from random import Random

import pytest
from gilmok.street.line import LATENCY_US, RX_BUFFER, TX_BUFFER, Line, NodeEnd
from gilmok.street.schedule import Schedule, parse_span


@pytest.fixture
def line():
    """A line at 9600 baud (1042 µs a byte) with what arrives at either end."""
    made = Line("usb", Schedule(), Random, baud=9600)
    made.arrived = {"up": [], "down": []}
    for direction in (made.up, made.down):
        direction.deliver = lambda data, name=direction.name: made.arrived[name].append((made._schedule.now_us, data))
    return made


def pass_time(line, span):
    schedule = line._schedule
    schedule.run_until(schedule.now_us + parse_span(span))


def test_bytes_take_their_time_and_queue(line):
    line.up.send(bytes(96), 0)
    line.up.send(bytes(96), 0)
    line.down.send(b"x", 0)
    assert line.up.waiting(0) == 192
    pass_time(line, "1 s")
    assert [(at_us, len(data)) for at_us, data in line.arrived["up"]] == [(100_000 + LATENCY_US, 96), (200_000 + LATENCY_US, 96)]
    assert line.arrived["down"] == [(1042 + LATENCY_US, b"x")]
    assert line.up.waiting(1_000_000) == 0 and line.up.bytes == 192


def test_a_cut_falls_between_two_bytes(line):
    data = bytes(range(96))
    line.up.send(data, 0)
    pass_time(line, "50 ms")
    line.cut()
    line.cut()
    assert line.is_cut
    pass_time(line, "1 s")
    ((_, arrived),) = line.arrived["up"]
    assert data.startswith(arrived) and 46 <= len(arrived) <= 48
    line.up.send(data, 1_050_000)
    pass_time(line, "50 ms")
    line.mend()
    line.mend()
    pass_time(line, "1 s")
    assert data.endswith(line.arrived["up"][1][1]) and 46 <= len(line.arrived["up"][1][1]) <= 50
    line.up.send(data, 3_000_000)
    pass_time(line, "2 s")
    assert line.arrived["up"][2][1] == data


def test_nothing_passes_a_cut_line(line):
    line.cut()
    line.up.send(b"lost", 0)
    pass_time(line, "1 s")
    line.mend()
    pass_time(line, "1 s")
    assert line.arrived["up"] == []


def test_noise_changes_drops_and_repeats(line):
    sent = bytes(10_000)
    line.noise(0.01, drop=0.02, duplicate=1.0)
    line.up.send(sent, 0)
    pass_time(line, "1 min")
    ((_, arrived),) = line.arrived["up"]
    half = len(arrived) // 2
    assert arrived[:half] == arrived[half:]
    assert 9_600 < half < 9_900
    assert 50 < half - arrived[:half].count(0) < 150
    line.noise()
    line.up.send(b"clean", line._schedule.now_us)
    pass_time(line, "1 min")
    assert line.arrived["up"][-1][1] == b"clean"


def test_the_nodes_end_has_buffers_of_a_size(line):
    end = NodeEnd(line.up, lambda: line._schedule.now_us)
    assert end.write(bytes(TX_BUFFER + 100)) == TX_BUFFER
    assert end.write(b"more") == 0
    pass_time(line, "1 s")
    assert 900 < end.write(bytes(TX_BUFFER)) < 1000
    end.take(bytes(RX_BUFFER + 7))
    assert (end.any(), end.overruns) == (RX_BUFFER, 7)
    assert len(end.read(256)) == 256 and end.any() == RX_BUFFER - 256


@pytest.mark.parametrize(("text", "span_us"), [("25 min", 1_500_000_000), ("0.5 s", 500_000), ("3ms", 3_000), ("2 d", 172_800_000_000)])
def test_spans_are_numbers_with_a_unit(text, span_us):
    assert parse_span(text) == span_us


@pytest.mark.parametrize("text", ["", "5", "s", "5 weeks", "-1 s", "1 s 2", 7, None, "1e3 s"])
def test_other_spans_are_refused(text):
    with pytest.raises(ValueError, match="no span of time"):
        parse_span(text)
