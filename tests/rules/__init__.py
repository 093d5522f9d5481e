"""Tests of the rules that need CPython: SciPy, ObsPy, real recordings, and integers that watch their own size."""
