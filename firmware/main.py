"""What a board runs after boot: copy it to the root of the board's file system, beside the packages gilmok_wire and gilmok_node."""

import gc
import sys

# Importing leaves garbage between what stays: without frequent collections a third of a 100 KiB heap is free in pieces of at most 5 KB.
gc.threshold(4096)

port = __import__("gilmok_node." + sys.platform, None, None, ("run",))  # esp32 or rp2: the name MicroPython gives a port

port.run()
