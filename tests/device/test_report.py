"""What becomes a record: every reading, means over a window, or changes with a heartbeat."""

from gilmok_node.measure.report import Mean, OnChange, make_report


class Rows:
    def __init__(self):
        self.rows = []

    def append(self, tick, values):
        self.rows.append((tick, values))


def fed(report, readings):
    rows = Rows()
    reporter = make_report(report, rows)
    for tick, values in readings:
        reporter.append(tick, values)
    return rows.rows


def test_without_a_report_every_reading_is_a_record():
    rows = Rows()
    assert make_report(None, rows) is rows
    assert isinstance(make_report(["mean", 10], rows), Mean) and isinstance(make_report(["change", 10, [1]], rows), OnChange)


def test_means_end_with_their_window_and_carry_their_count():
    readings = [(tick, (tick, None)) for tick in range(10, 100, 10)]
    assert fed(["mean", 30], readings) == [(30, (20, None, 3)), (60, (50, None, 3)), (90, (80, None, 3))]


def test_missing_values_do_not_count():
    readings = [(10, (1, 5)), (20, (None, None)), (30, (4, 6)), (40, (None, None)), (50, (None, 7)), (60, (None, 8))]
    assert fed(["mean", 30], readings) == [(30, (3, 6, 2)), (60, (None, 8, 2))]
    assert fed(["mean", 30], [(30, (None, None))]) == [(30, (None, None, 0))]


def test_the_count_is_that_of_the_channel_that_had_fewest():
    assert fed(["mean", 20], [(10, (1, None)), (20, (3, 9))]) == [(20, (2, 9, 1))]


def test_a_window_that_lost_its_end_is_recorded_with_the_next():
    assert fed(["mean", 30], [(10, (4,)), (20, (6,)), (70, (9,)), (90, (11,))]) == [(30, (5, 2)), (90, (10, 2))]


def test_means_round_to_the_nearest():
    assert fed(["mean", 20], [(10, (-1,)), (20, (-2,))]) == [(20, (-1, 2))]
    assert fed(["mean", 20], [(10, (1,)), (20, (2,))]) == [(20, (2, 2))]


def test_directions_are_averaged_as_vectors():
    wind = ["mean", 20, [[0, 0]]]
    assert fed(wind, [(10, (350, 10)), (20, (20, 20))]) == [(20, (5, 15, 2))]
    assert fed(wind, [(10, (270,)), (20, (280,))]) == [(20, (275, 2))]
    assert fed(wind, [(10, (359,)), (20, (1,))])[0][1][0] in (0, 360 % 360)
    assert fed(wind, [(10, (90,)), (20, (270,))]) == [(20, (None, 2))]  # no direction at all
    assert fed(["mean", 20, [[1, -1]]], [(10, (0, 3590)), (20, (0, 30))]) == [(20, (0, 10, 2))]


def test_changes_are_recorded_and_the_heart_beats():
    readings = [(0, (100, 7)), (10, (104, 9)), (20, (105, 0)), (30, (101, 0)), (40, (100, 0)), (140, (100, 0)), (150, (100, 0))]
    assert fed(["change", 100, [5, None]], readings) == [(0, (100, 7)), (20, (105, 0)), (40, (100, 0)), (140, (100, 0))]


def test_a_slow_drift_is_a_change_too():
    readings = [(tick, (tick,)) for tick in range(20)]
    assert [tick for tick, _ in fed(["change", 1000, [6]], readings)] == [0, 6, 12, 18]


def test_coming_and_going_is_a_change():
    readings = [(0, (1,)), (10, (None,)), (20, (None,)), (30, (1,))]
    assert [tick for tick, _ in fed(["change", 1000, [5]], readings)] == [0, 10, 30]
