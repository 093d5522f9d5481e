"""Sensirion's I²C sensors whose set-up takes too long for begin(): a table of commands, one taken after the other.

Apart from sensirion.py, because the heap of a node without them should not pay for it.
"""

from gilmok_node.sensors.base import SensorError
from gilmok_node.sensors.sensirion import WordSensor


class SteppedSensor(WordSensor):
    """Base of the drivers; service() takes the steps, and start() and read() ask whether all are taken.

    `_steps` are (command, argument or None, ms to wait, words of the answer); `_took(command)` looks at an answer.
    """

    SERVICE_MS = 500

    def __init__(self, bus, address, longest, steps):
        super().__init__(bus, address, longest)
        self._steps = steps
        self._step = 0
        self._sent = False
        self._at = 0
        self._error = None
        self.set_up_ms = None  # when the last step was taken

    def service(self, now_ms):
        """Take the next step of the set-up; after the last there is nothing to do."""
        if self.set_up_ms is not None or now_ms < self._at or self._error is not None:
            return
        try:
            self._advance(now_ms)
        except SensorError as error:
            self._error = error

    def _restart(self, command, now_ms, wait_ms):
        """Send the command before the first step; return `wait_ms`."""
        self.send(command)
        self._step = 0
        self._sent = False
        self._error = None
        self.set_up_ms = None
        self._at = now_ms + wait_ms
        return wait_ms

    def _is_set_up(self):
        """Tell whether the set-up is complete. Raises: SensorError where it failed."""
        if self._error is not None:
            raise self._error
        return self.set_up_ms is not None

    def _advance(self, now_ms):
        if self._sent:
            self._sent = False
            command, _, _, count = self._steps[self._step]
            if count:
                self.receive(count)
                self._took(command)
            self._step += 1
            if self._step == len(self._steps):
                self.set_up_ms = now_ms
                return
        command, argument, wait_ms, _ = self._steps[self._step]
        if argument is None:
            self.send(command)
        else:
            self.send(command, argument)
        self._sent = True
        self._at = now_ms + wait_ms

    def _took(self, command):
        raise NotImplementedError
