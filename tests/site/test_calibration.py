"""A calibration that is overdue, or soon is, is warned of; the site works all the same."""

import datetime

import pytest
from gilmok_site import Key, Keys, check, compile_node, parse_site
from gilmok_site.calibration import SOON_DAYS, calibration_warnings
from site_cases import EXAMPLE, FILE
from site_snapshots import check_sections

DUE = datetime.date(2027, 3, 1)
CERTIFIED = EXAMPLE + 'calibration = { certificate = "KR26-0123", date = 2026-03-01, due = 2027-03-01 }\nserial = "A-7"\n'
DAYS = {"due today": 0, "due tomorrow": 1, "due within a month": SOON_DAYS, "overdue since yesterday": -1, "long overdue": -400}


def warnings_on(day):
    return calibration_warnings(parse_site(CERTIFIED, FILE), day)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_warnings(tmp_path, monkeypatch, lang):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text(CERTIFIED, encoding="utf-8")
    texts = {}
    for name, days in DAYS.items():
        printed = []
        assert check.main(FILE, lang, printed.append, today=DUE - datetime.timedelta(days)) == 0
        assert printed[0] == check.report(parse_site(CERTIFIED, FILE), lang)
        texts[name] = printed[1]
    check_sections(f"warnings.{lang}.txt", texts)


def test_who_has_time_is_left_alone(tmp_path):
    assert warnings_on(DUE - datetime.timedelta(SOON_DAYS + 1)) == []
    path = tmp_path / FILE
    path.write_text(CERTIFIED, encoding="utf-8")
    printed = []
    assert check.main(path, "en", printed.append, today=datetime.date(2026, 4, 1)) == 0
    assert len(printed) == 1


def test_the_clock_of_the_computer_is_asked_where_no_day_is_given(tmp_path):
    path = tmp_path / FILE
    path.write_text(CERTIFIED.replace("2026", "1999").replace("2027", "2000"), encoding="utf-8")
    printed = []
    check.main(path, "en", printed.append)
    assert "ran out on 2000-03-01" in printed[1]


def test_a_warning_stands_at_its_certificate():
    (warning,) = warnings_on(DUE)
    assert warning.line == CERTIFIED.splitlines().index(CERTIFIED.splitlines()[-2]) + 1
    assert warning.key == "node.bridge-n.sensor.deck.calibration"


def test_the_model_keeps_certificate_and_serial():
    deck = parse_site(CERTIFIED, FILE).node["bridge-n"].sensor["deck"]
    assert (deck.serial, deck.calibration.certificate, deck.calibration.due) == ("A-7", "KR26-0123", DUE)


def test_a_swapped_instrument_keeps_the_nodes_history():
    """What a node reads does not change with it: the same stream goes on, under the same configuration."""
    swapped = CERTIFIED.replace("A-7", "B-9").replace("KR26-0123", "KR27-0001")
    first, second = (parse_site(text, FILE) for text in (CERTIFIED, swapped))
    keys = Keys(1, {first.device_of(node): Key(bytes(16)) for node in first.node})
    assert all(compile_node(first, keys, node) == compile_node(second, keys, node) for node in first.node)
    assert second.node["bridge-n"].sensor["deck"].serial == "B-9"
