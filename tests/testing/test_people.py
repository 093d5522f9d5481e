"""People of a whole street are woken: real nodes, lines, collector and store on virtual time."""

from gilmok.street import Street
from gilmok_collector.alarms.names import id_of
from support.alarm_site import site_of

DUTY = '[notify.duty]\nurl = "https://duty.example.org/"\nlevels = "attention"\nrepeat = "10 min"\n'
THIRTY = [f"n{number:02}" for number in range(30)]
FLOOD = """
[node.p1-gate.rule.flood]
watch = "river.distance"
response = { ko = "차량 대피", en = "Move the cars" }
caution = { below = "2.2 m", clear = "2.3 m" }
alert = { below = "1.8 m", clear = "2.0 m", for = "20 s" }
"""


def street_of(tmp_path, site):
    street = Street.of_site(tmp_path / "site.toml", seed=3, folder=tmp_path)
    return street, street.wake(site)


def test_thirty_nodes_that_die_at_once_are_one_notice(tmp_path):
    more = DUTY.replace("10 min", "24 h") + '[area.riverside]\nname = "Riverside"\n'
    street, people = street_of(tmp_path, site_of(tmp_path, more, THIRTY, 'area = "riverside"\n'))
    street.run("4 min")
    assert people.steps("duty") == []
    for node in street.nodes.values():
        node.power_cut()
    street.run("6 min")
    assert people.steps("duty") == [("area.riverside/watch.silence", "raise", 0)]
    street.collector.kill()
    street.collector.start()
    street.run("10 min")
    assert len(people.heard["duty"]) == 1
    for node in street.nodes.values():
        node.power_on()
    street.run("3 min")
    assert people.steps("duty")[1:] == [("area.riverside/watch.silence", "clear", 0)]
    street.close()


def test_one_node_behind_a_cut_line_is_told_by_name(tmp_path):
    street, people = street_of(tmp_path, site_of(tmp_path, DUTY))
    street.run("3 min")
    street.link("p1-gate").cut()
    street.run("6 min")
    assert people.steps("duty") == [("p1-gate/watch.silence", "raise", 0)]
    street.link("p1-gate").mend()
    street.run("3 min")
    assert people.steps("duty")[1:] == [("p1-gate/watch.silence", "clear", 0)]
    street.check()
    street.close()


def test_a_flood_is_told_step_by_step_and_again_until_it_is_acknowledged(tmp_path):
    """The node judges, the collector tells: deaf for ten minutes, then each step once and in order."""
    street, people = street_of(tmp_path, site_of(tmp_path, FLOOD + DUTY))
    gate = street.nodes["p1-gate"]
    gate.set(distance=2.5)
    street.run("2 min")
    people.deaf.add("duty")
    gate.set(distance=2.1)
    street.run("1 min")
    gate.set(distance=1.7)
    street.run("9 min")
    people.deaf.clear()
    street.run("1 min")
    assert people.steps("duty") == [("p1-gate/flood", "raise", 0), ("p1-gate/flood", "escalate", 0)]
    first, second = people.heard["duty"]
    assert (first["level"], second["level"], second["unit"]) == (2, 3, "m")
    assert "차량 대피" in second["text"] and "river.distance" in second["text"]
    street.run("21 min")
    assert people.steps("duty")[2:] == [("p1-gate/flood", "escalate", 1), ("p1-gate/flood", "escalate", 2)]
    street.collector.command(gate.device.address, "ack", id_of("flood"))
    street.run("30 min")
    assert people.steps("duty")[4:] == [("p1-gate/flood", "acknowledge", 0)]
    gate.set(distance=2.5)
    street.run("1 min")
    assert people.steps("duty")[5:] == [("p1-gate/flood", "clear", 0)]
    street.check()
    street.close()
