"""The life of an alarm as one table; docs/alarm_life.md is made from it, and lifecycle.py has the words for its numbers.

An alarm has a state, and beside it a condition: whether a step of its rule is active. Shelved, suppressed and out of service the
condition is watched on, and where it holds at the end, the alarm is raised then.

Source: the states of ANSI/ISA-18.2 and IEC 62682, as OPC UA Part 9, 4.8 and others tell them (secondary).
"""

from gilmok_wire.compat import const

NORMAL = const(0)
UNACKNOWLEDGED = const(1)
ACKNOWLEDGED = const(2)
RETURNED = const(3)
LATCHED = const(4)
SHELVED = const(5)
SUPPRESSED = const(6)
OUT_OF_SERVICE = const(7)

RAISE = const(0)  # the condition begins to hold
ESCALATE = const(1)  # … at a higher level than before
EASE = const(2)  # … at a lower one
CLEAR = const(3)  # it ends
CLEAR_LATCHING = const(4)  # it ends, and the rule is one that latches
ACKNOWLEDGE = const(5)
RESET = const(6)
SHELVE = const(7)
UNSHELVE = const(8)  # asked for, or expired
SUPPRESS = const(9)  # another alarm explains this one
UNSUPPRESS = const(10)
REMOVE = const(11)  # taken out of service
RETURN = const(12)  # back into service

STAY = const(8)  # nothing changes; the condition is noted
REFUSE = const(9)  # makes no sense here: an operator is told so

# A row a state: the state after each event, in the order of the events above.
_TABLE = (
    b"\x01\x01\x08\x08\x08\x09\x09\x05\x09\x06\x08\x07\x09"  # normal
    b"\x08\x01\x08\x03\x04\x02\x09\x05\x09\x06\x08\x07\x09"  # unacknowledged
    b"\x08\x01\x08\x00\x04\x09\x09\x05\x09\x06\x08\x07\x09"  # acknowledged
    b"\x01\x01\x08\x08\x08\x00\x09\x05\x09\x06\x08\x07\x09"  # returned, unacknowledged
    b"\x01\x01\x08\x08\x08\x09\x00\x05\x09\x06\x08\x07\x09"  # latched: the condition is gone
    b"\x08\x08\x08\x08\x08\x09\x09\x05\x00\x08\x08\x07\x09"  # shelved: shelved anew, its end moves
    b"\x08\x08\x08\x08\x08\x09\x09\x05\x09\x08\x00\x07\x09"  # suppressed
    b"\x08\x08\x08\x08\x08\x09\x09\x09\x09\x08\x08\x09\x00"  # out of service
)


def next_state(state, event):
    """Return the state after `event`, STAY or REFUSE."""
    return _TABLE[state * 13 + event]
