"""What a person sees and may type on the serial port of a node."""

from gilmok_wire.node_stream import columns_of

from . import VERSION

_LONGEST_MIN = 480  # a shift: who forgets to end it is not to leave a street without its barrier overnight
RESET_CAUSES = ("unknown", "power on", "reset button", "watchdog", "deep sleep", "soft reset", "brown-out")


def status(node):
    """Return the lines that describe a running node."""
    log = node.log
    cause = node.board.reset_cause()
    cause = RESET_CAUSES[cause] if cause < len(RESET_CAUSES) else str(cause)
    head = "gilmok {} {} device {:04x} log {:08x} boot {} ({})"
    records, waveforms = log.fill()
    lines = [
        head.format(VERSION, node.name, node.device, log.log_id, log.boot, cause),
        "log      records {} % · waveforms {} %".format(records // 10, waveforms // 10),
    ]
    lines += [_sensor_line(sampler) for sampler in node.samplers]
    lines += [_link_line(node, port) for port in node.ports]
    if node.alarms:
        lines += _alarm_lines(node.alarms, node.now())
        if node.alarms.remote:
            lines += _remote_lines(node.alarms.remote, node.now())
    return lines


def answer(node, text):
    """Return the lines that answer what a person typed."""
    words = text.split()
    if words == ["status"]:
        try:
            return status(node)
        except MemoryError:
            return ["no room in the heap for the status"]
    if len(words) == 3 and words[0] == "capture" and words[2] in ("on", "off"):
        done = node.capture(words[1], words[2] == "on")
        return ["capture of {} is {}".format(words[1], words[2]) if done else "{} has no waveform".format(words[1])]
    if len(words) == 2 and words[0] == "maintain" and words[1].isdigit() and int(words[1]) <= _LONGEST_MIN and node.alarms:
        node.alarms.maintain(int(words[1]) * 60_000, node.now())
        return ["maintenance for {} min: outputs stay fail-safe".format(words[1]) if int(words[1]) else "no maintenance: rules act"]
    return ["commands: status · capture SENSOR on|off · maintain MINUTES (0 ends it)"]


def broken(reason):
    """Return the lines of a node whose configuration cannot be used."""
    return [
        "gilmok: configuration unusable: {}".format(reason),
        "gilmok: nothing is measured; the log is untouched. Write a new configuration with `gilmok`, then reset.",
    ]


def _link_line(node, port):
    alone = len(node.ports) == 1
    if alone or port is node.uplink.port:
        words = ["{} · {} records not acknowledged".format(node.session.phase, node.session.backlog())]
    else:
        words = ["down" if not port.up else "up, silent" if port in node.uplink.silent else "up"]
    return "link     {} {}".format(port.name, " · ".join(words + (_report_words(port.report()) if port.cost else [])))


def _report_words(report):
    """Return what a port counts: numbers, refusals of all reasons together, and seconds of airtime beside what the law allows."""
    words = ["{} {}".format(name, report[name]) for name in sorted(report) if isinstance(report[name], int) and report[name]]
    refused = sum([count for _, count in report.get("refused", ())])
    words += ["refused {}".format(refused)] if refused else []
    return words + ["air {} of {} s".format(used // 1000, allowed // 1000) for used, allowed in report.get("quotas", ())]


def _alarm_lines(alarms, now_ms):
    """Yield how alarms and outputs stand; this node does not know their names."""
    levels = [level for level in alarms.judge.levels if level]
    yield "alarms   {} of {} rules active, worst level {}".format(len(levels), len(alarms.judge.levels), max(levels) if levels else 0)
    for wired in alarms.outputs:
        output = wired.output
        known = (
            "not known whether" if output.confirmed is None else "confirmed" if output.confirmed == output.commanded else "NOT CONFIRMED"
        )
        yield "output   {} is {}, {}".format(wired.id, output.commanded, known)
    if alarms.maintained_until is not None:
        yield "MAINTENANCE for {} min more: outputs stay fail-safe".format((alarms.maintained_until - now_ms) // 60_000 + 1)


def _remote_lines(remote, now_ms):
    """Yield how outputs of other nodes stand, by their numbers: this node does not know their names."""
    for (device, output), (commanded, confirmed, heard_ms) in sorted(remote.states.items()):
        known = "confirmed" if confirmed == commanded else "not confirmed"
        silent = " · DOES NOT ANSWER" if (device, output) in remote.silent else ""
        text = "remote   {:04x} output {} is {}, {} · {} s ago{}"
        yield text.format(device, output, commanded, known, (now_ms - heard_ms) // 1000, silent)


def _sensor_line(sampler):
    if sampler.error is not None:
        return "{:8} {} FAULT {}".format(sampler.name, sampler.driver.NAME, sampler.error.reason)
    if sampler.last is None:
        return "{:8} {} no reading yet".format(sampler.name, sampler.driver.NAME)
    values = " ".join([_show(channel, value) for channel, value in zip(columns_of(sampler.channels), sampler.last[1])])
    return "{:8} {} ok {}".format(sampler.name, sampler.driver.NAME, values)


def _show(channel, value):
    """Return a value with its unit, without floats."""
    name, unit, exponent = channel[:3]
    if value is None:
        return "{} -".format(name)
    if exponent >= 0:
        return "{} {}{}".format(name, value * 10**exponent, unit)
    digits = "{:0{}}".format(abs(value), 1 - exponent)
    return "{} {}{}.{}{}".format(name, "-" if value < 0 else "", digits[:exponent], digits[exponent:], unit)
