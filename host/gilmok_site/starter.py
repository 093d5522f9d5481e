"""A new site file on top of a profile: what a site has to say itself, and as comments what people usually change."""

import json
import re
from typing import Any

from .device import derive_device, format_device
from .errors import BadValue
from .fields import check_id
from .gather import PROFILES, Gathered, gather
from .options import Pair
from .report import padded
from .rule import LEVELS
from .source import Source

# Keys of a profile that only a survey on site can know: they stand in the file, not as comments.
_SURVEY: dict[str, Pair] = {
    "height": ("CHANGE: sensor face above the datum's zero, levelled", "수정: 기준면 영점에서 센서 면까지의 높이, 수준측량"),
    "at_4ma": ("CHANGE: what 4 mA means here", "수정: 이 현장에서 4 mA의 값"),
    "at_20ma": ("CHANGE: what 20 mA means here", "수정: 이 현장에서 20 mA의 값"),
    "stroke_um": ("CHANGE: electrical stroke of this gauge", "수정: 이 계기의 전기적 행정"),
    "shunt_mohm": ("CHANGE: the shunt on this board", "수정: 이 보드의 션트 저항"),
}
_DATUM: Pair = ('CHANGE; surveyed: elevation = "12.40 m" beside the name', '수정. 측량 후 이름 옆에 elevation = "12.40 m"')

# driver: what is found out for one instrument, as (key, example, text).
_CELL: Pair = ("as on this cell's certificate; without it only voltages", "이 셀의 성적서 값, 없으면 전압만 기록")
_BESIDE: Pair = ("from weeks beside a national station", "국가측정망과 몇 주 나란히 측정한 뒤")
_DRIFT: Pair = ("10^-6 degrees per °C, from weeks of still weather", "10^-6도/°C, 움직임 없는 몇 주의 기록에서")
_FOUND: dict[str, tuple[tuple[str, Any, Pair], ...]] = {
    "gas_cell": (("we_zero_uv", 295000, _CELL), ("ae_zero_uv", 290000, _CELL), ("sensitivity", 240000, _CELL)),
    "sps30": (("slope", {"pm2_5": 0.92}, _BESIDE), ("offset", {"pm2_5": 1.5}, _BESIDE)),
    "sps30_uart": (("slope", {"pm2_5": 0.92, "pm10": 0.95}, _BESIDE), ("offset", {"pm2_5": 1.5, "pm10": 2.0}, _BESIDE)),
    "tilt": (("drift_x", 300, _DRIFT), ("drift_y", -200, _DRIFT)),
}
# What people change of any instrument, with the profile's own value.
_USUAL = ("pin", "address", "unit", "sdi12_address", "tip_um", "invert", "every", "mean", "report")
_CERTIFICATE = '{ certificate = "KR26-0123", date = 2026-03-01, due = 2027-03-01 }'

_TEXTS: dict[str, Pair] = {
    "head": (
        "{title}: made by `gilmok new --profile {profile}`.\n"
        "# What is not said here is as in the profile; what is said here overrides it, key by key.\n"
        "# Lines with CHANGE are yours to fill in; lines that begin with # are examples: take the # away to use one.",
        "{title}: `gilmok new --profile {profile}`로 만든 파일.\n"
        "# 여기에 없는 것은 프로필의 값을 따르고, 여기에 쓴 것은 키마다 프로필보다 우선합니다.\n"
        "# '수정' 줄은 현장에 맞게 고치십시오. #으로 시작하는 줄은 예입니다. 쓰려면 #을 지우십시오.",
    ),
    "id": (
        "names it in the store; device addresses come from it: never change it later",
        "저장소의 이름이자 장치 주소의 근거: 나중에 바꾸지 마십시오",
    ),
    "name": ("CHANGE: as people call the place", "수정: 현장에서 부르는 이름"),
    "keys": ("where the devices' keys are", "장치 키 파일의 위치"),
    "store": ("beside this file; or postgresql://gilmok@db.example/gilmok", "이 파일 옆; 또는 postgresql://gilmok@db.example/gilmok"),
    "link": ("CHANGE: the port; or serial:usb=10C4:EA60:0001", "수정: 포트; 또는 serial:usb=10C4:EA60:0001"),
    "link2": ("a serial server on a pole, for the next node", "다음 노드용: 전주의 시리얼 서버"),
    "position": ("latitude, longitude", "위도, 경도"),
    "device": ("its address now; keep it when site or node is renamed", "지금의 주소, 사이트나 노드 이름을 바꿀 때 그대로 두십시오"),
    "serial": ("which instrument it is", "계기의 일련번호"),
    "calibration": ("`gilmok check` warns before it is due", "기한 전에 gilmok check가 알림"),
    "rule": ("when it begins and ends", "시작과 해제 기준"),
    "plan": ("CHANGE: as the site's plan says", "수정: 현장의 계획에 따름"),
    "output": ("another pin", "다른 핀"),
    "more": ("Another node of the same kind:", "같은 종류의 노드 추가:"),
}
_COMMENT_COLUMN = 60


