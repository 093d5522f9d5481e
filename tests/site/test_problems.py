"""Every mistake a person can make is named with file, line, key, value and remedy; the exact words are snapshots."""

import random
import re
import string
from dataclasses import replace

import pytest
from gilmok_site import check, examples, invalid, load_site, parse_site, tables
from gilmok_site.boards import load_board
from gilmok_site.errors import SiteError, language
from gilmok_site.lora import Air
from gilmok_site.messages import EXPECTED, MESSAGES, SUMMARY
from gilmok_site.sensor import OPTIONS_KEY
from gilmok_site.source import Source
from gilmok_site.wiring import check_wiring
from site_cases import CANAL, CANAL_CHANGES, CHANGES, DECK, EXAMPLE, FILE, GATES_CHANGES, TEXTS, changed, error_of
from site_drivers import catalogue_of_tests
from site_snapshots import GOLDEN, check_sections

# Keys, compiled configurations, certificates that run out, sites of several files, full heaps and overrides have their own tests.
ELSEWHERE = (
    "keys_|config_|file_unw|unknown_node|calibration_(over|soon)|profile|include_|template|csv_|heap_|override_|write_back_|"
    "output_idle|too_noisy|notify_|area_|vote_|gateway_|lora_|lorawan_|permit_|link_secrets|link_password|link_tls|power_|history_"
)

NAMES = [*CHANGES, *CANAL_CHANGES, *GATES_CHANGES, *TEXTS]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_messages(lang):
    check_sections(f"problems.{lang}.txt", {name: error_of(name).text(lang) for name in NAMES})


@pytest.mark.parametrize("name", CHANGES)
def test_first_problem_stands_where_the_file_was_changed(name):
    old, _ = CHANGES[name]
    first = EXAMPLE.count("\n", 0, EXAMPLE.index(old)) + 1
    line = error_of(name).problems[0].line
    if name not in ("device as derived", "toml: array left open", "missing table", "node behind a gateway"):  # said of another table
        assert line is not None
        before, after = EXAMPLE.splitlines(), changed(name).splitlines()
        table = max(number for number in range(1, first + 1) if after[number - 1].startswith("[") or number == 1)
        assert table <= line <= first + max(0, len(after) - len(before)) + old.count("\n")


def test_lines_of_windows_are_counted_alike():
    with pytest.raises(SiteError) as refused:
        parse_site(changed("board").replace("\n", "\r\n"), FILE)
    assert refused.value.text("en") == error_of("board").text("en")


def test_problems_come_in_the_order_of_the_file():
    lines = [problem.line for problem in error_of("problems of several parts, in the order of the file").problems]
    assert len(lines) > 1
    assert lines == sorted(lines)


FILES = {
    "no such file": ("yangjea.toml", None),
    "no such file, and none like it": ("other.toml", None),
    "a folder": (".", None),
    "not UTF-8, but of Korean Windows": ("cp949.toml", '# ok\nname = "양재천"'.encode("cp949")),
    "not UTF-8": ("latin.toml", b'# ok\nname = "\xfcber \xff\xfe"'),
}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_messages_of_files(tmp_path, monkeypatch, lang):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text(EXAMPLE, encoding="utf-8")
    texts = {}
    for name, (path, data) in FILES.items():
        if data is not None:
            (tmp_path / path).write_bytes(data)
        with pytest.raises(SiteError) as refused:
            load_site(path)
        texts[name] = refused.value.text(lang)
    check_sections(f"files.{lang}.txt", texts)


def test_boards_with_less():
    """Ours have every bus and enough pins; others will not."""
    site = parse_site(EXAMPLE.replace(DECK, DECK.replace("sensor.deck", "sensor.pier")), FILE)
    node = site.node["bridge-n"]
    bare = replace(load_board("esp32-devkitc"), buses={})
    texts = [each.text("en") for each in check_wiring(site.source, ("node", "bridge-n"), node, bare)]
    assert texts == ["yangjae.toml:74  node.bridge-n.sensor.pier.spi\n  esp32-devkitc has no spi, which adxl355 needs; use another board"]
    twice = node.model_copy(update={"sensor": {"deck": node.sensor["pier"], **node.sensor}})
    one_pin = replace(load_board("esp32-devkitc"), gpio=(4,))
    texts = [each.text("en") for each in check_wiring(site.source, ("node", "bridge-n"), twice, one_pin)]
    assert texts == [
        "yangjae.toml:75  node.bridge-n.sensor.pier.cs\n"
        "  GPIO 4 is wired to sensor.deck already (line 72) and esp32-devkitc has no pin for chip select left; use another board"
    ]


def test_pins_of_a_bus_are_taken():
    """Our boards keep their buses' pins apart from the others; one that does not is found out all the same."""
    board = replace(load_board("esp32-devkitc"), gpio=(18, 4), gpio_in=(34,), adc=(34, 35))
    with catalogue_of_tests():
        node = parse_site(CANAL + DECK.replace("bridge-n", "weir").replace("spi = 2\ncs = 4", "spi = 1\ncs = 0"), "canal.toml").node["weir"]
        changes = {"deck": {"spi": 2, "cs": 4}, "door": {"pin": 18}, "battery": {"pin": 4}}
        sensors = {name: node.sensor[name].model_copy(update=change) for name, change in changes.items()}

        def messages(*names):
            mixed = node.model_copy(update={"sensor": {name: sensors[name] for name in names}})
            return [each.message("en") for each in check_wiring(Source("a.toml", "[node.weir]"), ("node", "weir"), mixed, board)]

        assert messages("deck", "door") == ["GPIO 18 is wired to sensor.deck already (line 1); use another pin for an input, free are: 34"]
        assert messages("door", "deck") == [
            "spi 2 of esp32-devkitc needs GPIO 18, which is wired to sensor.door (line 1); use another pin there"
        ]
        assert messages("battery") == ["GPIO 4 cannot be used for an analogue input on esp32-devkitc; free pins: 34, 35"]


