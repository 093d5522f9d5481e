"""What each region allows a LoRa radio, as one table of numbers.

A node takes its row, `REGIONS["KR920"]`, and forgets this module. The source of every figure, and how sure it is, are in
gilmok_site.radio_sources. A figure that countries or sources disagree on is the strictest of them.

row      := grids rates quotas dwell_us pause_ms listen hopping uplinks lowest rx2
grid     := first_hz step_hz count slowest fastest eirp_dbm quota      channels count through all grids of a region, from 0
rate     := sf bandwidth_hz size                                       size: bytes of a whole frame at most
quota    := allowed_ms slots slot_ms each                              airtime in a rolling window of all slots; each: of every channel
listen   := threshold_dbm span_us                                      the energy heard all that time stays below the threshold
hopping  := channels power_dbm                                         who hops over fewer channels transmits no more than that
uplinks  := count of channels, from 0, that nodes transmit on
lowest   := the slowest rate that carries our smallest frame of 51 bytes
rx2      := channel rate                                               of the second answer window
Absent is None; a rate that a region has not, or that carries nothing there, is None as well.
"""

# An hour is 60 slots of 61 s and 20 s are 5 of 4.1 s: the hundredth more than the law's covers a clock that is fast, and a
# transmission that is booked when it begins.
_HOUR = (60, 61_000)
_TWENTY_S = (5, 4_100)

REGIONS = {
    "KR920": (
        ((922_100_000, 200_000, 7, 0, 5, 14, None), (920_900_000, 200_000, 6, 0, 5, 10, None)),
        tuple((sf, 125_000, size) for sf, size in ((12, 64), (11, 64), (10, 64), (9, 128), (8, 255), (7, 255))),
        (),
        4_000_000,
        50,
        (-65, 6_000),
        None,
        7,
        0,
        (12, 0),
    ),
    "AS923": (
        ((923_200_000, 200_000, 8, 2, 5, 16, 0),),
        (None, None) + tuple((sf, 125_000, size) for sf, size in ((10, 24), (9, 66), (8, 138), (7, 255))),
        ((36_000,) + _HOUR + (False,),),
        400_000,
        50,
        (-80, 5_000),
        None,
        8,
        3,
        (0, 3),  # LoRaWAN's own is rate 2, which carries 24 bytes
    ),
    "EU868": (
        (
            (868_100_000, 200_000, 3, 0, 5, 16, 0),
            (867_100_000, 200_000, 5, 0, 5, 16, 1),
            (868_300_000, 0, 1, 6, 6, 16, 0),  # the one channel of rate 6, whose 250 kHz fit the band there
            (869_525_000, 0, 1, 0, 5, 16, 2),
        ),
        tuple((sf, 125_000, size) for sf, size in ((12, 64), (11, 64), (10, 64), (9, 128), (8, 255), (7, 255))) + ((7, 250_000, 255),),
        ((36_000,) + _HOUR + (False,), (36_000,) + _HOUR + (False,), (360_000,) + _HOUR + (False,)),
        None,
        0,
        None,
        None,
        9,
        0,
        (9, 0),
    ),
    "US915": (
        (
            (902_300_000, 200_000, 64, 0, 3, 30, 0),
            (903_000_000, 1_600_000, 8, 4, 4, 26, None),
            (923_300_000, 600_000, 8, 8, 13, 26, None),
        ),
        # 138 and 255 in LoRaWAN: 399.9 ms on the air, which are booked as 401 of the 400
        tuple((sf, 125_000, size) for sf, size in ((10, 24), (9, 66), (8, 134), (7, 253)))
        + ((8, 500_000, 255), None, None, None)
        + tuple((sf, 500_000, size) for sf, size in ((12, 66), (11, 142), (10, 255), (9, 255), (8, 255), (7, 255))),
        ((400,) + _TWENTY_S + (True,),),
        None,
        0,
        None,
        (50, 21),
        72,
        1,
        (72, 8),
    ),
}
