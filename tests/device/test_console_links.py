"""What a person reads of a node's links, one line each."""

from gilmok_node.console import _link_line


class Session:
    phase = "await"

    def backlog(self):
        return 14


class Port:
    up = True

    def __init__(self, name, cost, report=None):
        self.name, self.cost, self._report = name, cost, report

    def report(self):
        return self._report


class Node:
    """A node with an uplink over the last of its ports."""

    def __init__(self, *ports):
        self.ports = list(ports)
        self.session = Session()
        self.uplink = self
        self.port = self.ports[-1]
        self.silent = []


LORA = {"rate": 3, "sent": 212, "faults": 0, "refused": [(1, 3), (2, 1)], "quotas": [(31_000, 72_000)]}


def lines(node):
    return [_link_line(node, port) for port in node.ports]


def test_a_serial_line_alone():
    assert lines(Node(Port("serial", 0))) == ["link     serial await · 14 records not acknowledged"]


def test_each_port_has_a_line_and_a_dear_one_says_what_it_counts():
    serial, ble, lora = Port("serial", 0), Port("ble", 1, {"lost": 2}), Port("lora", 2, LORA)
    node = Node(serial, ble, lora)
    node.silent = [serial]
    ble.up = False
    assert lines(node) == [
        "link     serial up, silent",
        "link     ble down · lost 2",
        "link     lora await · 14 records not acknowledged · rate 3 · sent 212 · refused 4 · air 31 of 72 s",
    ]
