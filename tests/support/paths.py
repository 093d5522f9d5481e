"""Where the tests' data lies, on both interpreters."""

_HERE = __file__.replace("\\", "/").rpartition("/")[0]
GOLDEN = _HERE + "/../golden"
