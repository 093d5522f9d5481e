"""What a board runs after boot: copy it to the root of the board's file system, beside the packages gilmok_wire and gilmok_node."""

import gc

# Importing leaves garbage between what stays: without frequent collections a third of a 100 KiB heap is free in pieces of at most 5 KB.
gc.threshold(4096)

from gilmok_node import esp32  # noqa: E402

esp32.run()
