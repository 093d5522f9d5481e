"""Signals of a command: whatever the main thread is doing when one comes, it ends."""

import signal
import sys
import threading

import pytest
from gilmok.stopping import StopSignals


@pytest.fixture
def signals():
    """Yield the two signals, given back afterwards."""
    taken = StopSignals()
    yield taken
    taken.release()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_is_remembered_and_the_second_ends(signals, number):
    assert not signals.wait(0)
    signal.raise_signal(number)
    assert signals.asked and signals.wait(3600), "who was asked to stop does not sleep"
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_a_signal_within_any_line_of_waiting_is_heard(signals):
    """The handler is called at each line that a wait executes, in Python's own library too: no lock may be held there."""
    lines = 0

    def on_line(frame, event, argument):
        nonlocal lines
        lines += event == "line"
        signals.asked = False
        handler(signal.SIGTERM, frame)
        return on_line

    handler = signal.getsignal(signal.SIGTERM)
    watched = threading.Thread(target=lambda: (sys.settrace(on_line), signals.wait(0)), daemon=True)
    watched.start()
    watched.join(timeout=60)
    assert not watched.is_alive(), "a signal that comes while the main thread waits is waited for by itself"
    assert lines >= 2 and signals.asked


def test_handlers_are_given_back():
    before = signal.getsignal(signal.SIGTERM)
    taken = StopSignals()
    assert signal.getsignal(signal.SIGTERM) is not before
    taken.release()
    assert signal.getsignal(signal.SIGTERM) is before
