"""A broken configuration: the node stays reachable, says what is wrong, and touches nothing else."""

from binascii import crc32

from gilmok_node.config import Config, ConfigError
from gilmok_node.rescue import Rescue
from gilmok_wire import cbor

BODY = {
    0: "site",
    1: "gate",
    2: 0x0102,
    3: b"k" * 16,
    4: 7,
    5: ["sim", 1, ["records", 1 << 20], ["waveforms", 1 << 19]],
    6: [],
    7: [["a02yyuw", "river", [0, 1, None], 10000, 30000, False, {}]],
    8: 921600,
    9: 60000,
}


def pack(body, version=1):
    """Return a configuration file of `body`."""
    encoded = cbor.encode(body)
    return cbor.encode([version, encoded, crc32(encoded)])


def refusal(data):
    """Return why `data` is refused, or None."""
    try:
        Config(data)
    except ConfigError as error:
        return str(error)


class Uart:
    """A UART with what was typed, and what came out."""

    def __init__(self, typed=b""):
        self.typed = typed
        self.out = b""

    def any(self):
        """Return how many bytes wait."""
        return len(self.typed)

    def read(self, count):
        """Return what was typed."""
        data, self.typed = self.typed[:count], self.typed[count:]
        return data

    def write(self, data):
        """Take bytes."""
        self.out += data
        return len(data)


class Board:
    """A watchdog that counts."""

    fed = 0

    def feed(self):
        """Count."""
        self.fed += 1


def test_a_whole_configuration_is_read():
    config = Config(pack(BODY))
    assert (config.name, config.device, config.store) == ("gate", 0x0102, 7)
    assert config.sensors[0].driver == "a02yyuw"


def test_every_damage_has_a_reason():
    whole = pack(BODY)
    assert refusal(whole) is None
    for cut in range(len(whole)):
        assert refusal(whole[:cut])
    for at in range(len(whole)):
        assert refusal(whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
    assert "version 2" in refusal(pack(BODY, 2))


def test_wrong_kinds_have_a_reason():
    for key in BODY:
        body = dict(BODY)
        del body[key]
        assert refusal(pack(body)), key
        body[key] = None
        assert refusal(pack(body)), key
    for key, value in ((2, 1 << 16), (3, b"short"), (5, [1]), (6, [[9, 1, []]]), (7, [[1]]), (9, 0)):
        body = dict(BODY)
        body[key] = value
        assert refusal(pack(body)), key


def test_the_port_says_what_is_wrong_and_answers():
    uart, board = Uart(), Board()
    rescue = Rescue("damaged: its checksum does not match", [uart], lambda: 5, board)
    assert b"checksum does not match" in uart.out and b"log is untouched" in uart.out
    uart.out = b""
    uart.typed = b"status\n" + b"\x00\xe1garbage\x00"
    assert rescue.poll() > 5
    assert b"checksum does not match" in uart.out
    assert board.fed == 1
