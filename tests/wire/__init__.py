"""Tests of the wire that need CPython: other implementations, hypothesis, real recordings."""
