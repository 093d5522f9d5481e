"""Gilmok on the wire: CBOR, columns, seal, framing and sessions, sans-IO, for MicroPython and CPython alike."""
