"""A gateway: moves frames between the air and its host, and needs no key.

One polled loop, as a node's. It listens on one channel at one rate. A downlink is sent at the moment its host names, through the radio's
law; the loop learns how long the radio takes to tune, and begins to listen before talking that much earlier.

Source: SPEC.md section 8.
"""

from gilmok_wire import gateway_messages
from gilmok_wire.compat import const
from gilmok_wire.errors import DecodeError
from gilmok_wire.gateway_messages import ASK, FULL, HEARD, LOST, MISSED, OUTCOME, REFUSED, SEND, SENT, STATUS
from gilmok_wire.radio_law import LISTEN, OCCUPIED, QUOTA, REASONS, SENDING

from .. import VERSION
from .gateway_line import GatewayLine

_TURN_MS = const(2)  # a frame's end is known this late at most: half of what a node's window is widened by
_STATUS_MS = const(60_000)
_WAITING = const(8)  # downlinks: 2 KB, and more than any window of 15 s has room for
_AHEAD_MS = const(20_000)  # the latest second window opens 16 s after its frame; what is later was meant for an earlier life
_RETRY_MS = const(10)  # after somebody was heard: two listenings' time, in which the line is served
_UNSAVED_MS = const(1000)  # between two tries to write down what is to be sent
_LEAST_DBM, _MOST_DBM = -9, 22  # what an SX1262 can
_HOST_MS = const(150_000)  # a host asks every minute; two may be lost


class _Downlink:
    """What waits to be sent; `again_ms` is when it may be tried, `reason` and `lawful_ms` are of the last refusal."""

    def __init__(self, message, line, now_ms):
        _, self.id, self.frame, self.channel, self.rate, self.power_dbm, at_ms, self.until_ms = message
        self.at_ms = now_ms if at_ms is None else at_ms
        self.line = line
        self.again_ms = now_ms
        self.reason = 0
        self.lawful_ms = None


