"""An antenna switch on pins of the board: what the chip does and how the switch stands, through orders, events and faults."""

from device.radio_bench import KR, Bench
from gilmok_node.radio.wiring import antenna_switch, open_radio
from gilmok_sim.chips.sx1262_modem import CAD, RX, TX
from support.dice import Dice


class Switch:
    """The pins and the chip beside them; `wrong` says where they do not agree, `seen` how both have stood."""

    def __init__(self, pins=("tx", "rx")):
        self.levels = {"tx": 0, "rx": 0}
        self.pins = pins
        self.chip = None
        self.wrong = []
        self.seen = set()
        turn = antenna_switch(*[self.pin(name) if name in pins else None for name in ("tx", "rx")])
        self.turn = turn

    def pin(self, name):
        def drive(level):
            self.levels[name] = level
            self.look("{} = {}".format(name, level))

        return drive

    def join(self, chip):
        self.chip = chip
        switch = chip._switch

        def switched(now, mode):
            switch(now, mode)
            self.look("mode {}".format(mode))

        chip._switch = switched

    def look(self, why):
        tx, rx = self.levels["tx"], self.levels["rx"]
        if tx and rx:
            self.wrong.append("both at once: " + why)
        if self.chip is None:
            return
        sends, hears = self.chip.mode == TX, self.chip.mode in (RX, CAD)
        self.seen.add((sends, hears, tx, rx))
        if sends and ((not tx and "tx" in self.pins) or rx):
            self.wrong.append("sends without its antenna: " + why)
        if hears and (tx or (not rx and "rx" in self.pins)):
            self.wrong.append("hears without its antenna: " + why)


def make(pins=("tx", "rx")):
    switch = Switch(pins)
    bench = Bench(2, {"antenna": switch.turn})
    radio, other = bench.radios
    other.driver._antenna = lambda way: None
    switch.join(radio.chip)
    radio.begin()
    other.begin()
    return bench, radio, other, switch


def wait(bench, radio, span_ms=3000):
    """Let the chip come to an event, and return that."""
    for _ in range(span_ms):
        bench.now_us += 1000
        bench.ether.advance(bench.now_us)
        event = radio.poll()
        if event:
            return event
    return None


def test_each_order_turns_the_switch():
    bench, radio, other, switch = make()
    assert switch.levels == {"tx": 0, "rx": 0}
    assert radio.send(b"abc") and switch.levels == {"tx": 1, "rx": 0}
    assert wait(bench, radio) == "sent" and switch.levels == {"tx": 0, "rx": 0}
    assert radio.listen() and switch.levels == {"tx": 0, "rx": 1}
    assert other.send(b"abc") and wait(bench, radio) == "received"
    assert switch.levels == {"tx": 0, "rx": 1}, "it goes on listening"
    assert radio.listen(timeout_ms=5) and wait(bench, radio) == "timeout" and switch.levels == {"tx": 0, "rx": 0}
    assert radio.driver.detect(bench.ms(), KR, 7, 125_000) and switch.levels == {"tx": 0, "rx": 1}
    assert wait(bench, radio) == "clear" and switch.levels == {"tx": 0, "rx": 0}
    assert radio.driver.energy(bench.ms(), KR, 1000) is not None and switch.levels == {"tx": 0, "rx": 0}
    assert radio.listen() and radio.driver.sleep(bench.ms()) and switch.levels == {"tx": 0, "rx": 0}
    assert switch.wrong == []


def test_one_pin_alone():
    for pins in (("tx",), ("rx",)):
        bench, radio, _, switch = make(pins)
        assert radio.send(b"abc") and switch.levels == {"tx": int("tx" in pins), "rx": 0}
        assert wait(bench, radio) == "sent"
        assert radio.listen() and switch.levels == {"tx": 0, "rx": int("rx" in pins)}
        assert switch.wrong == []


def test_any_orders_and_faults_in_any_order():
    for seed in range(4):
        dice = Dice(seed)
        bench, radio, other, switch = make()
        for _ in range(120):
            order = dice.below(7)
            if order == 0:
                radio.send(b"x" * (1 + dice.below(20)))
            elif order == 1:
                radio.listen(timeout_ms=1 + dice.below(50) if dice.chance(50) else None)
            elif order == 2:
                radio.driver.detect(bench.ms(), KR, 7, 125_000)
            elif order == 3:
                radio.driver.energy(bench.ms(), KR, 500)
            elif order == 4:
                radio.driver.sleep(bench.ms())
            elif order == 5:
                other.send(b"y" * 5)
            elif dice.chance(30):
                radio.chip.brown_out()
            elif dice.chance(20):
                radio.driver.begin(bench.ms())
            wait(bench, radio, 1 + dice.below(100))
            wait(bench, other, 1)
        assert switch.wrong == [], (seed, switch.wrong[:3])
        assert (False, True, 0, 1) in switch.seen and [each for each in switch.seen if each[0] and each[2]], "it has heard and sent"


class Buses:
    """What a board's hands a radio, with the pins that were asked for."""

    def __init__(self):
        self.outputs = {}

    def __call__(self, sensor):
        return None

    def input_pin(self, pin):
        return lambda: 0

    def output_pin(self, pin, level):
        self.outputs[pin] = [level]
        return self.outputs[pin].append


def test_a_configuration_names_the_pins():
    wiring = ["sx1262", 0, 21, 20, 16, 18, 0, True]
    buses = Buses()
    driver = open_radio(buses, wiring + [6, None], KR)
    assert buses.outputs == {18: [1], 6: [0]}
    driver._antenna(2)
    driver._antenna(1)
    assert buses.outputs[6] == [0, 1, 0]
    buses = Buses()
    open_radio(buses, wiring, KR)._antenna(2)
    assert buses.outputs == {18: [1]}
