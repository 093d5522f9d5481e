"""Listen before talk, pauses and airtime as the chip saw them: what its SPI was told, and when."""

from device.lora_bench import RSSI, SET_RX, SET_TX, Ledger, LoraBench, up
from gilmok_sim.lora_air import Air
from gilmok_wire.radio_law import OCCUPIED, PAUSE, QUOTA


def listenings(log):
    """Return, for each SetTx, (when, first and last RSSI reading) of the listening before it."""
    found, readings = [], []
    for at, opcode in log:
        if opcode == SET_RX:
            readings = []
        elif opcode == RSSI:
            readings.append(at)
        elif opcode == SET_TX:
            found.append((at, readings[0], readings[-1]))
            readings = []
    return found


def occupy(bench, span_ms, rssi_dbm=-60, frequency_hz=922_100_000):
    """Let another station send, one frame after another; return from when until when."""
    start = bench.bench.now_us + 10_000
    air = Air(frequency_hz, 12, 125_000, 1, False, 0x1424, 8, True, True, 14)
    bench.bench.ether.rssi_dbm = rssi_dbm
    bench.radio.chip.incoming(air, start, start + span_ms * 1000, rssi_dbm)
    return start, start + span_ms * 1000


def test_a_channel_is_listened_to_right_before_each_transmission():
    bench = LoraBench()
    for _ in range(5):
        bench.send()
    found = listenings(bench.log)
    assert len(found) == 5
    for at, first, last in found:
        assert last - first >= 5_900, "6 ms: the law is remembered as 5"
        assert at - last <= 5_000, "and immediately before"
    bench.bench.clean()


def test_nothing_is_sent_while_somebody_else_is_on_the_channel():
    for span_ms in (30, 400, 3_000):
        bench = LoraBench()
        bench.chance = 30_000
        bench.run(100)
        start, end = occupy(bench, span_ms)
        bench.run(15)
        asked = bench.ms()
        bench.send(urgent=True)
        found = listenings(bench.log)
        assert len(found) == 1
        at, first, last = found[0]
        assert not start <= at < end and first >= end, (start, end, found)
        assert last - first >= 5_900
        assert bench.law.refused[OCCUPIED] >= 1
        reason, when, again = bench.port.refusal
        assert reason == OCCUPIED and asked <= when <= end // 1000 + 10 and again > when
        assert (OCCUPIED, bench.law.refused[OCCUPIED]) in bench.port.report()["refused"]
        assert at - end < 1_500_000, "once it is free it does not take long"
        bench.bench.clean()


def test_who_is_below_the_threshold_does_not_matter():
    bench = LoraBench()
    bench.run(100)
    _, end = occupy(bench, 5_000, rssi_dbm=-66)
    bench.run(15)
    ((start_ms, _),) = bench.send()
    assert start_ms * 1000 < end and not bench.law.refused[OCCUPIED]


def test_somebody_who_begins_while_it_listens_is_heard():
    for late_us in range(500, 6_500, 1_500):
        bench = LoraBench()
        bench.run(100)
        begin = bench.bench.now_us + 1_000 + late_us
        air = Air(922_100_000, 7, 125_000, 1, False, 0x1424, 8, True, True, 14)
        bench.radio.chip.incoming(air, begin, begin + 60_000, -50)
        bench.send()
        at, _, last = listenings(bench.log)[0]
        assert last < begin or at >= begin + 60_000, late_us


def test_another_channel_is_taken_where_one_is_occupied():
    bench = LoraBench(channels=(0, 1, 2))
    bench.run(100)
    occupy(bench, 20_000)
    bench.run(15)
    began = bench.ms()
    for chance in (1, 30_000, 60_000, 10_000):
        bench.chance = chance
        bench.port.send(up(), bench.ms())
        while bench.port._frame is not None:
            bench.chance = (bench.chance + 25_000) % 65_536
            bench.run(5)
    assert bench.ms() - began < 3_000
    assert {air.frequency_hz for _, _, air, _ in bench.frames()} <= {922_299_999, 922_500_000}, "the chip's own raster"


def test_fifty_milliseconds_pass_between_two_transmissions():
    bench = LoraBench(channels=(0, 1))
    for number in range(10):
        bench.send(urgent=number % 2 > 0)
        bench.port._hold_ms = 0
    frames = bench.frames()
    assert len(frames) == 15
    pauses = [later[0] - earlier[1] for earlier, later in zip(frames, frames[1:])]
    assert min(pauses) >= 50, pauses
    assert bench.law.refused[PAUSE] == 0, "the port does not ask in vain"


def test_nothing_is_sent_in_the_pause_after_a_boot():
    bench = LoraBench()
    began = bench.ms()
    ((start, _),) = bench.send(urgent=True)
    assert start - began >= 50


def test_the_back_off_grows_and_lets_the_loop_go_on():
    bench = LoraBench()
    bench.chance = 65_535
    bench.run(100)
    occupy(bench, 60_000)
    bench.run(15)
    bench.port.send(up(), bench.ms())
    bench.run(50_000)
    tries = sum([1 for earlier, later in zip(bench.log, bench.log[1:]) if earlier[1] == SET_RX and later[1] == RSSI])
    assert 30 <= tries <= 60, tries
    assert tries * 7 < 0.01 * 50_000


def test_a_used_up_band_is_waited_for_and_an_alarm_still_goes():
    """EU868, 1 %: history may use three quarters of an hour's airtime, and leaves the rest to alarms."""
    bench = LoraBench("EU868", channels=(0, 1, 2), rates=(5, 5), ledger=Ledger(bytes(2 * 61 * 3)), count=1)
    sent = 0
    while not bench.law.refused[QUOTA]:
        assert bench.run(5_000, lambda: bench.port.free(bench.ms()) or bench.law.refused[QUOTA] > 0)
        if bench.port.free(bench.ms()):
            bench.port.send(up(size=200), bench.ms())
            sent += 1
    used, allowed = bench.law.report(bench.ms())[0]
    assert 0.72 * allowed < used <= 0.75 * allowed and sent > 70
    assert bench.port.refusal[0] == QUOTA and bench.port.refusal[2] - bench.ms() > 1_000_000
    assert not bench.port.free(bench.ms())
    assert len(bench.send(urgent=True, span_ms=2_000)) == 2


def test_another_band_is_taken_where_one_is_used_up():
    ledger = Ledger(bytes(2 * 61 * 3))
    bench = LoraBench("EU868", channels=(0, 3), rates=(5, 5), ledger=ledger, count=1)
    bench.law._quotas[0].book(0, 36_000, bench.ms())
    for chance in (0, 40_000):
        bench.chance = chance
        bench.send()
        assert bench.frames()[-1][2].frequency_hz // 1000 in (867_099, 867_100)