def test_the_pin_of_a_battery_gauge_is_one_for_it():
    """Boards with a divider on a pin keep it out of the free ones; a battery sensor is what it is for."""
    board = load_board("heltec-lora32-v3")
    with catalogue_of_tests():
        node = parse_site(CANAL, "canal.toml").node["weir"]
        for name, pin, wrong in (("battery", board.battery.adc, 0), ("door", board.battery.adc, 1)):
            sensor = node.sensor[name].model_copy(update={"pin": pin})
            mixed = node.model_copy(update={"sensor": {name: sensor}})
            assert len(list(check_wiring(Source("a.toml"), ("node", "weir"), mixed, board))) == wrong


def test_usual_settings_of_a_line_need_not_be_written():
    """One sensor of the line says them, the other does not: that is no difference, and -1 is no pin."""
    settings = 'baud = 19200\nparity = "even"\nde = 3\n'
    with catalogue_of_tests():
        sensors = parse_site(CANAL.replace(settings, "baud = 9600\nde = -1\n", 1).replace(settings, ""), "canal.toml").node["weir"].sensor
    assert (sensors["flow"].options["de"], sensors["pump"].options) == (-1, {})


def test_main_prints_problems_and_fails(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(changed("driver"), encoding="utf-8")
    printed = []
    assert check.main(path, "en", printed.append) == 1
    assert printed == [f'{path}:55  node.air-01.sensor.dust.driver\n  unknown driver "pms5OO3"; '
                       'did you mean "pms5003"?\n1 problem. Nothing was written.']  # fmt: skip


def test_every_message_of_the_site_file_is_met():
    """Those of ELSEWHERE have their own tests."""
    met = {problem.code for name in NAMES for problem in error_of(name).problems}
    met |= {"file_missing", "file_unreadable", "not_utf8", "cp949"}
    own = {code.removesuffix(".near") for code in MESSAGES if not re.match(ELSEWHERE, code)}
    # `invalid` is for what pydantic may yet say; `bus_none`, `bus_pin`, `pin_full` for boards with fewer buses and pins than ours
    assert own - met == {"invalid", "bus_none", "bus_pin", "pin_full"}


@pytest.mark.parametrize("code", MESSAGES)
def test_both_languages_say_the_same(code):
    fields = [sorted({field for _, field, _, _ in string.Formatter().parse(text) if field}) for text in MESSAGES[code]]
    assert fields[0] == fields[1]
    assert re.search("[가-힣]", MESSAGES[code][1])
    assert not re.search("[가-힣]", MESSAGES[code][0].replace("1번 출입구", ""))


def test_every_table_of_the_model_can_be_explained():
    """A key of the model without an example would be answered with half a sentence."""
    assert set(invalid._TABLES.values()) == {*tables.Table.__subclasses__(), *Air.__subclasses__()}
    own_message = {
        "name",
        "position",
        "every",
        "max_age",
        "alarm_every",
        "alarm_max_age",
        "health",
        "mean",
        OPTIONS_KEY,
    }  # these say themselves what they want
    keys = {
        f"{shape}.{field.alias or name}".lstrip(".")
        for shape, table in invalid._TABLES.items()
        for name, field in table.model_fields.items()
        if (field.alias or name) not in own_message
    }
    assert keys <= set(examples.EXAMPLES)


def test_tables_of_words_are_complete():
    assert set(SUMMARY) == {"en", "ko"}
    assert all(len(pair) == 2 for pair in EXPECTED.values())


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "", "LC_MESSAGES": "ko"}, "ko"),
        ({}, "en"),
    ],
)
def test_language_of_the_environment(monkeypatch, environment, expected):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language() == expected
    assert language("ko") == "ko"


@pytest.mark.parametrize("seed", range(12))
def test_only_site_errors_escape(seed):
    """Cut, double and exchange pieces of the example; whatever comes out is a site or a SiteError with words in it."""
    chance = random.Random(seed)
    pieces = re.findall(r"\s+|[\w.-]+|.", EXAMPLE)
    for _ in range(10):
        text = list(pieces)
        for _ in range(chance.randint(1, 6)):
            at, other = chance.randrange(len(text)), chance.randrange(len(text))
            text[at] = chance.choice(["", text[other], text[at] * 2, "0", '"', "[", "{", "=", "\n", "-1", "[key]", "x.y"])
        try:
            parse_site("".join(text), FILE)
        except SiteError as error:
            assert error.text("en"), seed
            assert error.text("ko"), seed


def test_snapshots_have_no_strays():
    expected = {
        "problems",
        "files",
        "report",
        "keys",
        "warnings",
        "several",
        "budget",
        "override",
        "write_back",
        "write_back_refused",
        "notify",
        "power",
    }
    assert {path.name.split(".")[0] for path in GOLDEN.glob("*.txt")} == expected
