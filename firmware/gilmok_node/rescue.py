"""What runs when the configuration cannot be used: nothing is measured, the log stays as it is, and the serial port says why."""

from . import console
from .port import Port


class Rescue:
    """Stands in for a Node: the same `poll`, with people as its only guests."""

    def __init__(self, reason, uarts, now, board):
        self.reason = reason
        self.now = now
        self.board = board
        self.lines = ()  # it listens to nobody but people
        self.alarms = None
        self._led = getattr(board, "led", None)
        self._lines = console.broken(reason)
        self.sleeps = False
        self.ports = [Port(uart, self._on_line) for uart in uarts]
        for port in self.ports:
            self._on_line("", port)

    def poll(self):
        """Answer whoever types; return the uptime at which to be called again."""
        now_ms = self.now()
        for port in self.ports:
            port.poll(now_ms)
        self.board.feed()
        if self._led:
            self._led.poll(self, now_ms)
        return now_ms + 100

    def _on_line(self, text, port):
        for line in self._lines:
            port.say(line)
