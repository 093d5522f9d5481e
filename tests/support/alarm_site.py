"""A small site whose people are woken, alarm events of it, and receivers on this machine that hear the notices."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from zlib import crc32

from gilmok_collector.alarms.event import AlarmEvent

NOW_MS = 1_800_000_000_000

HEAD = """
[site]
id = "yangjae"
name = { ko = "양재천 둔치주차장", en = "Yangjae riverside car park" }
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
"""
NODE = """
[node.{name}]
board = "esp32-devkitc"
{more}
[node.{name}.sensor.river]
driver = "a02yyuw"
uart = 1
every = "10 s"
"""


def site_of(path, more="", nodes=("p1-gate", "p2-gate"), node_more=""):
    """Write a site file with `nodes` and `more` at the end, and return the site."""
    from gilmok_site import load_site

    text = HEAD + "".join(NODE.format(name=name, more=node_more) for name in nodes) + more
    file = path / "site.toml"
    file.write_text(text, encoding="utf-8")
    return load_site(file)


def rule_id(name):
    """Return the id of a rule, as a node's configuration has it."""
    return crc32(name.encode()) >> 3


def alarm(number, event="raise", state="unacknowledged", level=3, node="p1-gate", rule="flood", unix_ms=NOW_MS, **more):
    """Return an event of a node's alarm; `number` is its place in the node's log."""
    source = f"c268/9c41e07b/3/{node}/{rule}/{number}"
    origin = {"device": 0xC268, "log": 0x9C41E07B, "stream": 3, "seq": number}
    more = {"received_ms": NOW_MS, **origin, **more}
    return AlarmEvent(node, rule, rule_id(rule), event, state, level, source, unix_ms=unix_ms, **more)


class Receiver:
    """A webhook of this machine: `heard` are (headers, body) in order; `answers` are the next statuses, then 204; `down` it says 503."""

    def __init__(self):
        self.heard = []
        self.asked = 0
        self.down = False
        self.answers = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.asked += 1
                status = receiver.answers.pop(0) if receiver.answers else 503 if receiver.down else 204
                if status == 204:
                    receiver.heard.append((dict(self.headers), body))
                self.send_response(status)
                self.end_headers()

            def do_GET(self):
                receiver.heard.append((dict(self.headers), b""))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *said):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alarms"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self):
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def bodies(self):
        """Return what was heard, as objects."""
        return [json.loads(body) for _, body in self.heard]

    def steps(self):
        """Return (alarm, event, repetition) of what was heard."""
        return [(body["alarm"], body["event"], body["repetition"]) for body in self.bodies()]
