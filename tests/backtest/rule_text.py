"""The Korean advisories of particulate matter, straight from the rule's text; written without a look at the Judge.

Source: Enforcement Rule of the Clean Air Conservation Act (대기환경보전법 시행규칙), table of advisories, as gyeongnam.go.kr and
air.daegu.go.kr quote it. "Hourly mean at or above A for two hours or more: advisory; hourly mean below B: cleared. At or above C for two
hours or more: warning; below D: it becomes an advisory."

What the text does not say: an hour without a mean neither raises nor clears. The two hours are two means with at most three such
hours between them, which is what a node does with readings that are missing.
"""

NOTHING, ADVISORY, WARNING = 0, 2, 3  # as levels: 주의보 is shown as caution, 경보 as alert

# pollutant: advisory from, cleared below, warning from, advisory again below
FIGURES = {"pm2_5": (75, 35, 150, 75), "pm10": (150, 100, 300, 150)}
MOST_UNKNOWN = 3


def stages(hours, figures):
    """Return [(hour, stage)] of each change; `hours` are (hour's number, mean or None) of every hour, in order."""
    advisory_from, cleared_below, warning_from, eased_below = figures
    stage, changes, before = NOTHING, [], []  # before: the known means since the last long hole, newest last
    unknown = 0
    for hour, mean in hours:
        if mean is None:
            unknown += 1
            if unknown > MOST_UNKNOWN:
                before = []
            continue
        unknown = 0
        two_hours = [*before[-1:], mean] if before else []
        now = stage
        if now == WARNING and mean < eased_below:
            now = ADVISORY
        if now == ADVISORY and mean < cleared_below:
            now = NOTHING
        if two_hours and all(each >= advisory_from for each in two_hours):
            now = max(now, ADVISORY)
        if two_hours and all(each >= warning_from for each in two_hours):
            now = WARNING
        if now != stage:
            changes.append((hour, now))
            stage = now
        before.append(mean)
    return changes
