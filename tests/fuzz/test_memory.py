"""What hostile input costs in memory: a bound for one message and one frame, and nothing that stays."""

import gc
import tracemalloc

import pytest
from gilmok_wire import cbor, messages
from gilmok_wire.errors import WireError
from gilmok_wire.framing import Deframer
from gilmok_wire.link import Link
from gilmok_wire.received_batches import decode_batch
from support.collector_bench import CollectorBench
from support.dice import Dice
from support.node_bench import NodeBench

from fuzz.hostile import EDGES, FACTOR

MESSAGE_BYTES = 400 << 10  # 16 columns of 256 values unfold to 4 K integers and as many list slots, twice for a moment
FRAME_BYTES = 12 << 20
GROWTH_BYTES = 64 << 10  # dictionaries breathe
ROUNDS = 1200 * FACTOR


def peak_of(call, *args):
    """Return the greatest number of bytes allocated while `call` runs, declared errors or not."""
    gc.collect()
    tracemalloc.start()
    try:
        call(*args)
    except WireError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize("column", [b"\x1e", b"\x1f", b"\x5f\x82\x80\x80\x80\x02", b"\xdf\x02\x04\x06", b"\x3f" + b"\xff" * 32])
def test_a_message_of_few_bytes_unfolds_to_a_bounded_number_of_values(column):
    columns = column * 16
    message = [messages.BATCH, 0, 0, messages.MAX_COUNT, 1, 0, (1 << 29) - 1, columns]
    peak = peak_of(decode_batch, message)
    print(f"{len(columns)} bytes of columns: {peak >> 10} KiB")
    assert peak < MESSAGE_BYTES


@pytest.mark.parametrize("data", [b"\x9a\xff\xff\xff\xff", b"\xba\xff\xff\xff\xff\x00", b"\x5b\x7f" + b"\xff" * 7, b"\x81" * 4000])
def test_counts_and_lengths_allocate_nothing(data):
    peak_of(cbor.decode_sequence, data)  # what is imported or cached at the first error is not counted
    assert peak_of(cbor.decode_sequence, data) < 8 << 10


def test_a_whole_frame_of_the_densest_messages():
    bench = CollectorBench(Link(mtu=4096)).greet()
    batch = cbor.encode([messages.BATCH, 0, 0, messages.MAX_COUNT, 1, 0, 1, b"\x5f\x82\x80\x80\x80\x02" * 16])
    plaintext = batch * ((4096 - 13) // len(batch))
    frame = bench.node.seal(plaintext)
    peak = peak_of(bench.session.receive, frame, bench.now)
    print(f"a frame of {len(frame)} bytes: {peak >> 10} KiB")
    assert peak < FRAME_BYTES


def _hostile_message(dice, codes):
    code = dice.pick(codes)
    fixed, _, repeated = messages.SHAPES[code].partition("|")
    return [code] + [_item(dice, letter) for letter in fixed + repeated * dice.below(5)]


def _item(dice, letter):
    if letter == "b":
        return dice.pick([b"\x1e", b"\x1f\x1f", b"\x5f\x02", dice.bytes(dice.below(30))])
    if letter == "a":
        return [dice.pick(EDGES) for _ in range(dice.below(6))] if dice.chance(60) else ["x" * dice.below(9), "m", dice.below(5)]
    number = dice.pick(EDGES[:20]) if dice.chance(90) else dice.pick(EDGES)
    return {"u": number, "i": -number, "d": dice.bytes(4), "t": "x" * dice.below(40)}.get(letter, [number])


def _growth(step):
    """Return by how much memory grew over the second half of many steps."""
    for _ in range(ROUNDS // 2):
        step()
    gc.collect()
    tracemalloc.start()
    for _ in range(ROUNDS // 2):
        step()
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return grown


def test_a_collector_forgets_what_hostile_devices_say():
    dice = Dice(9)
    bench = CollectorBench(Link(mtu=4096)).greet()

    def step():
        said = [_hostile_message(dice, range(10)) for _ in range(dice.below(5))]
        try:
            bench.session.receive(bench.node.seal(b"".join(map(cbor.encode, said)), dice.chance(30)), bench.now)
        except WireError:
            pass
        if dice.chance(2):
            bench.node.restart()
        if dice.chance(20):
            bench.session.abandoned()  # nothing is stored, so that only the session's own memory counts
        if dice.chance(20):
            bench.session.committed()
        while bench.session.transmit() is not None:
            pass

    assert _growth(step) < GROWTH_BYTES


def test_a_node_forgets_what_hostile_collectors_say():
    dice = Dice(10)
    bench = NodeBench(link=Link(mtu=4096)).greeted()

    def step():
        said = [_hostile_message(dice, (9, 16, 17, 18, 19, 20)) for _ in range(dice.below(5))]
        bench.node.receive(bench.collector.seal(bench._peer, b"".join(map(cbor.encode, said))), bench.now)
        bench.now += dice.below(100_000)
        frame = bench.node.transmit(bench.now)
        if frame is not None:
            _, bench._peer, bench.counter = bench.collector.open(frame)

    assert _growth(step) < GROWTH_BYTES


def test_a_deframer_forgets_garbage():
    dice = Dice(11)
    deframer = Deframer()
    assert _growth(lambda: deframer.feed(dice.bytes(dice.below(200)))) < GROWTH_BYTES
