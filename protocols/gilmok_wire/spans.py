"""Sorted, disjoint, half-open ranges of sequence numbers, as far as a node needs them: a list of (first, end) pairs.

A node keeps one for each of its streams: as objects of a class they would be twice as large. Cost: linear in the number of ranges, which
is the number of holes, not of members.
"""


def add_span(spans, first, end):
    """Add the numbers from `first` up to, not including, `end`."""
    if end <= first:
        return
    low = len(spans)
    while low and spans[low - 1][1] >= first:  # the tail is where records arrive, so search from there
        low -= 1
    high = low
    while high < len(spans) and spans[high][0] <= end:
        high += 1
    if high > low:
        first = min(first, spans[low][0])
        end = max(end, spans[high - 1][1])
    spans[low:high] = [(first, end)]


def end_of_span(spans, number):
    """Return the end of the range that holds `number`, or `number` itself where none does."""
    for first, end in reversed(spans):
        if first <= number:
            return end if end > number else number
    return number


def missing_spans(spans, first, end):
    """Return the ranges of [first, end) that are not in the set, in order."""
    holes = []
    for low, high in spans:
        if high <= first:
            continue
        if low >= end:
            break
        if low > first:
            holes.append((first, low))
        first = high
    if first < end:
        holes.append((first, end))
    return holes
