"""What a backtest says of a node's own history is what the node said when it was there."""

from gilmok.backtest.gather import gather
from gilmok.backtest.read_store import open_history
from gilmok.backtest.schedule import Schedule, merge
from gilmok.backtest.trial import Trial, run
from gilmok.street import Street
from support.ruled import give, rule, step

# The A02YYUW stands 3 m above the datum and measures a distance in mm: "below" is high water.
RULES = [rule("flood", step(2, 2200, 2300, quantity=8), step(3, 1800, 2000, quantity=8, on_ms=20_000))]
LEVEL = 3  # of an event: gilmok_rules/README.md


def test_a_backtest_of_the_store_gives_the_alarms_that_the_node_raised(tmp_path):
    street = Street(3, folder=tmp_path)
    try:
        gate = street.node("gate", mounted=3.0)
        give(gate, rules=RULES)
        gate.set(level=0.5)
        street.run("2 min")
        for level in ((0.5, 1.5), (1.5, 0.9), (0.9, 1.3), (1.3, 0.2), (0.2, 1.0)):
            gate.ramp(level=level, over="4 min")
            street.run("5 min")
        street.drain()
        with street.store.open() as store:
            told = [(record.unix_ms, record.values[LEVEL]) for record in store.records(stream="alarm")]
            (device,) = {progress.device for progress in store.summary()}
            name = next(sensor.name for sensor in gate.sensors)
            histories, _ = gather(open_history(store, device, None, None), [], {name: [("distance", "m", -3)]})
        period_ms = histories[name].period_ms()
        trial = Trial(RULES, [period_ms])
        run([trial], merge({0: Schedule(0, histories[name], period_ms)}))
        said = [(change.unix_ms, change.level) for episode in trial.episodes for change in episode.changes]
        said += [(episode.cleared_ms, 0) for episode in trial.episodes if episode.cleared_ms is not None]
        assert len(told) >= 6
        assert [level for _, level in sorted(said)] == [level for _, level in told]
        assert all(abs(ours - theirs) < period_ms for (ours, _), (theirs, _) in zip(sorted(said), told, strict=True))
    finally:
        street.close()
