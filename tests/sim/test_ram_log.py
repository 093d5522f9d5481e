"""The log in RAM does what a session and a recorder ask of a log."""

from gilmok_node.flash.recorder import Recorder
from gilmok_sim.ram_log import RamLog
from gilmok_wire.columns import decode_columns
from gilmok_wire.messages import READINGS
from gilmok_wire.node_stream import NodeStream, StreamInfo

INFO = StreamInfo("air", READINGS, (("a", "1", 0), ("b", "1", 0)))


def test_what_is_recorded_is_read():
    log = RamLog(7)
    other = Recorder(log, StreamInfo("other", READINGS, (("c", "1", 0),)))
    recorder = Recorder(log, INFO)
    assert (other.number, recorder.number, Recorder(log, INFO).number) == (0, 1, 1)
    for i in range(5):
        assert recorder.append(1000 * i, (i, None)) == i
    assert recorder.append_block(9000, 10, 3, ((1, 2), (3, 4))) == 8
    assert log.streams()[1] == (1, INFO.digest(), 10) and log.next(0) == 0
    assert decode_columns(log.read(1, 3).payload, 1) == [[3], [None]]
    assert [log.read(1, number).sequence for number in (4, 5, 8, 9)] == [4, 8, 8, 8]
    assert log.read(1, 10) is None and log.read(0, 0) is None


def test_a_stream_sends_from_it():
    log = RamLog(7)
    recorder = Recorder(log, INFO)
    for i in range(40):
        recorder.append(60_000 * i, (i, 2 * i))
    stream = NodeStream(recorder.number, INFO.digest(), INFO, log)
    stream.settle(3, [])
    assert stream.backlog() == 37
    assert stream.take(200, False) is not None and stream.cursor == 35


def test_a_fork():
    log = RamLog(7)
    log.fork(9)
    assert (log.log_id, log.parent) == (9, 7)
