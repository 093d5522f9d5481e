"""The local instrumental level: where PGA and PGV stand on the scale that KMA uses; never an intensity that KMA published.

Source: KMA's table of 2018, as three public programs have it (secondary: KMA's own page was not seen). Which components KMA
combines, and how, was not verified: here it is the largest component, and the higher of the two levels.
"""

# The least of levels II to XI: PGA in 0.001 %g (10^-5 g), PGV in µm/s.
_PGA = (70, 230, 760, 2560, 6860, 14730, 31660, 68010, 146140, 314000)
_PGV = (300, 700, 1900, 5400, 14600, 37000, 93900, 238500, 606100, 1540000)
NAMES = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI+")


def pga_level(pga):
    """Return the level, 1 to 11, of a peak acceleration in 10^-5 g."""
    return _count(_PGA, pga)


def pgv_level(pgv_um_s):
    """Return the level, 1 to 11, of a peak velocity in µm/s."""
    return _count(_PGV, pgv_um_s)


def local_instrumental_level(pga, pgv_um_s):
    """Return the level, 1 to 11, of both."""
    return max(pga_level(pga), pgv_level(pgv_um_s))


def _count(table, value):
    level = 1
    for least in table:
        if value < least:
            break
        level += 1
    return level
