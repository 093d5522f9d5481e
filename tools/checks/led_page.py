"""Makes docs/led.md from the node's table of LED codes; run as `python -m checks.led_page`, checked by tests/checks."""

from checks.trees import ROOT
from gilmok_node.led import BLINK_MS, CODES, FAST, LONG, ON_MS, PERIOD_MS, STEADY

PAGE = ROOT / "docs" / "led.md"

# code: what it means and what to do; English, Korean.
TEXTS = {
    "booting": (
        ("it starts", "longer than 30 s: cut its power once; if it stays, write its configuration anew"),
        ("시작하는 중", "30초 넘게 계속되면 전원을 껐다 켜고, 그래도 같으면 설정을 다시 쓰십시오"),
    ),
    "alarm": (
        ("a rule has raised an alarm", "follow the site's plan; the light ends with the alarm"),
        ("경보 발령 중", "현장 대응 절차를 따르십시오. 경보가 풀리면 멈춥니다"),
    ),
    "maintenance": (
        ("maintenance: it records nothing", "end the maintenance before you leave"),
        ("점검 중: 기록하지 않음", "떠나기 전에 점검 상태를 끝내십시오"),
    ),
    "cannot_run": (
        ("it cannot run: configuration, driver or log unusable", "read the reason on its serial port"),
        ("실행할 수 없음: 설정, 드라이버 또는 로그를 쓸 수 없음", "시리얼 포트에서 원인을 확인하십시오"),
    ),
    "log_fault": (
        ("its log has failed: it measures and warns, but keeps nothing", "exchange the board; bring the old one back for its log"),
        ("로그 고장: 측정과 경보는 하지만 저장하지 못함", "보드를 교체하고, 떼어 낸 보드는 로그를 읽도록 가져오십시오"),
    ),
    "sensor_fault": (
        (
            "a sensor, or a gateway's radio, does not answer or gives nonsense",
            "its name is on the serial port (`status`); check plug and cable",
        ),
        (
            "센서, 또는 게이트웨이의 무선이 응답하지 않거나 값이 이상함",
            "시리얼 포트에서 `status`로 이름을 보고 커넥터와 케이블을 확인하십시오",
        ),
    ),
    "unanswered": (
        ("it measures; no collector answers yet", "check link, gateway and antenna; nothing is lost meanwhile"),
        ("측정 중이나 수집기가 응답하지 않음", "링크, 게이트웨이, 안테나를 확인하십시오. 그동안의 기록은 남아 있습니다"),
    ),
    "synchronised": (("all is well", "nothing"), ("정상", "조치할 것 없음")),
}

_HEAD = f"""\
# The status LED / 상태 표시등

<!-- Made by `python -m checks.led_page` from firmware/gilmok_node/led.py. -->

A short blink lasts {ON_MS} ms; the blinks of a group are {BLINK_MS} ms apart, and a group begins every {PERIOD_MS // 1000} s.
Where several things are true, the one higher up in the table is shown. Boards without an LED that the node can reach show nothing
(`boards/*.toml`, `[led]`); an LED that stays dark means no power, or a configuration that cannot be read.

짧은 점멸은 {ON_MS} ms이고 한 묶음 안의 간격은 {BLINK_MS} ms이며, 묶음은 {PERIOD_MS // 1000}초마다 되풀이됩니다.
여러 상태가 겹치면 표에서 위에 있는 것을 표시합니다. 제어할 수 있는 표시등이 없는 보드도 있습니다
(`boards/*.toml`의 `[led]`). 계속 꺼져 있으면 전원이 없거나 설정을 읽을 수 없는 것입니다.
"""
_SHOWN = {
    STEADY: ("steady light", "계속 켜짐"),
    LONG: ("one second on, one second off", "1초 켜짐, 1초 꺼짐"),
    FAST: ("fast flicker", "빠르게 깜박임"),
}
_HEADINGS = (("LED", "means", "do"), ("표시등", "뜻", "할 일"))


def page() -> str:
    """Return the text of docs/led.md."""
    tables = ["\n".join(_rows(number)) for number in (0, 1)]
    return "\n".join([_HEAD, *(f"{table}\n" for table in tables)])


def _rows(language: int):
    first, *rest = _HEADINGS[language]
    yield f"| {first} | {' | '.join(rest)} |"
    yield "|---|---|---|"
    for code, blinks in CODES:
        shown = _SHOWN[blinks][language] if blinks <= 0 else _count(blinks, language)
        yield f"| {shown} | {' | '.join(TEXTS[code][language])} |"


def _count(blinks: int, language: int) -> str:
    if language:
        return f"짧게 {blinks}번"
    return f"{blinks} short blink{'s' if blinks > 1 else ''}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
