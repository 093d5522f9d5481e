"""A log, a file or a pin that fails neither stops the judging nor holds up an output."""

import os
import stat
from types import SimpleNamespace

import pytest
from gilmok.street import Street
from gilmok_node.flash.log import LogError
from gilmok_node.linux.board import SyncedKeep
from gilmok_node.measure.sampler import Sampler
from gilmok_rules import lifecycle as life
from gilmok_site.rules import id_of
from support.ruled import give, output, rule, step

RIVER, BRIDGE = 3, 1  # places among the sensors of a node with all of them, which are in the order of their names
FLOOD = rule("flood", step(3, 1800, 2000, targets=[0], quantity=8, on_ms=20_000), source=(0, RIVER, 0))
QUIET = rule("quiet", step(1, 1_000_000, 1_000_000), source=(0, BRIDGE, 0))
SIREN = output("siren", pin=32)
AUTHOR = "duty officer"


@pytest.fixture
def gate(tmp_path):
    street = Street(3, folder=tmp_path)
    node = street.node("gate", sensors="all", mounted=3.0)
    give(node, rules=[FLOOD, QUIET], outputs=[SIREN])
    node.set(level=0.5)
    street.run("30 s")
    node.run = street.run
    yield node
    street.close()


def refuse(*arguments, **options):
    raise LogError("worn out")


def test_alarms_are_judged_and_outputs_act_without_a_log(gate):
    gate.machine.node.log.append = refuse
    gate.set(level=1.5)
    gate.run("40 s")
    assert gate.machine.node.log_faults > 4
    assert gate.output("siren").commanded == "on"
    gate.set(level=0.5)
    gate.run("25 s")
    assert gate.output("siren").commanded == "off"


def test_what_waits_for_a_log_that_is_gone_has_an_end(gate):
    alarms = gate.machine.node.alarms
    gate.machine.node.log.append = refuse
    flood = alarms.judge.ids.index(id_of("flood"))
    for now_ms in range(1000):
        alarms.on_alarm(flood, 0, now_ms, None, None, 0)
    assert len(alarms._pending) == 128 and alarms._pending[-1][2][4] == 999  # the newest say how it stands
    del gate.machine.node.log.append
    gate.run("5 s")
    assert not alarms._pending


def test_a_command_whose_effect_cannot_be_kept_stops_nothing(gate):
    node = gate.machine.node
    kept, node.alarms._keep.save = node.alarms._keep.save, refuse_to_write
    session = node.session
    results = []
    session.result = lambda *result: results.append(result)
    node._on_event(("command", 5, "test", [AUTHOR, 1 << 40, id_of("siren"), 5]), node.now())
    node._on_event(("command", 6, "maintain", [AUTHOR, 1 << 40, 600]), node.now())
    assert results == []  # not done as far as a restart would know
    assert gate.output("siren").commanded == "off"
    node.alarms._keep.save = kept
    node._on_event(("command", 6, "maintain", [AUTHOR, 1 << 40, 600]), node.now())
    assert [number for number, *_ in results] == [6]


def refuse_to_write(data):
    raise OSError(28, "no space left")


def test_only_what_has_changed_is_kept(gate):
    node = gate.machine.node
    written = []
    node.alarms._keep.save = written.append
    node.alarms.note(node.alarms.alarm_recorder, node.now(), (0,) * 9)  # a record like those of detectors
    gate.run("5 s")
    assert written == []
    gate.set(level=1.5)
    gate.run("40 s")
    assert len(written) == 1


def test_an_output_that_cannot_be_moved_holds_up_no_other(gate):
    alarms = gate.machine.node.alarms
    moved = []

    def broken(level=None):
        raise OSError(5, "expander does not answer")

    give(
        gate,
        rules=[rule("flood", step(3, 1800, 2000, targets=[0, 1], quantity=8), source=(0, RIVER, 0))],
        outputs=[SIREN, output("bell", pin=33)],
    )
    alarms = gate.machine.node.alarms
    pin, alarms.outputs[0]._pin = alarms.outputs[0]._pin, broken
    gate.set(level=1.5)
    gate.run("15 s")
    assert gate.output("bell").commanded == "on"
    alarms.outputs[0]._pin = lambda level: moved.append(level) or pin(level)
    gate.run("2 s")
    assert moved[:1] == [1]  # and it is tried again


