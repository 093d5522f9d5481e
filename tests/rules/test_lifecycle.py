"""Every event in every state of an alarm, told a second time in words."""

import pytest
from gilmok_rules.lifecycle import EVENTS, REFUSE, STATES, STAY
from gilmok_rules.transitions import next_state

NORMAL, UNACKED, ACKED, RETURNED, LATCHED, SHELVED, SUPPRESSED, OUT = STATES
LIVE = (NORMAL, UNACKED, ACKED, RETURNED, LATCHED)
CLEAR_LATCHING = 4  # the second "clear"

# What moves an alarm; what stands in neither table leaves it where it is.
MOVES = {
    **{(state, "raise"): UNACKED for state in (NORMAL, RETURNED, LATCHED)},
    **{(state, "escalate"): UNACKED for state in LIVE},
    (UNACKED, "clear"): RETURNED,
    (ACKED, "clear"): NORMAL,
    (UNACKED, CLEAR_LATCHING): LATCHED,
    (ACKED, CLEAR_LATCHING): LATCHED,
    (UNACKED, "acknowledge"): ACKED,
    (RETURNED, "acknowledge"): NORMAL,
    (LATCHED, "reset"): NORMAL,
    **{(state, "shelve"): SHELVED for state in (*LIVE, SHELVED, SUPPRESSED)},
    (SHELVED, "unshelve"): NORMAL,
    **{(state, "suppress"): SUPPRESSED for state in LIVE},
    (SUPPRESSED, "unsuppress"): NORMAL,
    **{(state, "remove"): OUT for state in (*LIVE, SHELVED, SUPPRESSED)},
    (OUT, "return"): NORMAL,
}
ASKED = ("acknowledge", "reset", "shelve", "unshelve", "remove", "return")  # by people: what makes no sense is refused


@pytest.mark.parametrize("state", range(len(STATES)), ids=STATES)
@pytest.mark.parametrize("event", range(len(EVENTS)), ids=[f"{number}-{word}" for number, word in enumerate(EVENTS)])
def test_every_event_in_every_state(state, event):
    word = event if event == CLEAR_LATCHING else EVENTS[event]
    found = next_state(state, event)
    if (STATES[state], word) in MOVES:
        assert STATES[found] == MOVES[STATES[state], word]
    else:
        assert found == (REFUSE if word in ASKED else STAY)
