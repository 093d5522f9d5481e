"""SimRadio against the real driver over a virtual chip: one script, the same events at the same times."""

import pytest
from gilmok_sim.lora_air import airtime_us
from sim.radio_worlds import BW, KR, Beacon, World, air_of

LISTEN = ("receive", KR, 9, BW, 1)


def follow(kind, script, sender_place=(500, 0), seed=3):
    """Play a script on one kind of radio; return its log, and how long it was in the air.

    A step is an order (method, arguments…), ("wait", ms), ("air", payload, air arguments) of another station, or ("burst", ms, dBm).
    """
    world = World(seed, shadowing=True)
    other, third = Beacon(world, "other", sender_place), Beacon(world, "third", (-400, 300))
    radio = getattr(world, kind)("radio", (0, 0))
    log = []

    def note(what):
        log.append((world.ms(), what, radio.state, radio.frame, radio.rssi_dbm, radio.snr_cb))

    for step in script:
        name, *arguments = step
        if name == "wait":
            end = world.now_us + 1000 * arguments[0]
            while world.now_us < end:
                if event := radio.poll(world.ms()):
                    note(event)
                world.now_us += 1000
        elif name in ("air", "air3"):
            (other if name == "air" else third).send(arguments[0], **(arguments[1] if len(arguments) > 1 else {}))
        elif name == "burst":
            world.medium.burst(world.now_us, world.now_us + 1000 * arguments[0], KR, 500_000, arguments[1])
        else:
            result = getattr(radio, name)(world.ms(), *arguments)
            log.append((world.ms(), name, result if name != "energy" else round(result), radio.state))
    if kind == "driven":
        assert radio.chip.violations == [] and radio.faults == {}
    return log, world.medium.station(radio if kind == "simulated" else radio.chip).sent_us


