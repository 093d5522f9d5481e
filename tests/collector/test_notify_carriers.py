"""What carries a notice out, against real receivers on this machine: HTTP, SMTP with and without TLS, a program."""

import email
import email.policy
import hashlib
import hmac
import json
import socket
import ssl
import sys

import pytest
from gilmok_collector.notify import carriers
from gilmok_collector.notify.carriers import CarryError, carrier_of
from gilmok_collector.store.notices import Notice
from gilmok_site.secret import Secret
from support.alarm_site import NOW_MS, Receiver, site_of
from support.mail_server import MailServer, certificate

BODY = json.dumps({"subject": "[경계] 1번 출입구, flood: 발생", "text": "물 1.43 m\n양재천"}, ensure_ascii=False)
NOTICE = Notice(1, "yangjae/duty/c268/9c41e07b/3/17/0", "duty", 1, 0, "p1-gate", 1, "waiting", 0, NOW_MS, NOW_MS, None, "", BODY)


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


def webhook_of(url, tmp_path):
    site = site_of(tmp_path, f'[notify.duty]\nurl = "{url}"\n')
    return carrier_of(site.notify["duty"], site, Secret("4711"))


def test_a_webhook_is_signed_and_names_its_repetitions(receiver, tmp_path):
    webhook_of(receiver.url, tmp_path)(NOTICE)
    ((headers, body),) = receiver.heard
    assert body == BODY.encode()
    assert headers["Idempotency-Key"] == f'"{NOTICE.key}"'
    assert headers["Gilmok-Signature"] == "sha256=" + hmac.new(b"4711", body, hashlib.sha256).hexdigest()
    assert headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(("status", "refused"), [(503, False), (404, False), (302, False), (400, True), (422, True)])
def test_what_is_no_success_is_none(receiver, tmp_path, status, refused):
    receiver.answers = [status]
    with pytest.raises(CarryError, match=str(status)) as error:
        webhook_of(receiver.url, tmp_path)(NOTICE)
    assert error.value.refused == refused


def test_nobody_listens(receiver, tmp_path):
    receiver.close()
    with pytest.raises(CarryError, match="no answer from 127.0.0.1"):
        webhook_of(receiver.url, tmp_path)(NOTICE)


def test_somebody_listens_and_says_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(carriers, "TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(CarryError, match="no answer"):
        webhook_of(f"http://127.0.0.1:{mute.getsockname()[1]}/", tmp_path)(NOTICE)


# -- mail


def mail_of(server, tmp_path, more="", scheme="smtp"):
    table = f'[notify.mail]\nsmtp = "{scheme}://127.0.0.1:{server.port}"\nto = ["a@x.kr", "b@x.kr"]\nfrom = "gilmok@x.kr"\n{more}'
    site = site_of(tmp_path, table)
    return carrier_of(site.notify["mail"], site, Secret("s3cret"))


@pytest.fixture
def serve():
    made = []

    def new(**options):
        made.append(MailServer(**options))
        return made[-1]

    yield new
    for each in made:
        each.close()


def test_mail(serve, tmp_path):
    server = serve()
    carry = mail_of(server, tmp_path)
    carry(NOTICE)
    carry(NOTICE)
    (sender, to, data), (_, _, again) = server.letters
    letter = email.message_from_bytes(data, policy=email.policy.default)
    assert (sender, to) == ("gilmok@x.kr", ["a@x.kr", "b@x.kr"])
    assert letter["Subject"] == "[경계] 1번 출입구, flood: 발생"
    assert "물 1.43 m" in letter.get_content() and NOTICE.key in letter.get_content()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"] == email.message_from_bytes(again, policy=email.policy.default)["Message-ID"]


def test_a_password_goes_through_tls_only(serve, tmp_path, monkeypatch):
    context, file = certificate(tmp_path)
    monkeypatch.setattr(ssl, "create_default_context", lambda: ssl._create_unverified_context(cafile=file))
    server = serve(tls=context, password="s3cret")
    mail_of(server, tmp_path, 'user = "gilmok"\n')(NOTICE)
    assert (server.logins, server.encrypted, len(server.letters)) == (["gilmok:s3cret"], [True], 1)
    in_the_open = serve(password="s3cret")
    with pytest.raises(CarryError, match="STARTTLS") as error:
        mail_of(in_the_open, tmp_path, 'user = "gilmok"\n')(NOTICE)
    assert (in_the_open.logins, in_the_open.letters) == ([], [])
    assert "s3cret" not in str(error.value)


def test_a_certificate_of_somebody_else_is_refused(serve, tmp_path):
    context, _ = certificate(tmp_path)
    server = serve(tls=context)
    with pytest.raises(CarryError, match="(?i)certificate"):
        mail_of(server, tmp_path)(NOTICE)
    assert server.letters == []


def test_a_password_is_in_no_error(serve, tmp_path, monkeypatch):
    context, file = certificate(tmp_path)
    monkeypatch.setattr(ssl, "create_default_context", lambda: ssl._create_unverified_context(cafile=file))
    server = serve(tls=context, password="another")  # it repeats what it was told
    with pytest.raises(CarryError) as error:
        mail_of(server, tmp_path, 'user = "gilmok"\n')(NOTICE)
    assert "user and password" in str(error.value)
    assert "s3cret" not in str(error.value) and error.value.__cause__ is None


def test_mail_that_is_refused(serve, tmp_path):
    server = serve()
    server.refuse = "550 no such user"
    with pytest.raises(CarryError, match="refuses a@x.kr, b@x.kr"):
        mail_of(server, tmp_path)(NOTICE)


# -- program

SIREN = """
import os, sys
data = sys.stdin.buffer.read()
open("heard", "ab").write(os.environ["GILMOK_NOTICE"].encode() + b" " + data + b" " + " ".join(sys.argv[1:]).encode())
"""


def program_of(tmp_path, *words):
    argv = json.dumps([sys.executable, *words])
    site = site_of(tmp_path, f"[notify.siren]\ncommand = {argv}\n")
    return carrier_of(site.notify["siren"], site, None)


def test_a_program_hears_the_notice_and_no_shell_its_words(tmp_path):
    (tmp_path / "siren.py").write_text(SIREN)
    program_of(tmp_path, "siren.py", "on; touch broken", "$(id)")(NOTICE)
    assert (tmp_path / "heard").read_text(encoding="utf-8") == f"{NOTICE.key} {BODY} on; touch broken $(id)"
    assert not (tmp_path / "broken").exists()


def test_a_program_that_fails(tmp_path):
    with pytest.raises(CarryError, match="ended with 3: no relay there"):
        program_of(tmp_path, "-c", "import sys; sys.stderr.write('no relay\\nthere'); sys.exit(3)")(NOTICE)
    site = site_of(tmp_path, '[notify.siren]\ncommand = ["./siren"]\n')
    with pytest.raises(CarryError, match="./siren: No such file"):
        carrier_of(site.notify["siren"], site, None)(NOTICE)


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path, monkeypatch):
    monkeypatch.setattr(carriers, "PROGRAM_S", 0.3)
    hang = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    with pytest.raises(CarryError, match="did not end"):
        program_of(tmp_path, "-c", hang)(NOTICE)
