"""What people get wrong with rules, outputs and detectors: each case is one change to tests/golden/site/gates.toml."""

from site_snapshots import GOLDEN

GATES = (GOLDEN / "gates.toml").read_text(encoding="utf-8")

FLOOD = 'watch = "river.water_level"\ncaution'
ABOVE = 'above = "1.20 m", clear = "1.00 m", for = "30 s"'
RISES = 'rises = "0.5 m/h", over = "10 min"'
QUAKE = 'caution = { above = "4", '
SIREN = "[node.p1-gate.output.siren]\npin = 13\n"
BARRIER = 'pin = 14\nstates = ["open", "down"]                 '
MANY = "".join(f'[node.p1-gate.rule.r{n}]\nwatch = "river-2.distance"\nalert = {{ below = "1 m", clear = "2 m" }}\n' for n in range(25))
SAME = (
    "".join(
        f'[node.p1-gate.rule.{name}]\nclock = true\nalert = {{ above = "1 h" }}\n' for name in ("sump-pool-pool69", "pool-mill-lake-lake90")
    )
    + "[node.p1-gate.rule.time]"
)
SOUNDS = 'of = ["flood", "flood-2"]\nvotes = '
TARGETS = '"siren", "barrier:down", "p2-gate.barrier:down"'
SPIKE = 'spike = "0.30 m"'
SLOW_DECK = '[node.bridge.sensor.slow]\ndriver = "adxl355"\nspi = 2\ncs = 13\nevery = "1 s"\nsample_ms = 8\n'
WALLS = '[node.bridge.detector.walls]\nkind = "ppv"\nsensor = "deck"\n'
AROUND = '[node.bridge.detector.around]\nkind = "capture"\nsensor = "deck"\n'
SHAKE = 'kind = "quake"\nsensor = "deck"\n'

