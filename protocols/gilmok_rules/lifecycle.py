"""The words for the states and events of an alarm, which a node does without: it tells and keeps numbers."""

from gilmok_rules.transitions import *  # noqa: F403

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