class Gateway:
    """A configured gateway, with the surface of a Node that boards use: poll(), now, ports, lines, alarms.

    `settings` are region, channel, rate and the power in dBm that is used where none is asked for; `radio` has the interface of the
    package radio, not begun yet; `law` is its RadioLaw; `uarts` lead to the host; `board` offers feed() and perhaps a `led`; `ledger` keeps
    what the law has to know after a restart, and is None where it needs nothing.
    """

    def __init__(self, name, settings, radio, law, uarts, now, board, ledger=None):
        self.name = name
        self.settings = settings
        self.radio = radio
        self.law = law
        self.now = now
        self.board = board
        self.lines = ()
        self.sleeps = False
        self.alarms = None
        self.heard = self.damaged = self.sent = self.missed = self.noise = 0
        self.refused = [0] * REASONS
        self.waiting = []
        self.led_code = "booting"
        self._sending = None
        self._ledger = ledger
        self._cut_ms = None  # when a reception was cut short to send: what had come by then has ended no later
        self._tune_ms = None  # what the radio takes to tune, beside listening, as it took of late
        self._start_ms = 0  # … and to begin a transmission
        self._status_ms = now()
        self._host_ms = None
        self._led = getattr(board, "led", None)
        self.ports = [GatewayLine(uart, self._on_message, self._on_text) for uart in uarts]
        for port in self.ports:
            port.say("gilmok {} gateway {}: type status".format(VERSION, name))
        radio.begin(self._status_ms)

    def poll(self):
        """Do what is due; return the uptime at which to be called again."""
        for port in self.ports:
            port.poll()
        self._hear(self.now())
        due_ms = self._serve(self.now())
        now_ms = self.now()
        if now_ms >= self._status_ms:
            self._tell_status(now_ms)
        self.board.feed()
        if self._led:
            self._show(now_ms)
        return min(due_ms, now_ms + _TURN_MS)

    def is_listening(self):
        """Tell whether the radio does its work: it hears, or is sending."""
        return self.radio.state in ("receiving", "sending")

    def status(self, now_ms):
        """Return the message STATUS."""
        region, channel, rate, power_dbm = self.settings
        counts = [self.heard, self.damaged, self.sent, self.law.sent_ms, self.missed]
        noise = self.noise + sum([port.deframer.noise for port in self.ports])
        faults = [[reason, count] for reason, count in sorted(self.radio.faults.items())]
        ledger = [list(each) for each in self.law.report(now_ms)]
        head = [STATUS, now_ms, region, channel, rate, power_dbm, VERSION, self.is_listening()]
        return head + counts + [self.refused, ledger, faults, noise]

    # The air

    def _hear(self, now_ms):
        """Take what the radio has to say, and let it listen where it does nothing."""
        event = self.radio.poll(now_ms)
        cut_ms, self._cut_ms = self._cut_ms, None
        if event == "received":
            self._received(now_ms if cut_ms is None else cut_ms)
        elif event in ("crc_error", "header_error"):
            self.damaged += 1
        elif event == "sent":
            self.sent += 1
            self._ended(SENT, now_ms)
        elif event == "fault":
            if self._sending:
                self._ended(LOST, None)
            self._status_ms = now_ms
        if self.radio.state == "idle":
            self._listen(now_ms, event == "recovered")

    def _listen(self, now_ms, is_back):
        _, channel, rate, _ = self.settings
        frequency_hz = self.law.frequency_hz(channel)
        if self._tune_ms is None and self.radio.energy(now_ms, frequency_hz, 0) is not None:
            self._tune_ms = self._start_ms = self.now() - now_ms  # both are a dozen transfers and, where there is one, a TCXO's start
        sf, bandwidth_hz, _ = self.law.rates[rate]
        if self.radio.receive(self.now(), frequency_hz, sf, bandwidth_hz, 1) and is_back:
            self._status_ms = now_ms

    def _received(self, end_ms):
        frame = bytes(self.radio.frame)
        if not frame or frame[0] < 0xE0:
            return  # somebody else's
        self.heard += 1
        _, channel, rate, _ = self.settings
        sf, bandwidth_hz, _ = self.law.rates[rate]
        where = [channel, self.law.frequency_hz(channel), sf, bandwidth_hz]
        self._tell_all([HEARD, frame] + where + [self.radio.rssi_dbm, self.radio.snr_cb, end_ms])

    # Downlinks

    def _take(self, downlink, now_ms):
        """Let a downlink wait for its moment, or say why not."""
        if downlink.until_ms < now_ms or downlink.at_ms > now_ms + _AHEAD_MS:
            self.missed += 1
            self._tell(downlink, MISSED)
        elif len(self.waiting) >= _WAITING:
            self._tell(downlink, FULL)
        else:
            power_dbm = downlink.power_dbm
            if power_dbm is None:
                power_dbm = self.settings[3]
                if downlink.channel in self.law.channels:
                    power_dbm = min(power_dbm, self.law.power_dbm(downlink.channel))
            downlink.power_dbm = min(max(power_dbm, _LEAST_DBM), _MOST_DBM)
            self._judged(downlink, self.law.ask(now_ms, *self._request(downlink)), now_ms)
            if downlink.reason and (downlink.lawful_ms is None or downlink.lawful_ms > downlink.until_ms):
                self._refuse(downlink)
            else:
                downlink.reason = 0
                self.waiting.append(downlink)

    def _serve(self, now_ms):
        """Begin the downlink that is due, give up those that are late; return when to look again."""
        for downlink in [each for each in self.waiting if each.until_ms < now_ms]:
            self._give_up(downlink)
        if self._sending or not self.waiting or self.radio.state in ("off", "lost"):
            return now_ms + _TURN_MS
        lead_ms = self._start_ms
        if self.law.listen:
            lead_ms += self._tune_ms + self.law.listen[1] // 1000 + _TURN_MS
        due = [(max(each.again_ms, each.at_ms - lead_ms), index) for index, each in enumerate(self.waiting)]
        due_ms, index = min(due)
        if due_ms <= now_ms:
            self._try(self.waiting[index], now_ms)
        return due_ms

    def _try(self, downlink, now_ms):
        """Listen to the channel and send, as far as the law lets."""
        law, radio = self.law, self.radio
        channel = downlink.channel
        request = self._request(downlink)
        if self._ledger and not self._ledger.save(law.save(now_ms, *request[:3])):
            self._put_off(downlink, (False, QUOTA, now_ms + _UNSAVED_MS), now_ms)  # the next life could send more than the law allows
            return
        self._cut_ms = now_ms
        if law.listen:
            now_ms = self.now()
            # What is left until its moment is listened through: a channel that was free just before is free by law.
            span_us = max(law.listen[1], (downlink.at_ms - self._start_ms - self._tune_ms - now_ms) * 1000)
            rssi_dbm = radio.energy(now_ms, law.frequency_hz(channel), span_us)
            if rssi_dbm is None:
                return
            heard_ms = self.now()
            self._tune_ms = (self._tune_ms + max(heard_ms - now_ms - span_us // 1000, 0) + 1) // 2
            law.heard(heard_ms, channel, rssi_dbm, span_us)
            now_ms = heard_ms
        answer = law.begin(now_ms, *request)
        if not answer[0]:
            self._put_off(downlink, answer, now_ms)
            return
        sf, bandwidth_hz, _ = law.rates[downlink.rate]
        self.waiting.remove(downlink)
        self._sending = downlink
        if not radio.transmit(now_ms, downlink.frame, law.frequency_hz(channel), sf, bandwidth_hz, 1, request[3], True):
            self._ended(LOST, None)
        else:
            self._start_ms = (self._start_ms + self.now() - now_ms + 1) // 2

    def _request(self, downlink):
        return downlink.channel, downlink.rate, len(downlink.frame), downlink.power_dbm

    def _judged(self, downlink, answer, now_ms):
        """Note what the law says of a downlink, and when to try it."""
        _, reason, lawful_ms = answer
        if reason == LISTEN or reason == SENDING and lawful_ms is None:
            reason = 0  # what is to come; a transmission that should have ended, of which the radio has not said so
        elif reason == OCCUPIED:
            lawful_ms = max(lawful_ms, now_ms + _RETRY_MS)
        downlink.reason, downlink.lawful_ms = reason, lawful_ms
        if reason and lawful_ms is not None:
            downlink.again_ms = lawful_ms

    def _put_off(self, downlink, answer, now_ms):
        """Let a downlink wait until it is lawful, or give it up."""
        self._judged(downlink, answer, now_ms)
        if downlink.lawful_ms is None or downlink.lawful_ms > downlink.until_ms:
            self._give_up(downlink)

    def _give_up(self, downlink):
        self.waiting.remove(downlink)
        if self.radio.state == "lost":
            self._tell(downlink, LOST)
        elif downlink.reason:
            self._refuse(downlink)
        else:
            self.missed += 1
            self._tell(downlink, MISSED)

    def _refuse(self, downlink):
        self.refused[downlink.reason] += 1
        self._tell(downlink, REFUSED, downlink.reason, downlink.lawful_ms)

    def _ended(self, outcome, at_ms):
        """Say what became of the transmission under way, which has ended."""
        now_ms = self.now()
        self.law.end(now_ms)
        if self._ledger:
            self._ledger.save(self.law.save(now_ms))
        downlink, self._sending = self._sending, None
        self._tell(downlink, outcome, 0, at_ms)

    # The line

    def _tell(self, downlink, outcome, reason=0, at_ms=None):
        downlink.line.tell([OUTCOME, downlink.id, outcome, reason, at_ms])

    def _tell_all(self, message):
        for port in self.ports:
            port.tell(message)

    def _tell_status(self, now_ms):
        self._status_ms = now_ms + _STATUS_MS
        self._tell_all(self.status(now_ms))

    def _on_message(self, frame, line):
        try:
            message = gateway_messages.decode(frame)
        except DecodeError:
            self.noise += len(frame)
            return
        now_ms = self._host_ms = self.now()
        if message[0] == SEND:
            self._take(_Downlink(message, line, now_ms), now_ms)
        elif message[0] == ASK:
            line.tell(self.status(now_ms))

    def _on_text(self, text, line):
        from .gateway_text import answer

        for each in answer(self, text, self.now()):
            line.say(each)

    def _show(self, now_ms):
        is_answered = self._host_ms is not None and now_ms - self._host_ms < _HOST_MS
        self.led_code = "sensor_fault" if not self.is_listening() else "synchronised" if is_answered else "unanswered"
        self._led.poll(self, now_ms)
