"""No sequence of readings, faults, restarts and commands leaves an output on without a cause, off against its rule, or wrongly believed."""

from types import SimpleNamespace

import cbor2
from gilmok_node.judge.alarms import Alarms
from gilmok_node.judge.operating import operate
from gilmok_rules.compiled import LATCHING, SILENCED
from gilmok_rules.lifecycle import STATES
from gilmok_sim.actuators import EXIT, ON_SITE, PRESENCE, Actuator
from gilmok_site.rules import id_of
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ruled import output, rule, step

FAIL_SAFE = 0
MIN_ON_MS = 3000
INPUTS = [(0, 34, 1), (1, 35, 1), (2, 36, 0), (3, 37, 0), (4, 38, 0)]
PERIOD_MS = 1000
NOW_S = 1_800_000_000


class Place:
    """A node's alarms over restarts, with an actuator, and the memory of what was asked of the output."""

    def __init__(self, flags, travel_ms):
        self.now_ms = 0
        self.kept = None
        self.number = 0
        rules = [
            rule("level", step(2, 80, 70), step(3, 120, 100, targets=[0], on_ms=2000, off_ms=1000), flags=flags),
            rule("other", step(3, 120, 100, targets=[0]), source=(0, 1, 0)),
            rule("jam", step(2, 1, 1), source=(3, 0)),
        ]
        spec = output("barrier", 33, INPUTS, FAIL_SAFE, MIN_ON_MS, 5000)
        encoded = [cbor2.dumps(each, canonical=True) for each in rules]
        validity = [[0, 0, -1000, 1000, None, None]]
        self.config = SimpleNamespace(digest=b"1234", rules=encoded, validity=validity, outputs=[spec], detectors=())
        self.actuator = Actuator(spec, lambda: self.now_ms, travel_ms)
        self.tested_until = self.leased_until = self.maintained_until = 0
        self.boot()

    # The board, as far as it matters here.

    def output_pin(self, pin, level):
        self.actuator.drive(level)
        return self.actuator.drive

    def input_pin(self, pin):
        role, _, level = next(each for each in INPUTS if each[1] == pin)
        return lambda: self.actuator.level(role, level)

    def load(self):
        return self.kept

    def save(self, data):
        self.kept = data

    # What happens.

    def boot(self):
        channels = (("value", "1", 0),)
        sources = [(channels, PERIOD_MS), (channels, PERIOD_MS)]
        recorder = SimpleNamespace(append=lambda now_ms, values: None)
        config = SimpleNamespace(**{**vars(self.config), "rules": list(self.config.rules)})  # a boot takes them out
        self.alarms = Alarms(config, sources, self, lambda info: recorder, self, self.now_ms, lambda source, on: None)
        self.tested_until = self.leased_until = self.maintained_until = 0
        self.on_since = self.now_ms if self.actuator.commanded else None

    def power_cut(self):
        self.actuator.release()
        self.now_ms += 500
        self.boot()

    def read(self, source, value):
        self.alarms.take(source, self.now_ms, [value])

    def command(self, name, *argument):
        self.number += 1
        status, _ = operate(self.alarms, self.number, name, ["somebody", NOW_S + 10, *argument], self.now_ms, NOW_S)
        if status == 0 and name == "test":
            self.tested_until = self.now_ms + argument[1] * 1000
        if status == 0 and name == "lease":
            self.leased_until = self.now_ms + argument[2] * 1000
        if status == 0 and name == "maintain":
            self.maintained_until = self.now_ms + argument[0] * 1000

    def settle(self):
        """Let time pass, and the loop turn."""
        self.now_ms += 50
        self.alarms.poll(self.now_ms)
        self.alarms.flush()
        self.alarms.save(self.now_ms)
        self.check()

    # What must hold.

    def is_wanted(self):
        """Tell whether a rule wants the output, by the words of the contract and not by the code."""
        judge = self.alarms.judge
        for number, level in ((0, 3), (1, 3)):
            state = STATES[judge.states[number]]
            if state == "latched" and judge.peaks[number] >= level:
                return True
            silenced = state == "acknowledged" and self.config.rules[number] and judge.flags[number] & SILENCED
            if judge.levels[number] >= level and state in ("unacknowledged", "acknowledged") and not silenced:
                return True
        return False

    def check(self):
        wired = self.alarms.outputs[0]
        commanded, pressed = self.actuator.commanded, self.actuator.pressed
        maintained = self.now_ms < self.maintained_until
        tested, leased = self.now_ms < self.tested_until, self.now_ms < self.leased_until
        asked = tested or (not maintained and (leased or self.is_wanted()))
        if commanded and self.on_since is None:
            self.on_since = self.now_ms
        held = commanded and self.now_ms - self.on_since < MIN_ON_MS and not maintained
        if not commanded:
            self.on_since = None
        assert wired.output.commanded == commanded
        assert not (commanded and EXIT in pressed)
        assert not (commanded and not asked and not held and ON_SITE not in pressed), "on without a cause"
        if asked and not pressed & {EXIT, PRESENCE}:
            assert commanded, "off against its rule"
        if ON_SITE in pressed and EXIT not in pressed:
            assert commanded
        if wired.output.confirmed is not None:
            assert wired.output.confirmed == self.actuator.state, "believed and not so"


VALUES = st.sampled_from([0, 75, 90, 110, 130, 5000, None])
SPANS = st.sampled_from([0, 1, 4, 700])
RULES = st.sampled_from([id_of("level"), id_of("other"), id_of("jam"), 5])
DOINGS = st.one_of(
    st.tuples(st.just("read"), st.sampled_from([0, 1]), VALUES),
    st.tuples(st.just("fault"), st.sampled_from([0, 1])),
    st.tuples(st.just("wait"), st.integers(1, 60)),
    st.tuples(st.just("power_cut")),
    st.tuples(st.just("press"), st.sampled_from([PRESENCE, EXIT, ON_SITE]), st.booleans()),
    st.tuples(st.just("jam"), st.booleans()),
    st.tuples(st.just("command"), st.sampled_from(["ack", "reset"]), RULES),
    st.tuples(st.just("command"), st.just("shelve"), RULES, SPANS),
    st.tuples(st.just("command"), st.just("service"), RULES, st.sampled_from([0, 1])),
    st.tuples(st.just("command"), st.just("test"), st.just(id_of("barrier")), SPANS),
    st.tuples(st.just("command"), st.just("lease"), st.just(id_of("barrier")), st.just(9), SPANS),
    st.tuples(st.just("command"), st.just("maintain"), SPANS),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([0, LATCHING, SILENCED, LATCHING | SILENCED]), st.sampled_from([0, 700, 8000]), st.lists(DOINGS, max_size=60))
def test_outputs_have_causes_and_beliefs_are_true(flags, travel_ms, doings):
    place = Place(flags, travel_ms)
    place.settle()
    for what, *facts in doings:
        if what == "wait":
            for _ in range(facts[0]):
                place.settle()
        elif what == "press":
            (place.actuator.pressed.add if facts[1] else place.actuator.pressed.discard)(facts[0])
        elif what == "jam":
            place.actuator.jammed = facts[0]
        elif what == "fault":
            place.alarms.fault(facts[0], place.now_ms)
        else:
            getattr(place, what)(*facts)
        place.settle()
