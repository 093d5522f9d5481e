"""Every figure of the radio law names its source and how sure it is."""

from gilmok_site.radio_sources import MARKS, MEMORY, REASONS, SECONDARY, SOURCES, unsure
from gilmok_wire import radio_law
from gilmok_wire.regions import REGIONS


def test_every_region_has_a_source_for_each_figure_it_has():
    assert set(SOURCES) == set(REGIONS)
    for region, (_, _, quotas, dwell, pause, listen, hopping, *_) in REGIONS.items():
        wanted = {"channels", "rates", "sizes", "eirp", "rx2"}
        wanted |= {name for name, figure in (("dwell", dwell), ("pause", pause), ("listen", listen), ("hopping", hopping)) if figure}
        if quotas:
            wanted.add("occupancy" if quotas[0][3] else "duty")
        assert wanted <= set(SOURCES[region]), region
        assert all(source.mark in MARKS and len(source.where) > 10 for source in SOURCES[region].values())


def test_what_nobody_has_seen_is_marked():
    korea = unsure("KR920")
    assert korea["dwell"].mark == korea["pause"].mark == MEMORY and korea["listen"].mark == SECONDARY and "rx2" not in korea
    assert unsure("EU868")["bands"].mark == MEMORY and "occupancy" not in unsure("US915")


def test_every_reason_has_words_in_both_languages():
    assert sorted(REASONS) == list(range(radio_law.REASONS))
    assert all(len(words) == 2 and all(words) for words in REASONS.values())
