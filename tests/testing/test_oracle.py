"""The oracle is not to be trusted untested: whatever is done to a store behind everyone's back, it must see."""

import sqlite3
from contextlib import closing

import pytest
from gilmok_node.flash.log import Log


@pytest.fixture
def drained(street):
    """A street whose records are all stored, its collector dead and its database open to abuse."""
    street.node("a")
    street.run("5 min")
    street.drain()
    street.check()
    street.collector.kill()
    return street


def abuse(street, *statements):
    """Change the database as nothing of ours does."""
    with closing(sqlite3.connect(street.collector.url.removeprefix("sqlite:"))) as database:
        for statement in statements:
            assert database.execute(statement).rowcount >= 1, statement
        database.commit()
    street.schedule.steps += 1  # the census is kept as long as nothing happens
    return street.census()


def test_a_record_that_is_gone_is_lost(drained):
    census = abuse(drained, "DELETE FROM record WHERE stream = 3 AND seq = 7")
    assert (census.lost, census.duplicated, census.changed) == (1, 0, 0)
    with pytest.raises(AssertionError, match=r"stream 3 record 7 \(boot 1, [0-9]+ ms\)(.|\n)*seed"):
        drained.check()


def test_a_record_whose_value_differs_is_changed_and_its_own_lost(drained):
    census = abuse(drained, "UPDATE record SET c0 = c0 + 1 WHERE stream = 3 AND seq = 7")
    assert (census.lost, census.duplicated, census.changed) == (1, 0, 1)


def test_a_record_stored_under_another_number_is_changed(drained):
    census = abuse(
        drained,
        "UPDATE record SET seq = seq + 1000 WHERE stream = 3 AND seq = (SELECT MAX(seq) FROM record WHERE stream = 3)",
        "UPDATE batch SET count = count + 1001 WHERE id = (SELECT MAX(id) FROM batch WHERE stream = 3)",
    )
    assert census.changed == 1 and census.lost == 1


def test_a_record_under_two_log_ids_is_stored_twice(street):
    node = street.node("a")
    street.run("3 min")
    image = node.flash_image()
    street.run("1 min")
    node.restore_image(image)  # forks, so that the device has two log ids
    street.run("2 min")
    street.drain()
    street.check()
    street.collector.kill()
    columns = "device, {}, stream, first, count, width, boot, start_ms, end_ms, period_ms, received_ms"
    child = "(SELECT MAX(log) FROM log WHERE parent <> 0)"
    census = abuse(
        street,
        "INSERT INTO record SELECT device, {}, stream, seq, uptime_ms, {} FROM record WHERE stream = 3 AND seq = 2".format(
            child, ", ".join(f"c{index}" for index in range(16))
        ),
        f"INSERT INTO batch ({columns.format('log')}) SELECT {columns.format(child)} FROM batch WHERE stream = 3 AND first = 0",
    )
    assert census.duplicated >= 1


def test_a_gap_does_not_excuse_what_a_log_still_holds(drained):
    census = abuse(
        drained,
        "DELETE FROM record WHERE stream = 3 AND seq >= 5",
        "UPDATE settled SET past = 5 WHERE stream = 3",
        "INSERT INTO settled (device, log, stream, kind, first, past) SELECT device, log, 3, 1, 5, 100000 FROM log",
    )
    assert census.lost > 0 and census.gaps == 0


def test_an_acknowledgement_that_nothing_was_committed_for_is_seen(street, monkeypatch):
    node = street.node("a")
    street.run("2 min")
    monkeypatch.setattr(street.collector.store, "commit", lambda commit: None)
    street.run("5 min")
    assert street.census().lost > 10
    assert node.backlog < 40


def test_a_log_that_forgets_what_it_synced_is_seen(street):
    node = street.node("a")
    node.line.cut()
    street.run("5 min")
    chip = node.device.records
    for block in range(1, chip.blocks):
        chip.ioctl(6, block)
    data = bytearray(chip.block_size)
    chip.readblocks(0, data)
    chip.ioctl(6, 0)
    chip.writeblocks(0, data[: len(data) // 16], 0)
    log = Log(*node.device.image())
    log.mount()
    assert street.census().lost > 0
