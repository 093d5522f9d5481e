"""Times and weighs rules under MicroPython: `micropython on_chip_rules.py times|sizes RULES`; prints microseconds or bytes as JSON.

RULES is a file of compiled rules in CBOR. Bytes are of a heap whose pool of names has just grown, as in tools/checks/on_chip_driver.py.
"""

import gc
import json
import sys
import time

ROUNDS = 40
TIMES = 200
SLOT_MS = 60_000
NAMES = 1300  # beyond the step of the pool at 1270


def nobody(*_):
    """Hear of an event."""


def best_us(run):
    """Return microseconds a call of run(number) of the fastest round."""
    best = None
    number = 0
    for _ in range(ROUNDS):
        gc.collect()
        start = time.ticks_us()
        for _ in range(TIMES):
            run(number)
            number += 1
        taken = time.ticks_diff(time.ticks_us(), start) / TIMES
        best = taken if best is None else min(taken, best)
    return best


def measure_times(rules):
    """Return microseconds by what happens."""
    from gilmok_rules.judge import Judge

    judge = Judge(rules, [1000] * 4, nobody)
    found = {"take": best_us(lambda number: judge.take(number & 3, (number >> 2) * 1000 + 1, (number & 7,)))}
    judge = Judge(rules, [1000] * 4, nobody)
    found["take_slot"] = best_us(lambda number: judge.take(number & 3, (number >> 2) * SLOT_MS, (number & 7,)))
    judge = Judge(rules, [1000] * 4, nobody)
    found["take_turn"] = best_us(lambda number: judge.take(number & 3, (number >> 2) * 1000 + 1, (4_000_000 * (number >> 2 & 1),)))
    found["poll"] = best_us(lambda number: judge.poll(number))
    found["wants"] = best_us(lambda number: (judge.wants(0), judge.wants(1)))
    return found


class Scale:
    """Tells what was taken of the heap since it was last asked."""

    def __init__(self):
        self._last = 0
        self.taken()

    def taken(self):
        """Return the bytes."""
        gc.collect()
        last, self._last = self._last, gc.mem_alloc()
        return self._last - last


class Bed:
    """What rules and streams lie on."""

    def __init__(self):
        for number in range(NAMES):
            setattr(self, f"name{number}", None)
            delattr(self, f"name{number}")

    def bind(self, _digest, _is_waveform):
        """Bind a stream of a log."""
        return 1

    def oldest(self, _stream):
        """Return a number."""
        return 0

    next = oldest


def step(quantity=0, span_ms=0, more=0):
    """Return a compiled step."""
    return [2, quantity, 100, 50, 0, 0, span_ms, more, []]


def rules_of(count, *steps):
    """Yield rules that have these steps."""
    for number in range(count):
        yield [number, [0, 0, 0], 0, None, list(steps)]


def measure_sizes():
    """Return bytes by what takes them."""
    bed = Bed()
    scale = Scale()
    found = {}
    __import__("gilmok_node.assembly")  # all that a node has without rules

    scale.taken()
    __import__("gilmok_node.keep")
    from gilmok_node.judge.alarms import Wired
    from gilmok_rules.judge import Judge
    from gilmok_rules.output import Output

    found["code"] = scale.taken()
    __import__("gilmok_rules.trend")
    found["trend_code"] = scale.taken()
    from gilmok_node.flash.recorder import Recorder
    from gilmok_wire.node_stream import NodeStream, StreamInfo

    def heavier(count, *steps):
        """Return the bytes of a rule among so many."""
        scale.taken()
        judge = Judge(rules_of(count, *steps), [1000], nobody)
        taken = scale.taken()
        del judge
        return taken

    heavier(1)
    none, one, two = heavier(0), heavier(32), heavier(32, step())
    found["rule"], found["step"] = (one - none) / 32, (two - one) / 32
    found["mean"] = (heavier(32, step(1, 3_600_000, 75)) - two) / 32
    found["slope"] = (heavier(32, step(2, 3_600_000)) - two) / 32
    outputs = [None] * 10
    scale.taken()
    for place in range(10):
        made = Wired(place, nobody, 1, [(1, nobody, 1), (4, nobody, 1)], nobody)
        made.output = Output(0, 0, 20_000, 5, made.on_event)
        made.update(0, 0, 0)
        outputs[place] = made
    found["output"] = scale.taken() / 10
    streams = [None] * 10
    scale.taken()
    for place in range(10):
        info = StreamInfo("alarm", 1, "rule 1 0\n", 0, True)
        streams[place] = (Recorder(bed, info), NodeStream(place, b"1234", info, bed))
    found["stream"] = scale.taken() / 10
    return found


def main(what, path):
    """Print what was asked for."""
    from gilmok_wire.cbor import decode

    if what == "times":
        with open(path, "rb") as file:
            found = measure_times(decode(file.read()))
    else:
        found = measure_sizes()
    print(json.dumps(found))


main(*sys.argv[1:])