def test_an_active_alarm_measures_faster_behind_a_restart_too(gate):
    paces = []
    from gilmok_node import assembly

    make = assembly.Assembly._make_hurry
    assembly.Assembly._make_hurry = lambda self, samplers: lambda source, on: paces.append((source, on))
    try:
        gate.set(level=1.5)
        gate.run("40 s")
        gate.reboot()
        assert (RIVER, True) in paces
    finally:
        assembly.Assembly._make_hurry = make


def test_an_output_that_is_well_behind_a_restart_ends_its_alarm(gate):
    jam = rule("jam", step(3, 1, 1), source=(3, 0))
    flood = rule("flood", step(3, 1800, 2000, targets=[0], quantity=8), source=(0, RIVER, 0))
    give(gate, rules=[flood, jam], outputs=[output("barrier", pin=33, inputs=[(0, 34, 1), (1, 35, 1)], confirm_ms=15_000)])
    gate.output("barrier").take(20)
    gate.set(level=1.5)
    gate.run("40 s")
    gate.set(level=0.5)
    alarms = gate.machine.node.alarms
    jammed = alarms.judge.ids.index(id_of("jam"))
    while not alarms.judge.levels[jammed]:  # it is wanted back, and takes 20 s
        gate.run("1 s")
    gate.power_cut()
    gate.power_on()
    gate.run("40 s")
    alarms = gate.machine.node.alarms
    assert alarms.outputs[0].output.confirmed == alarms.outputs[0].output.commanded == 0
    assert not alarms.judge.levels[jammed]


def test_an_alarm_whose_rule_is_gone_is_told_to_be_over(gate):
    gate.set(level=1.5)
    gate.run("40 s")
    give(gate, rules=[QUIET], outputs=[SIREN])
    gate.run("10 s")
    with gate._street.store.open() as store:
        told = [record.values for record in store.records(stream="alarm") if record.values[0] == id_of("flood")]
    assert told[-1][1:4] == (life.CLEAR, life.NORMAL, 0)
    gate.reboot()
    gate.run("10 s")
    with gate._street.store.open() as store:
        assert len([None for record in store.records(stream="alarm") if record.values[0] == id_of("flood")]) == len(told)  # once


def test_what_is_kept_is_on_the_disk_under_its_name(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(stat.S_ISDIR(os.fstat(file).st_mode)) or fsync(file))
    SyncedKeep(str(tmp_path / "keep")).save(b"alarms")
    assert synced == [False, True] and (tmp_path / "keep").read_bytes() == b"alarms"


def test_a_rule_that_chatters_wears_no_flash_and_a_single_alarm_is_kept_at_once(gate):
    node = gate.machine.node
    saves, save = [], node.alarms._keep.save
    node.alarms._keep.save = lambda data: saves.append(gate.now_us) or save(data)
    width = len(node.samplers[BRIDGE].channels)
    gate.run("15 s")
    saves.clear()
    began_us = gate.now_us
    for second in range(60):
        node.alarms.take(BRIDGE, node.now(), [2_000_000 * (second % 2)] * width)
        gate.run("1 s")
    assert saves[0] - began_us <= 2_000_000
    assert 5 <= len(saves) <= 8


def test_a_board_that_keeps_nothing_is_not_polled_for_it(gate):
    node = gate.machine.node
    node.alarms._keep = None
    node.alarms.take(BRIDGE, node.now(), [2_000_000] * len(node.samplers[BRIDGE].channels))
    assert node.alarms.poll(node.now()) > node.now()


def test_a_sampler_goes_on_behind_a_record_that_failed():
    taken = []

    def append(tick, values):
        taken.append(tick)
        raise LogError("worn out")

    driver = SimpleNamespace(CHANNELS=(("x", "1", 0),), begin=lambda now: 0, start=lambda now: 0, read=lambda now: (1,))
    sampler = Sampler("x", driver, 1000, SimpleNamespace(append=append), None, lambda sampler, error: None)
    for now_ms in range(0, 3500, 500):
        try:
            sampler.poll(now_ms)
        except LogError:
            pass
    assert taken == [1000, 2000, 3000]