def starter(profile: str, site_id: str, lang: str) -> str:
    """Return the text of a site file that extends `profile`, with comments in Korean where `lang` is "ko"."""
    writer = _Writer(lang)
    raw = read_profile(profile).raw
    title = raw["site"]["name"]
    writer.line("# " + writer.text("head").format(title=title[lang], profile=profile))
    writer.table("site")
    writer.pair("id", site_id, "id")
    writer.pair("name", title, "name")
    writer.pair("extends", profile)
    writer.pair("keys", f"{site_id}.keys.toml", "keys", example=True)
    writer.table("store")
    writer.pair("url", f"sqlite:{site_id}.db", "store")
    writer.table("link.usb")
    writer.pair("url", "serial:/dev/ttyUSB0?baud=921600", "link")
    writer.table("link.pole", example=True)
    writer.pair("url", "socket://10.20.0.7:4001?baud=115200", "link2", example=True)
    for number, (name, node) in enumerate(raw["node"].items()):
        _write_node(writer, site_id, name, node, first=number == 0)
    for name in raw.get("template", {}):
        writer.line("\n# " + writer.text("more"))
        writer.line(f'# [node.{name}-3]\n# template = "{name}"')
    return writer.done()


def read_profile(profile: str) -> Gathered:
    """Return the tables of a profile, its templates filled in."""
    path = PROFILES / f"{profile}.toml"
    return gather(Source(path.as_posix(), path.read_text(encoding="utf-8")))


def site_id_of(stem: str) -> str:
    """Return the id that a file's name suggests.

    Raises: BadValue where it has no letter or digit of ASCII, or too many.
    """
    name = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")
    if not name:
        raise BadValue("id", name=stem, longest=32)
    return check_id(name)


def _write_node(writer: "_Writer", site_id: str, name: str, node: dict[str, Any], first: bool) -> None:
    writer.table(f"node.{name}")
    writer.pair("link", "usb" if first else "pole", example=not first)
    writer.pair("name", node["name"], example=True)
    writer.pair("position", [37.4702, 127.0384], "position", example=True)
    writer.pair("device", format_device(derive_device(site_id, name)), "device", example=True)
    if "datum" in node:
        writer.pair("datum", node["datum"], _DATUM)
    for sensor_name, sensor in node["sensor"].items():
        _write_sensor(writer, f"node.{name}.sensor.{sensor_name}", sensor)
    for output_name, output in node.get("output", {}).items():
        writer.table(f"node.{name}.output.{output_name}")
        writer.pair("pin", output["pin"], "output", example=True)
    for rule_name, rule in node.get("rule", {}).items():
        _write_rule(writer, f"node.{name}.rule.{rule_name}", rule, node)


def _write_rule(writer: "_Writer", table: str, rule: dict[str, Any], node: dict[str, Any]) -> None:
    """Write the levels: live where only a survey on site knows what the sensor's values mean, else as examples."""
    levels = {level: rule[level] for level in LEVELS if level in rule and "watch" in rule}
    sensor = node["sensor"].get(str(rule.get("watch")).partition(".")[0], {})
    is_surveyed = any(key in sensor for key in _SURVEY)
    if levels:
        writer.table(table)
    for level, step in levels.items():
        own = {key: value for key, value in step.items() if key != "outputs"}
        writer.pair(level, own, "plan" if is_surveyed else "rule", example=not is_surveyed)


def _write_sensor(writer: "_Writer", table: str, sensor: dict[str, Any]) -> None:
    """Write the figures of a survey, then as examples what is found out later and what people change.

    The table's head is no example: a key whose # was taken away must not fall into the table before.
    """
    writer.table(table)
    for key, text in _SURVEY.items():
        if key in sensor:
            writer.pair(key, sensor[key], text)
    for key, value, text in _FOUND.get(sensor["driver"], ()):
        writer.pair(key, value, text, example=True)
    for key in _USUAL:
        if key in sensor:
            writer.pair(key, sensor[key], example=True)
    if sensor["driver"] != "contact":
        writer.pair("serial", "A-1234", "serial", example=True)
        writer.line(writer.commented(f"# calibration = {_CERTIFICATE}", writer.text("calibration")))


class _Writer:
    """Lines of TOML, their comments in one language."""

    def __init__(self, lang: str):
        self._korean = lang == "ko"
        self._lines: list[str] = []

    def text(self, text: str | Pair) -> str:
        """Return a text, given by its code or itself, in the language."""
        return (_TEXTS[text] if isinstance(text, str) else text)[self._korean]

    def line(self, line: str) -> None:
        """Add a line."""
        self._lines.append(line)

    def table(self, name: str, example: bool = False) -> None:
        """Begin a table."""
        self.line(f"\n{'# ' * example}[{name}]")

    def pair(self, key: str, value: Any, text: str | Pair = "", example: bool = False) -> None:
        """Add a key, its value and why."""
        shown = f"{value:#04x}" if key == "address" else format_value(value)
        self.line(self.commented(f"{'# ' * example}{key} = {shown}", self.text(text) if text else ""))

    def commented(self, line: str, text: str) -> str:
        """Return a line with a comment, in its column where there is room."""
        return f"{padded(line, _COMMENT_COLUMN)}  # {text}" if text else line

    def done(self) -> str:
        """Return all lines as one text."""
        return "\n".join(self._lines) + "\n"


def format_value(value: Any) -> str:
    """Return a value of a profile as TOML writes it in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {format_value(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
