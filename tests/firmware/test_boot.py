"""Booting, as every board does it: the node with its LED, or a port that says why there is none."""

from gilmok_node.boot import boot
from gilmok_node.config import ConfigError
from gilmok_node.led import BLINK_MS, ON_MS, Led
from gilmok_sim.flash import VirtualFlash
from gilmok_site import Key, Keys, compile_node, parse_site

SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
[node.gate]
board = "heltec-lora32-v3"
health = "1 min"
"""


class Uart:
    def __init__(self, baud):
        self.baud = baud
        self.out = b""

    def any(self):
        return 0

    def write(self, data):
        self.out += data
        return len(data)


class Board:
    """A board with an LED that remembers its levels."""

    def __init__(self):
        self.led, self.levels, self.lit_at = None, [], None

    def light(self, pin, active):
        self.lit_at = (pin, active)
        self.led = Led(self.levels.append, active)

    def feed(self):
        pass

    def reset_cause(self):
        return 1

    def heap_free(self):
        return None

    def voltage_mv(self):
        return None


def start(tmp_path, open_ring, damage=b""):
    site = parse_site(SITE, tmp_path / "site.toml")
    keys = Keys(7, {site.device_of("gate"): Key(b"k" * 16)})
    path = tmp_path / "gilmok.cbor"
    path.write_bytes(compile_node(site, keys, "gate") + damage)
    board, now, uarts = Board(), [0], []

    def open_uarts(baud):
        uarts[:] = [Uart(baud)]
        return uarts

    node = boot(str(path), open_ring, lambda config: None, open_uarts, lambda: now[0], board)
    return node, board, now, uarts


def rings(label, size):
    return VirtualFlash(size // 4096)


def test_a_node_shows_that_nobody_answers(tmp_path):
    node, board, now, uarts = start(tmp_path, rings)
    assert board.lit_at == (35, 1) and board.levels == [1] and uarts[0].baud == 921_600
    seen = []
    while now[0] < 2000:
        node_at = node.poll()
        seen.append((now[0], board.levels[-1]))
        now[0] = max(now[0] + 1, min(node_at, 2000))
    lit = [at for (at, level), (_, before) in zip(seen[1:], seen, strict=False) if level > before]
    assert seen[0][1] == 1 and lit == [BLINK_MS], seen  # two blinks: unanswered
    assert (ON_MS, 0) in seen  # it asked to be called when the light has to go out


def test_a_missing_partition_is_said_and_shown(tmp_path):
    def none(label, size):
        raise ConfigError(f"this board has no partition {label!r}: flash its partition table")

    node, board, now, uarts = start(tmp_path, none)
    node.poll()
    assert b"no partition 'records'" in uarts[0].out and node.reason.startswith("this board has no partition")
    assert board.lit_at == (35, 1) and board.levels == [1, 1]


def test_a_broken_configuration_is_said_and_dark(tmp_path):
    node, board, _, uarts = start(tmp_path, rings, damage=b"\0")
    node.poll()
    assert b"configuration unusable" in uarts[0].out and board.led is None