SCRIPTS = {
    "it sends, and hears a frame": [
        ("transmit", b"hello", KR, 9, BW, 1, 14),
        ("transmit", b"refused", KR, 9, BW, 1, 14),
        ("wait", 300),
        LISTEN,
        ("wait", 20),
        ("air", b"answer", {"sf": 9}),
        ("wait", 300),
        ("air", b"again", {"sf": 9}),
        ("wait", 300),
    ],
    "a window without an answer": [("receive", KR, 10, BW, 1, True, 120), ("wait", 300), ("sleep",), ("wait", 50), LISTEN],
    "an answer that begins in the window and ends behind it": [
        ("receive", KR, 10, BW, 1, True, 120),
        ("wait", 60),
        ("air", b"a long answer" * 3, {"sf": 10, "inverted_iq": True}),
        ("wait", 900),
        ("transmit", b"x", KR, 7, BW, 1, 10),
        ("wait", 100),
    ],
    "an answer that begins too late": [
        ("receive", KR, 10, BW, 1, True, 120),
        ("wait", 60),
        ("air", b"late", {"sf": 10, "inverted_iq": True, "at_ms": 30}),
        ("wait", 600),
    ],
    "tuned in when too little of the preamble is left": [
        ("air", b"early bird", {"sf": 9}),
        ("wait", 25),
        LISTEN,
        ("wait", 400),
        ("air", b"early bird", {"sf": 9}),
        ("wait", 10),
        LISTEN,
        ("wait", 400),
    ],
    "an order ends the reception": [
        LISTEN,
        ("air", b"cut off", {"sf": 9}),
        ("wait", 80),
        ("transmit", b"mine", KR, 7, BW, 1, 14),
        ("wait", 300),
    ],
    "other channels, rates and polarities": [
        LISTEN,
        ("air", b"other rate", {"sf": 8}),
        ("air3", b"other channel", {"sf": 9, "frequency_hz": KR + 200_000}),
        ("wait", 500),
        ("air", b"down", {"sf": 9, "inverted_iq": True}),
        ("wait", 500),
    ],
    "two that collide": [
        LISTEN,
        ("air", bytes(30), {"sf": 9}),
        ("air3", bytes(30), {"sf": 9, "at_ms": 20}),
        ("wait", 600),
        ("air", bytes(30), {"sf": 9}),
        ("air3", bytes(30), {"sf": 9, "at_ms": 65}),
        ("wait", 600),
        ("air", bytes(30), {"sf": 9}),
        ("air3", bytes(30), {"sf": 9, "at_ms": 150}),
        ("wait", 900),
    ],
    "a preamble, or none": [
        ("detect", KR, 9, BW),
        ("wait", 100),
        ("air", bytes(40), {"sf": 9}),
        ("wait", 20),
        ("detect", KR, 9, BW),
        ("wait", 100),
        ("detect", KR, 8, BW),
        ("wait", 500),
    ],
    "energy on the channel": [
        ("energy", KR, 6000),
        ("air", bytes(40), {"sf": 9}),
        ("wait", 20),
        ("energy", KR, 6000),
        ("energy", KR + 600_000, 6000),
        ("wait", 600),
        ("burst", 100, -60),
        ("wait", 10),
        ("energy", KR, 6000),
        ("wait", 200),
        ("energy", KR, 6000),
    ],
    "noise over a frame": [
        LISTEN,
        ("air", bytes(40), {"sf": 9}),
        ("wait", 150),
        ("burst", 20, -60),
        ("wait", 500),
        ("air", bytes(40), {"sf": 9}),
        ("wait", 60),
        ("burst", 20, -60),
        ("wait", 500),
    ],
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_does_what_the_driver_does(name):
    ours, air_us = follow("simulated", SCRIPTS[name])
    theirs, chip_us = follow("driven", SCRIPTS[name])
    assert [entry[1:] for entry in ours] == [entry[1:] for entry in theirs]
    assert air_us == chip_us
    drift = theirs[-1][0] - ours[-1][0]  # the driver's own time on SPI, which SimRadio has not
    for mine, other in zip(ours, theirs, strict=True):
        assert abs(other[0] - mine[0]) <= 30 + drift, (mine, other)


def test_weak_frames():
    for distance, heard in ((1000, True), (25_000, False)):
        script = [LISTEN, ("air", b"far", {"sf": 9}), ("wait", 400)]
        logs = [follow(kind, script, (distance, 0))[0] for kind in ("simulated", "driven")]
        assert [entry[1:] for entry in logs[0]] == [entry[1:] for entry in logs[1]]
        assert (len(logs[0]) == 2) == heard


def test_misuse():
    world = World()
    radio = world.simulated("radio", (0, 0))
    for wrong in ({"sf": 6}, {"bw_hz": 62_500}, {"cr": 0}, {"frequency_hz": 2_400_000_000}, {"power_dbm": 23}, {"frame": b""}):
        order = {"frame": b"x", "frequency_hz": KR, "sf": 7, "bw_hz": BW, "cr": 1, "power_dbm": 14, **wrong}
        with pytest.raises(ValueError):
            radio.transmit(0, **order)
    with pytest.raises(ValueError):
        radio.receive(0, KR, 7, BW, 1, timeout_ms=0)


def test_a_broken_chip_comes_back():
    world = World()
    radio, other = world.simulated("radio", (0, 0)), world.simulated("other", (100, 0))
    other.receive(world.ms(), KR, 9, BW, 1)
    radio.transmit(world.ms(), bytes(50), KR, 9, BW, 1, 14)
    world.run(150)
    radio.fault = "silent"
    assert radio.poll(world.ms()) == "fault" and (radio.state, radio.reason, radio.faults) == ("lost", "silent", {"silent": 1})
    assert not radio.transmit(world.ms(), b"x", KR, 9, BW, 1, 14) and radio.energy(world.ms(), KR, 6000) is None
    world.run(500)
    assert other.poll(world.ms()) == "crc_error"  # what broke off
    assert radio.poll(world.ms()) is None
    world.run(600)
    assert radio.poll(world.ms()) == "fault" and radio.faults == {"silent": 2}
    radio.fault = None
    world.run(1900)
    assert radio.poll(world.ms()) is None
    world.run(200)
    assert radio.poll(world.ms()) == "recovered" and radio.state == "idle"
    assert radio.transmit(world.ms(), b"x", KR, 9, BW, 1, 14)


def test_what_it_draws():
    world = World()
    radio = world.simulated("radio", (0, 0))
    other = Beacon(world, "other", (100, 0))
    radio.sleep(world.ms())
    world.run(1000)
    radio.transmit(world.ms(), bytes(20), KR, 9, BW, 1, 14)
    world.run(1000)
    assert radio.poll(world.ms()) == "sent"
    radio.receive(world.ms(), KR, 9, BW, 1, False, 100)
    world.run(500)
    assert radio.poll(world.ms()) == "timeout"
    radio.receive(world.ms(), KR, 9, BW, 1, False, 100)
    end = other.send(bytes(20), 20, sf=9)
    began = world.now_us
    world.run(1000)
    assert radio.poll(world.ms()) == "received"
    radio.sleep(world.ms())
    spent = radio.spent_us
    assert spent["asleep"] == 1_000_000
    assert abs(spent["sending"] - airtime_us(20, air_of(9))) < 200
    assert abs(spent["receiving"] - 100_000 - (end - began)) < 200
    assert sum(spent.values()) == world.now_us - 5_000


def test_it_says_when_to_look():
    world = World()
    told = []
    radio = world.simulated("radio", (0, 0), on_event=told.append)
    radio.transmit(world.ms(), bytes(20), KR, 9, BW, 1, 14)
    end = radio._deadline_us
    world.run(1000)
    assert told == [end] and radio.poll(world.ms()) == "sent"
    radio.receive(world.ms(), KR, 9, BW, 1)
    end = Beacon(world, "other", (100, 0)).send(bytes(20), 50, sf=9)
    world.run(1000)
    assert told[1:] == [end] and radio.poll(world.ms()) == "received"


def test_two_that_listen_at_once_do_not_hear_each_other():
    world = World()
    radios = [world.simulated(name, (x, 0)) for name, x in (("one", 0), ("two", 50))]
    for radio in radios:
        radio._elapse = None
        radio.lead_us = 10_000  # an interpreter between its last look and the order
    assert radios[0].energy(world.ms(), KR, 6000) < -100 and radios[0].transmit(world.ms(), bytes(20), KR, 9, BW, 1, 14)
    world.run(5)
    assert radios[1].energy(world.ms(), KR, 6000) < -100  # the first is not in the air yet
    world.run(12)
    assert radios[1].energy(world.ms(), KR, 6000) > -90
