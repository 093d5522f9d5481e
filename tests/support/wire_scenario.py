"""One short story in which both ends say everything they can say, for tests on both interpreters."""

from gilmok_wire import cbor, messages
from gilmok_wire.alert import encode_alert
from gilmok_wire.link import Link
from gilmok_wire.messages import EVENTS, READINGS, WAVEFORM
from gilmok_wire.node_stream import StreamInfo

from support.nonces import NonceRecorder
from support.wire_pair import Pair

RIVER = StreamInfo("river", READINGS, (("level", "m", -3),), max_age_ms=60_000)
AIR = StreamInfo("air", READINGS, tuple([(f"c{i}", "ug/m3", -1) for i in range(12)]), max_age_ms=60_000)
ALARM = StreamInfo("alarm", EVENTS, (("level", "1", 0),), urgent=True)
SHAKE = StreamInfo("shake", WAVEFORM, tuple([(axis, "[g]", -11, 390625) for axis in "xyz"]), max_age_ms=300_000)
STREET = [RIVER, AIR, ALARM, SHAKE]
CARRIERS = (messages.BATCH, messages.BATCH_EXCEPTIONS, messages.PART)


def fill(log, dice, count, start_ms=0):
    """Append `count` rows to river and air, with an odd step and missing values, a few alarms and a piece of waveform."""
    for index in range(count):
        at = start_ms + 10_000 * index + (700 if index % 17 == 5 else 0)
        log.append(0, at, [None if dice.chance(5) else 1200 + dice.between(-4, 4)])
        log.append(1, at + 500, [dice.between(80, 120) if dice.chance(95) else None for _ in range(12)])
        if index % 25 == 7:
            log.append(2, at + 600, [index])
    log.append_entry(3, start_ms, 4, [[dice.between(-900, 900) for _ in range(100)] for _ in "xyz"])


def street_pair(mtu=115, rows=30, infos=STREET, **options):
    """Return a Pair over frames of `mtu` bytes; the log of a whole street has so many rows."""
    pair = Pair(infos, Link(mtu=mtu), **options)
    if infos is STREET:
        fill(pair.log, pair.dice, rows)
    return pair


def sent(recorder, way=0):
    """Return the messages that a NonceRecorder saw sealed in one direction, 0 up or 1 down."""
    return [message for w, plaintext in recorder.plaintexts if w == way for message in cbor.decode_sequence(plaintext)]


def batches_of(recorder):
    """Return those among them that carry records."""
    return [message for message in sent(recorder) if message[0] in CARRIERS]


def tell_everything(mtu=64):
    """Return [(0 up or 1 down, message), …] of a story with loss, gaps, a fork, commands and strangers."""
    with NonceRecorder(keep_plaintexts=True) as recorder:
        pair = Pair(STREET, Link(mtu=mtu))
        fill(pair.log, pair.dice, 40)
        pair.log.overwrite(0, 3)
        pair.log.spoil(0, 10, 12)
        pair.collector.commands.add(1, "blink", {"times": 3})
        pair.collector.report(5, -20)
        _say(pair, [99, 1])
        _say(pair, [messages.ALERT, encode_alert(2, 5, [1, 0, 1, 3, 1430])])
        pair.run()
        pair.node.result(1, 0, [True, None, -5, b"raw", "text"])
        pair.node.diagnose(2, "the pump is hot")
        image = pair.log.image()
        fill(pair.log, pair.dice, 5, 500_000)
        while pair.up():  # every frame lost: the node polls
            if pair.node.counters["timeouts"] > 2:
                break
        pair.run()
        _answer(pair, [98])
        pair.run()
        pair.log = image  # the flash restored from a backup
        pair.boot_node()
        while ("fork",) not in pair.events:
            pair.step()
        image.fork(78)
        pair.node.restart(pair.now)
        pair.run()
        pair.check()
    return [(way, message) for way, plaintext in recorder.plaintexts for message in cbor.decode_sequence(plaintext)]


def _say(pair, message):
    """Have the node send a message of another release."""
    pair.step()
    frame = pair.node_seal.seal(cbor.encode(message), ask=True)
    for answer in pair.deliver_up(frame):
        pair.deliver_down(answer)


def _answer(pair, message):
    """Have the collector send a message of another release."""
    session = pair.collector_seal.sessions[0]
    pair.deliver_down(pair.collector_seal.seal(session, cbor.encode(message)))
