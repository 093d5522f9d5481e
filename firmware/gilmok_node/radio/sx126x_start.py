"""Brings an SX126x from a reset, or from sleep, to standby with all that stays configured.

Source: as sx126x.
"""

from gilmok_wire.compat import const

from .sx126x_link import RadioFault

# Commands: opcode, then DS section: parameters (bytes, where not one each).
_SET_STANDBY = const(0x80)  # 13.1.2: 0 RC
_SET_REGULATOR_MODE = const(0x96)  # 13.1.11: 0 LDO, 1 DC-DC
_CALIBRATE = const(0x89)  # 13.1.12: blocks
_CALIBRATE_IMAGE = const(0x98)  # 13.1.13: from, to, in 4 MHz
_SET_DIO_IRQ_PARAMS = const(0x08)  # 13.3.1: mask (2), of DIO1 (2), DIO2 (2), DIO3 (2)
_CLEAR_IRQ_STATUS = const(0x02)  # 13.3.4: flags (2)
_SET_DIO2_RF_SWITCH = const(0x9D)  # 13.3.5: 1 on
_SET_DIO3_TCXO = const(0x97)  # 13.3.6: voltage, delay (3)
_SET_PACKET_TYPE = const(0x8A)  # 13.4.2: 1 LoRa
_SET_BUFFER_BASE = const(0x8F)  # 13.4.8: of sending, of receiving
_GET_DEVICE_ERRORS = const(0x17)  # 13.6.1: → errors (2)
_CLEAR_DEVICE_ERRORS = const(0x07)  # 13.6.2: 0 (2)

# Registers: DS table 12-1, and chapter 15 for those of the workarounds.
_VERSION = const(0x0320)  # secondary (RadioLib, and boards' logs): text, "SX1261 V2D 2D02" of an SX1262 too
_SYNC_WORD = const(0x0740)
_RX_GAIN = const(0x08AC)
_TX_CLAMP = const(0x08D8)

_SYNC_RESET = b"\x14\x24"  # table 12-1: as after a reset
_SYNC_PUBLIC = b"\x34\x44"  # … and of LoRaWAN's public networks, which concentrators listen for
_BOOSTED = b"\x96"  # 9.6: 2 dB more sensitive for 0.6 mA
_IRQS = b"\x03\xe3"  # table 13-29: sent, received, header and CRC errors, CAD done and detected, timeout

_ALL_BLOCKS = const(0x7F)  # 13.1.12
_TCXO_STEPS = const(320)  # 5 ms: what a TCXO of such a board needs to start and settle (secondary: LoRaMac-node's boards)
_RESET_US = const(200)  # 8.1: 100 µs typical


def start(link, reset, board):
    """Reset and configure the chip: 13 ms with a TCXO. `board` is what sx126x_board.py made of it.

    Raises: RadioFault: "busy", "silent", "other chip", "calibration", "garbled".
    """
    tcxo, regulator, switch, low, high = board
    reset(0)
    link.wait_us(_RESET_US)
    reset(1)
    link.ready()
    link.send(bytes((_SET_STANDBY, 0)))
    _identify(link)
    link.refused = False  # what the start itself may leave behind, as without its TCXO
    if tcxo is not None:
        link.send(bytes((_SET_DIO3_TCXO, tcxo, 0, _TCXO_STEPS >> 8, _TCXO_STEPS & 255)))
    link.send(bytes((_CLEAR_DEVICE_ERRORS, 0, 0)))  # 13.3.6: the crystal that is none did not start
    link.send(bytes((_SET_REGULATOR_MODE, regulator)))
    link.send(bytes((_CALIBRATE, _ALL_BLOCKS)))
    link.send(bytes((_SET_DIO2_RF_SWITCH, switch)))
    link.send(bytes((_SET_PACKET_TYPE, 1)))
    link.send(bytes((_CALIBRATE_IMAGE, low, high)))
    errors = link.get(_GET_DEVICE_ERRORS, 2)
    if errors[0] | errors[1]:
        raise RadioFault("calibration")
    _configure(link)


def wake(link):
    """Wake the chip from sleep; the gain is not among what a warm start keeps (9.6)."""
    link.wake()
    link.refused = False
    check_sync(link, "reset")
    link.write(_RX_GAIN, _BOOSTED)


def check_sync(link, reason):
    """Raise RadioFault(reason) where the chip does not keep the sync word, which a reset changes."""
    if bytes(link.read(_SYNC_WORD, 2)) != _SYNC_PUBLIC:
        raise RadioFault(reason)


def _identify(link):
    """Raise where no SX126x answers, or where it has not been reset."""
    version = bytes(link.read(_VERSION, 5))
    sync = bytes(link.read(_SYNC_WORD, 2))
    if sync in (b"\x00\x00", b"\xff\xff"):
        raise RadioFault("silent")
    if version != b"SX126" or sync != _SYNC_RESET:
        raise RadioFault("other chip")


def _configure(link):
    """Write what stays until the next reset."""
    link.write(_SYNC_WORD, _SYNC_PUBLIC)
    link.change(_TX_CLAMP, 0, 0x1E)  # DS 15.2: the amplifier's clamp acts too early by default at a mismatched antenna
    link.write(_RX_GAIN, _BOOSTED)
    link.send(bytes((_SET_BUFFER_BASE, 0, 0)))  # never sending and receiving at once, each has it all
    link.send(bytes((_SET_DIO_IRQ_PARAMS,)) + _IRQS + _IRQS + b"\x00\x00\x00\x00")
    link.send(bytes((_CLEAR_IRQ_STATUS, 0xFF, 0xFF)))
    check_sync(link, "garbled")
