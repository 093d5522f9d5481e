"""What a board gateway and its host say to each other on the line between them: codes, shapes and checks as one table.

A message is the deterministic CBOR of an array whose first item is its code. Its first byte is 0x80 to 0x9f, so on a line that carries
both it is never taken for a sealed frame. Times are the gateway's uptime. Shape letters: u unsigned, i integer, U and I the same or null,
b bytes of a frame, t text, o true or false, l array of unsigned, p array of pairs of unsigned, f array of pairs of text and unsigned.

Source: SPEC.md section 8, gilmok.cddl.
"""

from . import cbor
from .compat import const
from .errors import DecodeError
from .messages import MAX_NUMBER

# Up, from the gateway.
HEARD = const(0)  # frame, channel, frequency_hz, sf, bw_hz, rssi_dbm, snr_cb, end_ms
OUTCOME = const(1)  # id, outcome, reason, at_ms
STATUS = const(2)  # uptime_ms, region, … as STATUS_FIELDS
# Down, from the host.
SEND = const(16)  # id, frame, channel, rate, power_dbm or null, at_ms or null, until_ms
ASK = const(17)  # the status is wanted

SHAPES = {HEARD: "buuuuiiu", OUTCOME: "uuuU", STATUS: "utuuitouuuuulpfu", SEND: "ubuuIUu", ASK: ""}
UP = (HEARD, OUTCOME, STATUS)

# `refused` counts by reason of radio_law, `ledger` has (ms used, ms allowed) of each quota, `faults` what the radio's driver counts.
STATUS_FIELDS = (
    ("uptime_ms", "region", "channel", "rate", "power_dbm", "firmware", "listening")
    + ("heard", "damaged", "sent", "sent_ms", "missed")
    + ("refused", "ledger", "faults", "noise")
)

# What became of a SEND.
SENT = const(0)  # at_ms: when its last symbol had left
REFUSED = const(1)  # by the law, for `reason` (radio_law); at_ms: when it would be lawful, null where never
MISSED = const(2)  # its moment has passed while the radio was busy, or is not one of this life
LOST = const(3)  # the radio failed
FULL = const(4)  # too many wait

FRAME_LIMIT = const(255)  # bytes that a LoRa chip takes


def is_gateway(frame):
    """Tell whether what came in a line's framing is one of these, and no sealed frame."""
    return 0x80 <= frame[0] <= 0x9F


def decode(frame):
    """Return the message, a list that begins with its code, of a kind this release knows.

    Raises: DecodeError.
    """
    message = cbor.decode(frame)
    if not isinstance(message, list) or not message or not _is_kind(message[0], "u") or message[0] not in SHAPES:
        raise DecodeError("gateway: message of another release")
    shape = SHAPES[message[0]]
    if len(message) != len(shape) + 1:
        raise DecodeError("gateway: message {} of {} items".format(message[0], len(message) - 1))
    for index in range(len(shape)):
        if not _is_kind(message[index + 1], shape[index]):
            raise DecodeError("gateway: message {}: item {} is not of kind {}".format(message[0], index + 1, shape[index]))
    return message


def _is_kind(item, letter):
    if letter in "UI" and item is None:
        return True
    if letter in "uUiI":
        return isinstance(item, int) and not isinstance(item, bool) and (0 if letter in "uU" else -MAX_NUMBER) <= item < MAX_NUMBER
    if letter == "b":
        return isinstance(item, bytes) and 0 < len(item) <= FRAME_LIMIT
    if letter == "t":
        return isinstance(item, str)
    if letter == "o":
        return item is True or item is False
    if not isinstance(item, list):
        return False
    if letter == "l":
        return all([_is_kind(each, "u") for each in item])
    first = "u" if letter == "p" else "t"
    return all([isinstance(each, list) and len(each) == 2 and _is_kind(each[0], first) and _is_kind(each[1], "u") for each in item])
