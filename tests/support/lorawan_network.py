"""A LoRaWAN network as far as a node and a collector see it: a virtual RAK3172 on a TCP port, and ChirpStack v4 behind its MQTT broker."""

import base64
import json
import select
import socket
import threading
import time

from gilmok_sim.chips.rak3172 import VirtualRak3172

WAIT_S = 60  # this machine may be busy
APPLICATION = "17c82e96-be03-4f38-aef3-f83d48582d97"
SF = (12, 11, 10, 9, 8, 7)  # by data rate, in KR920
# For how long the network's answer is waited for after an uplink that asks for one: real time, and far less than a node's patience.
LATE_S = 0.5
PORT = 71


class Chirpstack:
    """The network server: uplinks become events, commands a queue of each DevEUI. `bad` are commands that are none of v4's."""

    def __init__(self, broker_port):
        import paho.mqtt.client as mqtt

        self.queues, self.bad, self._count = {}, [], 0
        self._came = threading.Condition()
        self._ready = threading.Event()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_command
        self._client.on_connect = lambda client, *_: client.subscribe("application/+/device/+/command/down", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.connect("127.0.0.1", broker_port)
        self._client.loop_start()
        assert self._ready.wait(WAIT_S)

    def up(self, eui, rate, frame):
        """Publish what a device sent."""
        with self._came:
            self._count += 1
            number = self._count
        modulation = {"lora": {"bandwidth": 125000, "spreadingFactor": SF[rate], "codeRate": "CR_4_5"}}
        event = {
            "deduplicationId": f"3ac7e3c4-4401-4b8d-9386-{number:012x}",
            "deviceInfo": {"applicationId": APPLICATION, "devEui": eui},
            "dr": rate,
            "fPort": PORT,
            "data": base64.b64encode(frame).decode(),
            "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -60, "snr": 7.5}],
            "txInfo": {"frequency": 922100000, "modulation": modulation},
        }
        self._publish(eui, "up", event)

    def down(self, eui, wait_s):
        """Return the frame that is sent to a device now, None where none comes in time."""
        with self._came:
            self._came.wait_for(lambda: self.queues.get(eui), wait_s)
            frame = self.queues[eui].pop(0) if self.queues.get(eui) else None
        if frame is not None:
            self._publish(eui, "txack", {"downlinkId": 3461958127, "queueItemId": "42cb6459"})
        return frame

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, eui, name, event):
        topic = f"application/{APPLICATION}/device/{eui}/event/{name}"
        self._client.publish(topic, json.dumps(event), qos=1).wait_for_publish(WAIT_S)

    def _on_command(self, client, userdata, message):
        command = json.loads(message.payload)
        _, application, _, eui, *rest = message.topic.split("/")
        sound = application == APPLICATION and command["devEui"] == eui and command["fPort"] == PORT and command["confirmed"] is False
        with self._came:
            if not sound or rest != ["command", "down"]:
                self.bad.append((message.topic, command))
            self.queues.setdefault(eui, []).append(base64.b64decode(command["data"]))
            self._came.notify_all()


class ModemProcess:
    """A RAK3172 at `url`, whose time runs `speed` times as fast as real time; what it sends goes to `network`.

    `settings` are those it has; where another DevEUI is set, that is the one the network knows it by.
    """

    def __init__(self, network, speed):
        began = time.monotonic()
        self.modem = VirtualRak3172(lambda: int((time.monotonic() - began) * 1000 * speed))
        self.modem.rate = 3
        self._network = network
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp:{self._listener.getsockname()[1]}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def eui(self):
        return self.modem.settings[b"DEVEUI"].decode().lower()

    def close(self):
        self._stop.set()
        self._thread.join(WAIT_S)
        self._listener.close()

    def _serve(self):
        while not self._stop.is_set():
            if select.select([self._listener], [], [], 0.05)[0]:
                node, _ = self._listener.accept()
                with node:
                    self._talk(node)

    def _talk(self, node):
        modem = self.modem
        while not self._stop.is_set():
            if select.select([node], [], [], 0.002)[0]:
                data = node.recv(4096)
                if not data:
                    return
                sent = len(modem.uplinks)
                modem.write(data)
                for port, frame in modem.uplinks[sent:]:
                    assert port == PORT
                    self._carry(frame)
            if modem.any():
                node.sendall(modem.read(4096))

    def _carry(self, frame):
        """Bring an uplink to the network, and what that has for the node into its first window, where it comes in time."""
        self._network.up(self.eui, self.modem.rate, frame)
        answer = self._network.down(self.eui, LATE_S if frame[0] & 4 else 0)
        if answer is not None:
            self.modem.say(b"+EVT:RX_1:-60:7:UNICAST:71:" + answer.hex().encode(), 2600)
