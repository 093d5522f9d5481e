"""From a node's session over the air, a board gateway and its host to the store and back into the node's window."""

import pytest
from gilmok_collector.store import open_store
from gilmok_wire.windows import WINDOW_MS
from support.gateway_street import DEVICE, Street

RECORDS = 200


@pytest.mark.parametrize(("loss", "seed"), [(0, 1), (20, 2), (40, 3)])
def test_every_record_reaches_the_store_once(tmp_path, loss, seed):
    street = Street(tmp_path, open_store, seed, loss)
    try:
        node = street.node
        values = [street.dice.below(1 << 28) for _ in range(RECORDS)]  # as little like one another as may be: six in a frame
        for number, value in enumerate(values):
            node.log.append(0, 1000 + 250 * number, [value])
        while (node.session.phase == "greet" or node.session.backlog()) and street.air.now_ms < 900_000:
            street.turn()
        assert node.session.backlog() == 0, (loss, seed, street.air.now_ms)
        rows = [(record.seq, record.values) for record in street.store.rows(DEVICE, node.log.log_id, 0, 0, 1 << 30)]
        assert rows == [(number, (value,)) for number, value in enumerate(values)]
        assert street.engine.counters.readings >= RECORDS and (loss or street.engine.counters.readings == RECORDS)
        assert bool(street.lost) == bool(loss)
        first = [at for at in node.heard_ms if at < WINDOW_MS + 500]
        assert first and all(abs(at - WINDOW_MS) < 6 for at in first)
        assert loss or len(first) == len(node.heard_ms), "each answer in the first window"
        assert street.air.law.sent == len(street.air.sent()) == street.air.gateway.sent
        starts_ends = [frame[:2] for frame in street.air.sent()]
        assert all(later[0] - sooner[1] >= 50 for sooner, later in zip(starts_ends, starts_ends[1:], strict=False))
        street.air.bench.clean()
        print(f"loss {loss} % seed {seed}: {street.air.now_ms / 1000:.0f} s, {street.lost} lost, answers at {node.heard_ms}")
    finally:
        street.store.close()
