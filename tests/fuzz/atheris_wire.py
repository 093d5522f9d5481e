"""Coverage-guided fuzzing of the wire, by hand and not in CI: atheris is no dependency.

    python3.11 -m venv /tmp/atheris && /tmp/atheris/bin/pip install atheris cryptography
    PYTHONPATH=protocols:tests /tmp/atheris/bin/python tests/fuzz/atheris_wire.py TARGET [CORPUS] -max_total_time=600

TARGET is one of those in the table at the end. Without a CORPUS folder the golden frames of tests/golden/wire/v1 are its seeds.
"""

import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["gilmok_wire"]):
    from gilmok_wire import cbor
    from gilmok_wire.columns import decode_columns
    from gilmok_wire.errors import WireError
    from gilmok_wire.framing import Deframer, encode_frame
    from gilmok_wire.messages import decode_messages
    from gilmok_wire.received_batches import PartAssembler, decode_batch
    from support.collector_bench import CollectorBench
    from support.node_bench import NodeBench

FRAME = b"\xe1\x00\x07" + bytes(range(30))
GOLDEN = Path(__file__).parents[1] / "golden" / "wire" / "v1"


def fuzz_framing(data):
    """The next frame is found after any garbage."""
    deframer = Deframer()
    for at in range(0, len(data), 50):
        deframer.feed(data[at : at + 50])
    assert deframer.feed(b"\0" + encode_frame(FRAME))[0][-1:] == [FRAME]


def fuzz_columns(data):
    """A block has as many values as it was asked for."""
    if len(data) > 1:
        for column in decode_columns(data[1:], data[0] + 1):
            assert len(column) == data[0] + 1


def fuzz_messages(data):
    """What is decoded encodes to the same bytes."""
    known, _ = decode_messages(data)
    assert b"".join(cbor.encode(value) for value in cbor.decode_sequence(data)) == data
    for message in known:
        if message[0] in (1, 2):
            decode_batch(message)
        elif message[0] == 3:
            PartAssembler().add(message)


def fuzz_collector(data):
    """A device that has the key cannot break the collector's session."""
    bench = CollectorBench().greet()
    for at in range(0, len(data), 200):
        frame = bench.node.seal(data[at : at + 200], ask=True)
        try:
            bench.session.receive(frame, bench.now)
        except WireError:
            continue
        bench.session.committed()
        while (answer := bench.session.transmit()) is not None:
            assert len(answer) <= bench.link.mtu


def fuzz_node(data):
    """A collector that has the key cannot break the node's session."""
    bench = NodeBench()
    bench.record(0, 40)
    bench.greeted()
    for at in range(0, len(data), 200):
        bench.node.receive(bench.collector.seal(bench._peer, data[at : at + 200]), bench.now)
        bench.now += 100_000
        frame = bench.node.transmit(bench.now)
        if frame is not None:
            assert len(frame) <= bench.link.mtu
            _, bench._peer, bench.counter = bench.collector.open(frame)


def seeds():
    """Return a folder with the golden plaintexts and columns."""
    folder = Path(tempfile.mkdtemp(prefix="gilmok-corpus-"))
    for path in GOLDEN.glob("*.json"):
        for index, frame in enumerate(json.loads(path.read_text(encoding="utf-8"))["frames"]):
            (folder / f"{path.stem}{index}").write_bytes(bytes.fromhex(frame["plaintext"]))
    return str(folder)


TARGETS = {
    "framing": fuzz_framing,
    "columns": fuzz_columns,
    "messages": fuzz_messages,
    "collector": fuzz_collector,
    "node": fuzz_node,
}


def main():
    """Fuzz the target named on the command line."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Name a target: {', '.join(TARGETS)}.")
    target = TARGETS[sys.argv.pop(1)]

    def one(data):
        try:
            target(data)
        except WireError:
            pass

    arguments = sys.argv if any(not argument.startswith("-") for argument in sys.argv[1:]) else [*sys.argv, seeds()]
    atheris.Setup(arguments, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
