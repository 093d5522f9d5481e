"""What the numbers in a compiled rule mean. A node's own modules hold theirs as constants of the compiler; tests compare the two.

Source: ../node_config.cddl.
"""

# Kinds of sources; a judge keeps kind and place of one in a byte, the place in the lower bits.
CHANNEL = 0
HEALTH = 1
VOTES = 2
OUTPUT = 3
CLOCK = 4
SOURCE_BITS = 5  # a log has 31 streams, so there are fewer sensors

# Flags of a rule.
LATCHING = 1
SILENCED = 2  # an acknowledgement silences the outputs

# Quantities; BELOW is added where a step is active at or below.
VALUE = 0
MEAN = 1
RATE = 2
FORECAST = 3
COUNT = 4
BELOW = 8
