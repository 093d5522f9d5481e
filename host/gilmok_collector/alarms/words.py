"""The words for alarms in English and Korean, and the colours of their levels; the command line and notices use the same.

An alarm is acknowledged by a person (확인). That the store acknowledged a record is another thing, and nothing here is about it.
"""

from __future__ import annotations

# Each entry: (English, Korean).
LEVELS = (("normal", "정상"), ("attention", "관심"), ("caution", "주의"), ("alert", "경계"), ("serious", "심각"))
# Those of the levels of the national crisis alert (국가위기경보), as terminals name them.
COLOURS = ("green", "blue", "yellow", "dark_orange", "red")

STATES = {
    "normal": ("normal", "정상"),
    "unacknowledged": ("unacknowledged", "미확인"),
    "acknowledged": ("acknowledged", "확인함"),
    "returned_unacknowledged": ("over, unacknowledged", "해제, 미확인"),
    "latched": ("over, to be reset", "해제, 복귀 필요"),
    "shelved": ("shelved", "보류"),
    "suppressed": ("explained by another alarm", "다른 경보에 포함"),
    "out_of_service": ("out of service", "운용 제외"),
}
EVENTS = {
    "raise": ("raised", "발생"),
    "escalate": ("escalated", "격상"),
    "ease": ("eased", "완화"),
    "clear": ("over", "해제"),
    "acknowledge": ("acknowledged", "확인"),
    "reset": ("reset", "복귀"),
    "shelve": ("shelved", "보류"),
    "unshelve": ("no longer shelved", "보류 끝"),
    "suppress": ("explained by another alarm", "다른 경보에 포함"),
    "unsuppress": ("no longer explained by another alarm", "다른 경보에서 분리"),
    "remove": ("taken out of service", "운용 제외"),
    "return": ("back in service", "운용 복귀"),
    "maintain": ("local maintenance", "현장 점검"),
    "resume": ("local maintenance is over", "현장 점검 끝"),
}
OUTPUT_EVENTS = {
    "commanded": ("commanded", "명령함"),
    "confirmed": ("confirmed", "작동 확인"),
    "doubted": ("commanded, not confirmed", "명령했으나 작동이 확인되지 않음"),
    "blocked": ("held back: somebody is in the way", "사람이 있어 멈춤"),
}
# States of a notice.
NOTICES = {
    "waiting": ("waiting", "대기"),
    "delivered": ("delivered", "전달됨"),
    "given up": ("given up", "전달하지 못함"),
    "suppressed": ("kept back during maintenance", "점검 중이라 보내지 않음"),
}
# Codes of gilmok_rules/README.md.
HEALTH = (
    ("good", "정상"),
    ("the driver reports a fault", "계기 고장"),
    ("out of range", "범위를 벗어남"),
    ("spikes", "튀는 값"),
    ("stuck", "값이 멈춤"),
    ("missing", "값이 없음"),
)
DURATIONS = ((86_400_000, " d", "일"), (3_600_000, " h", "시간"), (60_000, " min", "분"), (1000, " s", "초"), (1, " ms", "ms"))


def word(table: dict[str, tuple[str, str]], code: str, lang: str) -> str:
    """Return the word of a code, the code itself where a later release means something by it."""
    return table.get(code, (code, code))[lang == "ko"]


def level_word(level: int, lang: str) -> str:
    """Return the name of a level."""
    return LEVELS[max(0, min(level, 4))][lang == "ko"]


def duration(span_ms: int, lang: str) -> str:
    """Return a duration in the largest unit that needs no fraction: 30 s, 2시간."""
    for size_ms, english, korean in DURATIONS:
        if span_ms and span_ms % size_ms == 0:
            return f"{span_ms // size_ms}{korean if lang == 'ko' else english}"
    return "0초" if lang == "ko" else "0 s"


def about(span_ms: int, lang: str) -> str:
    """Return how long something is, in the unit that fits, rounded: a person reads it."""
    size_ms, english, korean = next((each for each in DURATIONS[:3] if span_ms >= 2 * each[0]), DURATIONS[3])
    return f"{round(span_ms / size_ms)}{korean if lang == 'ko' else english}"
