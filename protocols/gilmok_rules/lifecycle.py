"""The words and numbers of the states and events of an alarm; a node's own modules hold the numbers as constants of the compiler.

An alarm has a state, and beside it a condition: whether a step of its rule is active. Shelved, suppressed and out of service the
condition is watched on, and where it holds at the end, the alarm is raised then. transitions.py has the table.

Source: the states of ANSI/ISA-18.2 and IEC 62682, as OPC UA Part 9, 4.8 and others tell them (secondary).
"""

NORMAL = 0
UNACKNOWLEDGED = 1
ACKNOWLEDGED = 2
RETURNED = 3
LATCHED = 4
SHELVED = 5
SUPPRESSED = 6
OUT_OF_SERVICE = 7

RAISE = 0  # the condition begins to hold
ESCALATE = 1  # … at a higher level than before
EASE = 2  # … at a lower one
CLEAR = 3  # it ends
CLEAR_LATCHING = 4  # it ends, and the rule is one that latches
ACKNOWLEDGE = 5
RESET = 6
SHELVE = 7
UNSHELVE = 8  # asked for, or expired
SUPPRESS = 9  # another alarm explains this one
UNSUPPRESS = 10
REMOVE = 11  # taken out of service
RETURN = 12  # back into service

# In the place of a state.
STAY = 8  # nothing changes; the condition is noted
REFUSE = 9  # makes no sense here: an operator is told so

STATES = ("normal", "unacknowledged", "acknowledged", "returned_unacknowledged", "latched", "shelved", "suppressed", "out_of_service")
# "clear" twice: rules that latch clear into another state.
EVENTS = (
    "raise",
    "escalate",
    "ease",
    "clear",
    "clear",
    "acknowledge",
    "reset",
    "shelve",
    "unshelve",
    "suppress",
    "unsuppress",
    "remove",
    "return",
)
