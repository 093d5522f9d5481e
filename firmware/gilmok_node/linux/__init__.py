"""CPython only: a node on a Raspberry Pi or any computer with Linux, with the methods that MicroPython has on a chip."""
