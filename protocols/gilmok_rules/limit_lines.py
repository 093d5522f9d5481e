"""What vibration a building bears: the limit lines of DIN 4150-3 and BS 7385-2, peak velocity over frequency.

A line is a row of points (0.1 Hz, µm/s), straight in between, level outside. `ppv.limit_at` reads it; a node has the line it needs in
its configuration and never imports this table.

Source, secondary: the standards' own text was not seen. DIN 4150-3:2016-12, short-term vibration at the foundation, largest
component, 1 to 100 Hz (three public code tables agree; the values are those of 1999). BS 7385-2:1993, transient vibration at the
base (one code table). Below 4 Hz BS line 2 is a displacement of 0.6 mm, zero to peak: 2π·f·0.6 mm. Below 4 Hz BS line 1 says nothing,
so the value at 4 Hz goes on.
"""

LINES = {
    # Commercial and industrial buildings.
    "din4150-3/1": ((100, 20000), (500, 40000), (1000, 50000)),
    # Dwellings.
    "din4150-3/2": ((100, 5000), (500, 15000), (1000, 20000)),
    # Sensitive and listed buildings.
    "din4150-3/3": ((100, 3000), (500, 8000), (1000, 10000)),
    # Reinforced or framed structures.
    "bs7385-2/1": ((40, 50000),),
    # Unreinforced or light framed structures, dwellings.
    "bs7385-2/2": ((10, 3770), (40, 15000), (150, 20000), (400, 50000)),
}