# The same of the gates, which have rules and outputs.
GATES_CHANGES = {
    # What a rule watches
    "rule of no sensor": ('watch = "river-2.water_level"', 'watch = "rivr-2.water_level"'),
    "rule of no channel": ('watch = "river-2.water_level"', 'watch = "river-2.water_lvl"'),
    "rule of nothing like it": ('watch = "river-2.water_level"', 'watch = "pool"'),
    "rule of a sensor, but not of its health": ('watch = "river-2.water_level"', 'watch = "river-2"'),
    "rule of the health of nothing": ('watch = "river-2.water_level"', "health = true\nclock = true"),
    "rule of a node that measures nothing": (
        "peer = { uart = 2 }                       #",
        'rule.r = { watch = "a.b", alert = { above = "1" } } #',
    ),
    "rule of two things": ('watch = "river-2.water_level"', 'watch = "river-2.water_level"\nclock = true'),
    "rule of nothing": ('watch = "river-2.water_level"\n', ""),
    "rule of a sensor with another problem": ('uart = 2\nevery = "10 s"\nheight', 'uart = 2\nevry = "10 parsecs"\nheight'),
    "rule of an output without feedback": ("clock = true", 'output = "siren"'),
    "rule of an output where none has feedback": (
        "peer = { uart = 2 }                       #",
        'rule.r = { output = "barrier", alert = {} } #',
    ),
    "rule without a level": ('attention = { above = "24 h" }\n', ""),
    "rule with the name of an instrument's own": ("[node.p1-gate.rule.time]", "[node.p1-gate.rule.river-health]"),
    "rules that are one number on the wire": ("[node.p1-gate.rule.time]", SAME),
    "rules, too many": ("[node.p2-gate]\n", MANY + "[node.p2-gate]\n"),
    "rule with an unknown key": ("latching = true", "latchin = true"),
    "level in other words": ('serious = { members = "alert" }', 'serious = { members = "red" }'),
    "level as a number": ('serious = { members = "alert" }', "serious = 3"),
    "response of nothing": ('act_within = "10 min"', 'act_within = "soon"'),
    # Votes and suppression
    "votes of no rule": ('all = ["flood", "flood-2"]', 'all = ["flood", "flod-2"]'),
    "votes of none like it": ('all = ["flood", "flood-2"]', 'any = ["quake"]'),
    "votes in a circle": ('all = ["flood", "flood-2"]', 'any = ["flood", "flood-sure"]'),
    "votes without their number": ('all = ["flood", "flood-2"]', 'of = ["flood", "flood-2"]'),
    "votes of more than there are": ('all = ["flood", "flood-2"]', SOUNDS + "3"),
    "votes with a threshold": ('members = "alert"', 'members = "alert", above = "1"'),
    "suppressed by no rule": ('suppressed_by = "flood" ', 'suppressed_by = "fload" '),
    "suppressed by one another": ("latching = true", 'suppressed_by = "rising"'),
    # Levels
    "step without a threshold": ('above = "1.20 m", clear = "1.00 m" }', 'clear = "1.00 m" }'),
    "step with two thresholds": ('above = "1.20 m", clear = "1.00 m" }', 'above = "1.20 m", below = "1 m", clear = "1.00 m" }'),
    "threshold in another unit": (ABOVE, ABOVE.replace("1.20 m", "1.20 bar")),
    "threshold without a unit": (ABOVE, ABOVE.replace("1.20 m", "1.20")),
    "threshold as a number": (ABOVE, ABOVE.replace('"1.20 m"', "1.20")),
    "threshold between two steps": (ABOVE, ABOVE.replace("1.20 m", "1.2005 m")),
    "threshold that cannot be reached": (ABOVE, ABOVE.replace("1.20 m", "12.0 m")),
    "threshold that cannot be reached in time": ('reaches = "1.50 m"', 'reaches = "15 m"'),
    "threshold that is never left": (ABOVE, ABOVE.replace("1.00 m", "-1.30 m")),
    "threshold no farther than that of the level below": (ABOVE, ABOVE.replace("1.20 m", "0.80 m").replace("1.00 m", "0.7 m")),
    "clear left out": (ABOVE, ABOVE.replace('clear = "1.00 m", ', "")),
    "clear on the wrong side": (ABOVE, ABOVE.replace("1.00 m", "1.30 m")),
    "delay beyond six days": (ABOVE, ABOVE.replace("30 s", "145 h")),
    "delay without a unit": (ABOVE, ABOVE.replace("30 s", "30")),
    "delay shorter than the mean": (ABOVE, ABOVE.replace('"30 s"', '"30 s", mean = "1 min"')),
    "mean of one reading": (ABOVE, ABOVE.replace('"30 s"', '"30 s", mean = "10 s"')),
    "mean of more than all": (ABOVE, ABOVE.replace('for = "30 s"', 'mean = "1 h", valid = "750 %"')),
    "mean of so many of what": (ABOVE, ABOVE.replace('for = "30 s"', 'valid = "75 %"')),
    "rate without a window": (RISES, RISES.replace(', over = "10 min"', "")),
    "rate of a short window": (RISES, RISES.replace("10 min", "30 s")),
    "rate without a time": (RISES, RISES.replace("m/h", "m")),
    "rate finer than a step an hour": (RISES, RISES.replace("0.5 m/h", "0.01 m/d")),
    "rate of nothing": (RISES, RISES.replace("0.5", "-0.5")),
    "rate with a mean": (RISES, RISES + ', mean = "1 h"'),
    "forecast of no time": ('reaches = "1.50 m", within = "30 min"', 'reaches = "1.50 m"'),
    "clock that falls": ('above = "24 h"', 'below = "24 h"'),
    "clock of seconds": ('above = "24 h"', 'above = "90 s"'),
    # Outputs a rule wants
    "output that is not there": (TARGETS, '"sirn"'),
    "output that is not there, near none": (TARGETS, '"door"'),
    "output of no node": (TARGETS, '"p3-gate.barrier"'),
    "output of a node without any": (TARGETS, '"bridge.siren"'),
    "output of another node that is not there": (TARGETS, '"p2-gate.siren"'),
    "output in a state it has not": (TARGETS, '"barrier:shut"'),
    "output in the state it has anyway": (TARGETS, '"barrier:open"'),
    # Outputs
    "pin of an output taken": (SIREN, SIREN.replace("13", "14")),
    "pin of an output that can only be read": (SIREN, SIREN.replace("13", "35")),
    "pin of an output that the board keeps": (SIREN, SIREN.replace("13", "6")),
    "pin of feedback taken": ("feedback = 25 ", "feedback = 13 "),
    "pin of presence taken": ("presence = 34", "presence = 26"),
    "pin of presence that is none": ("presence = 34", "presence = 22"),
    "level of an input": ('level = "low"', 'level = "down"'),
    "active at what": ('active = "low"', "active = 0"),
    "one state": ('states = ["open", "down"]                 ', 'states = ["down"]                 '),
    "state with capitals": ('active = "low"\nstates = ["open", "down"]', 'active = "low"\nstates = ["Open", "down"]'),
    "fail-safe state that is none": ('confirm_within = "20 s"', 'fail_safe = "up"'),
    "confirmation without feedback": ('min_on = "30 s"', 'confirm_within = "30 s"'),
    "confirmation at once": ('confirm_within = "20 s"', 'confirm_within = "0 s"'),
    "minimum beyond a day": ('min_on = "30 s"', 'min_on = "25 h"'),
    "name of an output too long": ("[node.p1-gate.output.siren]", "[node.p1-gate.output.siren-on-the-roof-of-the-gate]"),
    # Lines between nodes
    "peer on a UART the board lacks": ("peer = { uart = 2 }                       #", "peer = { uart = 3 } #"),
    "peer on a sensor's UART": ("[node.p1-gate.output.siren]", "[node.p1-gate.peer]\nuart = 1\n[node.p1-gate.output.siren]"),
    # Health
    "health of no channel": (SPIKE, 'spike = { water_lvl = "0.30 m" }'),
    "health of which channel": ('watch = "river.water_level"\nattention', 'watch = "river.distance"\nattention'),
    "health in another unit": (SPIKE, 'spike = "0.30 s"'),
    "spike of nothing": (SPIKE, 'spike = "0 m"'),
    "stuck sooner than it is read": ('stuck = "6 h"', 'stuck = "15 s"'),
    "range that is none": (SPIKE, 'range = ["3 m", "0 m"]'),
    "range of one": (SPIKE, 'range = ["3 m"]'),
    "level of health": (SPIKE, 'level = "red"'),
    "period of an alarm that is no part of the usual": ('alarm_every = "2 s"', 'alarm_every = "3 s"'),
    "period of an alarm without a rule": (
        'sensor = "deck"\n',
        'sensor = "deck"\n[node.p2-gate.sensor.level]\ndriver = "a02yyuw"\nuart = 1\nevery = "10 s"\nalarm_max_age = "2 s"\n',
    ),
    # Detectors
    "detector of an unknown kind": ('kind = "quake"', 'kind = "storm"'),
    "detector of no sensor": (SHAKE, SHAKE.replace("deck", "dekc")),
    "detector of a sensor without a waveform": ("[node.p2-gate]\n", "[node.p1-gate.detector.a]\n" + SHAKE + "[node.p2-gate]\n"),
    "detector of a sensor that is too slow": (SHAKE, SHAKE + WALLS.replace("deck", "slow") + 'line = "din4150-3/2"\n' + SLOW_DECK),
    "detector without its line": (SHAKE, SHAKE + WALLS),
    "capture of what is no detector": (SHAKE, SHAKE + AROUND + 'of = ["deck"]\n'),
    "capture of too long": (SHAKE, SHAKE + AROUND + 'before = "10 min"\n'),
    "detector called as a sensor": ("[node.bridge.detector.shake]", "[node.bridge.detector.deck]"),
    "detector called as a stream of the node": ("[node.bridge.detector.shake]", "[node.bridge.detector.alarm]"),
    "quake below the chip's own noise": (QUAKE, QUAKE.replace("4", "2")),
}
