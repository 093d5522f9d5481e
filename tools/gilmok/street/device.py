"""One physical box: its address, its key and its flash."""

from __future__ import annotations

from gilmok_sim.flash import VirtualFlash

from .ledger import Account

# W25Q32JV data sheet rev. G, §9.6: sector erase typically 45 ms, a page of 256 bytes typically 0.4 ms (3 ms at most).
ERASE_MS = 45
PROGRAM_US = 400
BLOCK_SIZE = 4096


class Device:
    """A box that serves one node at a time and may lie on a shelf with its log.

    `account` is the oracle's.
    """

    def __init__(self, address: int, key: bytes, seed: int, blocks: tuple[int, int], unit: int) -> None:
        self.address = address
        self.key = key
        self.account = Account()
        self.kept: bytes | None = None  # the file that outlives a restart
        self.records, self.waveforms = (
            VirtualFlash(count, BLOCK_SIZE, unit, seed + ring, ERASE_MS, PROGRAM_US) for ring, count in enumerate(blocks)
        )

    @property
    def flash(self) -> tuple[VirtualFlash, VirtualFlash]:
        """Both rings' chips."""
        return self.records, self.waveforms

    def load_kept(self) -> bytes | None:
        """Return what the node saved last."""
        return self.kept

    def save_kept(self, data: bytes) -> None:
        """Put `data` in its place: littlefs does that whole or not at all."""
        self.kept = data

    @property
    def operations(self) -> int:
        """How many programs and erases there were."""
        return sum(chip.operations for chip in self.flash)

    @property
    def busy_ms(self) -> int:
        """How long they took."""
        return self.records.busy_ms + self.waveforms.busy_ms

    @property
    def violations(self) -> int:
        """What careful software never does to flash, see VirtualFlash."""
        return sum(chip.violations for chip in self.flash)

    def erase(self) -> None:
        """Erase everything, as a programmer on a desk does."""
        self.power_on()
        self.kept = None
        for chip in self.flash:
            for block in range(chip.blocks):
                chip.ioctl(6, block)

    def image(self) -> tuple[VirtualFlash, VirtualFlash]:
        """Return copies of the chips."""
        return self.records.copy(), self.waveforms.copy()

    def load(self, image: tuple[VirtualFlash, VirtualFlash]) -> None:
        """Put the content of an image in the place of the present one."""
        self.records, self.waveforms = image[0].copy(), image[1].copy()

    def arm(self, operations: int, torn: str) -> None:
        """Have power fail in the program or erase that is `operations` away on either chip, and leave it `torn`."""
        for chip in self.flash:
            chip.cut_at = chip.operations + operations
            chip.torn = torn

    def power_on(self) -> None:
        """Take power again."""
        for chip in self.flash:
            chip.power_on()
