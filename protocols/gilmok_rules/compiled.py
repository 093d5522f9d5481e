"""What the numbers in compiled rules, and of outputs, mean; a node's own modules hold them as constants of the compiler.

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

# Roles of an output's inputs, as bits.
CONFIRMS_1 = 1
CONFIRMS_0 = 2
PRESENCE = 4
EXIT = 8
ON_SITE = 16

# Events of an output.
COMMANDED = 0
CONFIRMED = 1
DOUBTED = 2  # commanded, not confirmed in time; or confirmed no longer
BLOCKED = 3  # wanted, but somebody is in the way
