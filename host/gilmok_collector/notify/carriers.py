"""Those who carry a notice out: a webhook, a mail server, a program. Each waits, so each has a thread; none touches the store."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import signal
import smtplib
import ssl
import subprocess
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..store.notices import Notice

if TYPE_CHECKING:
    from gilmok_site.model import Site
    from gilmok_site.notify import Target
    from gilmok_site.secret import Secret

TIMEOUT_S = 10  # a receiver that says nothing for so long is taken for down; the next attempt comes a second later
PROGRAM_S = 30  # a program has switched its siren on by then, or hangs
SAID = 200  # of what a receiver or a program answered: enough to know why
# Answers that blame the notice, not the moment (RFC 9110, 15.5). All else may pass, also 401, 403 and 404: a person mends those at the
# receiver.
REFUSALS = (400, 413, 415, 422)
_PORTS = {"smtp": 587, "smtps": 465}  # RFC 8314, 3.3

Carry = Callable[[Notice], None]


class CarryError(Exception):
    """A notice was not delivered; `refused` where the receiver does not want this very one. The sentence holds no secret."""

    def __init__(self, sentence: str, refused: bool = False) -> None:
        super().__init__(sentence)
        self.refused = refused


def carrier_of(target: Target, site: Site, secret: Secret | None) -> Carry:
    """Return what carries the notices of a target; it raises CarryError where one was not delivered."""
    if target.url is not None:
        return webhook(target.url, secret)
    if target.smtp is not None:
        return mail(target, site, secret)
    return program(target.command or [], site.folder)


# -- webhook


def webhook(url: str, secret: Secret | None) -> Carry:
    """Return a carrier that posts notices as JSON, signed with HMAC-SHA256 (RFC 2104) over the body as it stands."""

    def carry(notice: Notice) -> None:
        body = notice.body.encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": json.dumps(notice.key)}
        if secret is not None:
            digest = hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()
            headers["Gilmok-Signature"] = f"sha256={digest}"
        status, said = request("POST", url, headers, body)
        if not 200 <= status < 300:  # a redirection too: a POST must not become a GET somewhere else
            raise CarryError(f"answered {status} {said}".strip(), status in REFUSALS)

    return carry


def request(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, str]:
    """Make one HTTP request and return the status and the beginning of the answer.

    Raises: CarryError where there was no answer.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        answer = connection.getresponse()
        return answer.status, _shown(answer.read(SAID))
    except (OSError, http.client.HTTPException) as error:
        raise CarryError(f"no answer from {host}: {error or type(error).__name__}") from error
    finally:
        connection.close()


# -- mail


def mail(target: Target, site: Site, secret: Secret | None) -> Carry:
    """Return a carrier that hands notices to a mail server: encrypted if the server can, and always where a password is told."""
    parts = urlsplit(target.smtp or "")
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]

    def carry(notice: Notice) -> None:
        try:
            with _connect(parts.scheme, host, port) as server:
                server.ehlo_or_helo_if_needed()
                if parts.scheme == "smtp" and server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
                elif parts.scheme == "smtp" and target.user:
                    raise CarryError(f"{host} offers no STARTTLS, and the password is not told in the open; use smtps://")
                if target.user and secret is not None:
                    server.login(target.user, secret.reveal())
                server.send_message(letter(notice, target, site))
        except smtplib.SMTPAuthenticationError as error:
            # its text may quote what was sent
            raise CarryError(f"{host} does not take user and password ({error.smtp_code})") from None
        except smtplib.SMTPRecipientsRefused as error:
            raise CarryError(f"{host} refuses {', '.join(error.recipients)}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise CarryError(f"{host}: {error or type(error).__name__}") from error

    return carry


def _connect(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=TIMEOUT_S)


def letter(notice: Notice, target: Target, site: Site) -> EmailMessage:
    """Return a notice as mail; its Message-ID is made of the key, so that a repetition is known (RFC 5322, 3.6.4)."""
    body = json.loads(notice.body)
    message = EmailMessage()
    message["From"] = target.from_
    message["To"] = ", ".join(target.to)
    message["Subject"] = " ".join(str(body["subject"]).split())
    message["Date"] = format_datetime(datetime.fromtimestamp(notice.created_ms / 1000).astimezone())
    digest = hashlib.sha256(notice.key.encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@{(target.from_ or '').rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(f"{body['text']}\n\n{notice.key}\n")
    return message


# -- program


def program(argv: list[str], folder: Path) -> Carry:
    """Return a carrier that runs a program of this machine with the notice as JSON on its standard input; exit code 0 is delivery.

    No shell sees the words. What the program leaves running when its time is up is ended with it.
    """

    def carry(notice: Notice) -> None:
        environment = {**os.environ, "GILMOK_NOTICE": notice.key}
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        try:
            process = subprocess.Popen(argv, cwd=folder, env=environment, start_new_session=True, **options)  # type: ignore[call-overload]
        except OSError as error:
            raise CarryError(f"{argv[0]}: {error.strerror}") from error
        with process:
            try:
                _, said = process.communicate(notice.body.encode(), timeout=PROGRAM_S)
            except subprocess.TimeoutExpired:
                _end(process)
                raise CarryError(f"{argv[0]} did not end within {PROGRAM_S} s") from None
        if process.returncode:
            raise CarryError(f"{argv[0]} ended with {process.returncode}: {_shown(said[-SAID:])}")

    return carry


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)  # start_new_session made it the leader of its group
    else:
        process.kill()
    process.communicate()


def _shown(said: bytes) -> str:
    """Return what a stranger said, fit for one line of a log."""
    text = " ".join(said.decode("utf-8", "replace").split())
    return "".join(each if each.isprintable() else "�" for each in text)
