"""How a MQTT broker is entered: TLS, a client's certificate, a password; and what a person can do where it does not let us in."""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gilmok_site.links import LinkTarget
    from gilmok_site.secret import Secret

# Reason codes of MQTT 5 (2.4), into which paho turns 4 and 5 of version 3.1.1.
_REFUSED = (134, 135)

# What is in the text of a failed connection, and the code of what to do (gilmok.messages, link_trouble_…). OpenSSL's own words.
_TROUBLES = (
    ("certificate verify failed", "ca"),
    ("wrong version number", "no_tls"),
    ("record layer failure", "no_tls"),
    ("reset by peer", "no_tls"),  # what mosquitto without TLS does with a handshake
    ("eof occurred", "no_tls"),
    ("certificate required", "certificate"),
    ("alert unknown ca", "certificate"),
    ("alert bad certificate", "certificate"),
    ("alert certificate expired", "certificate"),
)
TROUBLES = ("password", *dict.fromkeys(trouble for _, trouble in _TROUBLES))


@dataclass(frozen=True, slots=True)
class Access:
    """What opens a broker beside the user's name: `context` where it speaks TLS."""

    password: Secret | None = None
    context: ssl.SSLContext | None = None


def open_context(ca: Path | None, certificate: Path | None, private_key: Path | None) -> ssl.SSLContext:
    """Return what checks a broker's certificate against `ca`, or the system's authorities, and shows ours where there is one.

    Raises: OSError, of which ssl.SSLError is one.
    """
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    context.sslsocket_class = _Socket
    if certificate is not None:
        # A key with a password is refused: nobody is there to type it, and OpenSSL would ask the terminal.
        context.load_cert_chain(str(certificate), str(private_key) if private_key else None, password="")
    return context


class _Socket(ssl.SSLSocket):
    """Closes itself where the handshake fails: paho forgets it then."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


@asynccontextmanager
async def open_broker(target: LinkTarget, access: Access) -> AsyncIterator[Any]:
    """Yield an aiomqtt.Client that is connected.

    A broker may end TLS 1.3 only after the handshake. paho then tells its logger, and nobody else: it is heard here, and not waited out.
    Raises: aiomqtt.MqttError.
    """
    import aiomqtt

    complaints = _Complaints()
    client = aiomqtt.Client(
        target.host,
        target.tcp_port,
        username=target.user or None,
        password=access.password.reveal() if access.password else None,
        tls_context=access.context,
        logger=complaints.logger,
    )
    tasks = [asyncio.ensure_future(client.__aenter__()), asyncio.ensure_future(complaints.heard.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not tasks[0].done():
            raise aiomqtt.MqttError(complaints.text)
        tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    try:
        yield client
    finally:
        await client.__aexit__(*sys.exc_info())


class _Complaints(logging.Handler):
    """Keeps the last error that a library's logger says, from any thread, and from everybody else."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""
        self.heard = asyncio.Event()
        self.logger = logging.Logger("mqtt", logging.ERROR)
        self.logger.addHandler(self)
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()
        self._loop.call_soon_threadsafe(self.heard.set)


def trouble_of(error: BaseException, target: LinkTarget) -> str:
    """Return the code of what a person can do about a connection that failed; empty where that is to wait."""
    code = getattr(error, "rc", None)
    if getattr(code, "value", code) in _REFUSED:
        return "password"
    text = str(error).lower().replace("_", " ")
    return next((trouble for words, trouble in _TROUBLES if words in text and (target.tls or trouble != "no_tls")), "")
