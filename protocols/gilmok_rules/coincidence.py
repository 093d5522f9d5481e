"""Several nodes vote: an event is where k of them trigger within a window."""


def coincidence(triggers, votes, window_ms):
    """Return [(time, [node, …]), …]: when the vote was reached, and who took part, in the order in which they triggered.

    Shape: `triggers` is [(time in ms, node), …] in any order; a node counts once an event, and a trigger belongs to one event. An event
    begins with a trigger whose window sees `votes` nodes; it takes in what comes until the window ends.
    """
    waiting = sorted(triggers)
    events = []
    while len(waiting) >= votes:
        first = waiting[0][0]
        within = [trigger for trigger in waiting if trigger[0] - first <= window_ms]
        nodes = []
        reached = None
        for time, node in within:
            if node not in nodes:
                nodes.append(node)
                if len(nodes) == votes:
                    reached = time
        if reached is None:
            waiting.pop(0)
        else:
            events.append((reached, nodes))
            waiting = waiting[len(within) :]
    return events
