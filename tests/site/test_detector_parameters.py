"""Parameters of detectors: what the detectors work with, which chips suit, and what is refused."""

import json
from array import array

import pytest
from gilmok_rules.limit_lines import LINES
from gilmok_rules.ppv import Ppv
from gilmok_rules.shaking import Quake
from gilmok_site.detector_parameters import capture_parameters, ppv_parameters, quake_parameters

PERIODS_MS = (1, 2, 4, 5, 8, 10, 16, 20, 32, 40)  # of all motion sensors


@pytest.mark.parametrize("period_ms", PERIODS_MS)
def test_a_detector_takes_what_is_made_for_its_rate(period_ms):
    rate_hz = 1000 / period_ms
    made = [(Quake, quake_parameters(rate_hz))]
    if rate_hz >= 200:
        made += [(Ppv, ppv_parameters(rate_hz, line)) for line in LINES]
    for kind, parameters in made:
        detector = kind("d", (1049, 8), period_ms, json.loads(json.dumps(parameters)))  # as plain lists, which a configuration carries
        told = []
        detector.on_values = lambda tick, values, told=told: told.append(values)
        chunk = array("i", [0, 300, 0, -300, 0, 300, 0, -300])
        for i in range(0, int(12 * rate_hz), 8):
            detector.hear(i * period_ms, period_ms, chunk, chunk, chunk)
        assert told and len(told[0]) == len(kind.CHANNELS)


def test_a_low_pass_is_there_where_the_sensor_s_own_filter_is_not():
    assert ppv_parameters(250, "din4150-3/2")[1] == [] and ppv_parameters(500, "din4150-3/2")[1]


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: quake_parameters(20), "samples"),
        (lambda: quake_parameters(250, on=20, off=30), "off"),
        (lambda: quake_parameters(250, chunk=12), "chunks"),
        (lambda: ppv_parameters(100, "din4150-3/2"), "samples"),
        (lambda: ppv_parameters(250, "din4150-3/4"), "din4150-3/1"),
        (lambda: ppv_parameters(250, "din4150-3/1", window_s=0), "window"),
        (lambda: capture_parameters(250, pre_s=0), "before"),
        (lambda: capture_parameters(250, pre_s=600), "bytes"),
    ],
)
def test_what_no_detector_can_do_is_refused(make, word):
    with pytest.raises(ValueError, match=word):
        make()
