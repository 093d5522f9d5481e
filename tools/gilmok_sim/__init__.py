"""The simulator: virtual chips, flash, links and streets that run the real firmware."""
