"""What a board tells an SX126x at each of its starts, looked up once. Boards forget this module with what made their radio.

Source: as sx126x.
"""

# Table 9-2: MHz up to which, from, to
_BANDS = ((446, 0x6B, 0x6F), (510, 0x75, 0x81), (787, 0xC1, 0xC5), (870, 0xD7, 0xDB), (960, 0xE1, 0xE9))
_TCXO_MV = (1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)  # table 13-35, in its order


def facts_of(band_hz, tcxo_mv, rf_switch, ldo):
    """Return what sx126x_start.start takes: codes of a TCXO's voltage or None, of the regulator and the switch, and the image's band.

    Raises: ValueError.
    """
    if tcxo_mv and tcxo_mv not in _TCXO_MV:
        raise ValueError("tcxo_mv = {}: must be 0 or one of {}".format(tcxo_mv, _TCXO_MV))
    tcxo = _TCXO_MV.index(tcxo_mv) if tcxo_mv else None
    for until, low, high in _BANDS:
        if band_hz // 1_000_000 <= until:
            return tcxo, 0 if ldo else 1, 1 if rf_switch else 0, low, high
    raise ValueError("band_hz = {}: must be at most 960 MHz".format(band_hz))
