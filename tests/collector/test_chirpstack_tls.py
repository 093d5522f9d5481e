"""The ChirpStack link at a broker that asks for TLS, a password or a certificate: a real mosquitto, and what is said where it refuses."""

import base64
import hashlib
import logging
import time

import pytest
from gilmok.broker_access import open_access
from gilmok.messages import MESSAGES
from gilmok_collector.radio.broker import Access
from gilmok_collector.radio.chirpstack import ChirpstackLink
from gilmok_site import KeysError, SiteError, create_keys, load_keys, parse_site
from gilmok_site.secret import Secret, link_passwords
from support.certificates import Authority
from support.mosquitto import WAIT_S, Broker, skip_without_mosquitto

USER, PASSWORD = "gilmok", "correct horse battery staple"
SITE = """\
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
[link.city]
url = "chirpstack:mqtts://{place}"
{more}
[node.gate]
board = "sim"
"""


def password_line(user, password):
    """Return a line of mosquitto's password file: PBKDF2 with SHA-512, 101 times."""
    salt = b"gilmok-tests"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
    return f"{user}:$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


class Place:
    """A folder with an authority, and a broker whose certificate is by it; `wants` are more lines of its configuration."""

    def __init__(self, folder, wants=None):
        self.folder = folder
        self.authority = Authority(folder)
        certificate, key = self.authority.issue("localhost")
        passwords = folder / "passwords"
        passwords.touch(0o600)
        passwords.write_text(password_line(USER, PASSWORD))
        wants = f"allow_anonymous false\npassword_file {passwords}\n" if wants is None else wants
        settings = f"cafile {self.authority.path}\ncertfile {certificate}\nkeyfile {key}\n{wants}"
        self.broker = Broker(folder, settings)
        self.broker.start()
        self.links = []

    def site(self, more, user=USER + "@", place=None):
        place = place or f"{user}127.0.0.1:{self.broker.port}"
        return parse_site(SITE.format(place=place, more=more), str(self.folder / "yangjae.toml"))

    def link(self, site, password=PASSWORD):
        """Return a link as `gilmok collect` opens it, with this password."""
        access = open_access(site, {"city": Secret(password)} if password else {})
        link = ChirpstackLink("city", site.link["city"].target, lambda arrival: None, access["city"])
        self.links.append(link)
        link.start()
        return link

    def close(self):
        for link in self.links:
            link.close()
        self.broker.stop()


@pytest.fixture
def make_place(tmp_path):
    skip_without_mosquitto()
    places = []

    def make(wants=None):
        places.append(Place(tmp_path, wants))
        return places[-1]

    yield make
    for place in places:
        place.close()


def await_state(link, condition):
    deadline = time.monotonic() + WAIT_S
    while not condition(link.state):
        assert time.monotonic() < deadline, link.state
        time.sleep(0.01)


def test_a_password_opens_the_broker_and_is_seen_nowhere(make_place, caplog):
    caplog.set_level(logging.DEBUG)
    place = make_place()
    link = place.link(place.site('ca = "ca.crt"'))
    await_state(link, lambda state: state.up)
    assert link.state.trouble == link.state.error == ""
    assert PASSWORD not in caplog.text + repr(vars(link)) + repr(link.state)


REFUSALS = {
    "password": ('ca = "ca.crt"', "wrong and secret"),
    "ca": ('ca = "other.crt"', PASSWORD),
    "no_tls": ('ca = "ca.crt"', PASSWORD),
}


@pytest.mark.parametrize("trouble", REFUSALS)
def test_where_it_does_not_open_it_says_what_to_do(make_place, caplog, trouble):
    caplog.set_level(logging.DEBUG)
    more, password = REFUSALS[trouble]
    place = make_place()
    Authority(place.folder, "other")
    port = place.broker.port
    if trouble == "no_tls":
        place.broker.stop()
        place.broker = Broker(place.folder)
        place.broker.start()
        port = place.broker.port
    link = place.link(place.site(more, place=f"{USER}@127.0.0.1:{port}"), password)
    await_state(link, lambda state: state.trouble)
    assert link.state.trouble == trouble and link.state.error and not link.state.up, link.state
    assert password not in caplog.text + link.state.error
    for text in MESSAGES[f"link_trouble_{trouble}"]:
        assert "link.city" in text.format(link="city", variable="GILMOK_LINK_CITY")


def test_a_host_that_the_certificate_does_not_name_is_refused(make_place):
    place = make_place()
    link = place.link(place.site('ca = "ca.crt"', place=f"{USER}@127.0.0.2:{place.broker.port}"))
    await_state(link, lambda state: state.error != "not opened yet")
    assert not link.state.up


def test_a_certificate_is_asked_for_and_shown(make_place):
    place = make_place("require_certificate true\nuse_identity_as_username true\n")
    link = place.link(place.site('ca = "ca.crt"', user=""), None)
    await_state(link, lambda state: state.trouble)
    assert link.state.trouble == "certificate", link.state
    place.authority.issue("gilmok")
    site = place.site('ca = "ca.crt"\ncertificate = "gilmok.crt"\nprivate_key = "gilmok.key"', user="")
    link = place.link(site, None)
    await_state(link, lambda state: state.up)


def test_files_that_cannot_be_used_are_named(tmp_path):
    authority = Authority(tmp_path)
    authority.issue("gilmok", b"typed by nobody")
    (tmp_path / "open.key").write_text("")
    (tmp_path / "open.key").chmod(0o644)
    (tmp_path / "text.crt").write_text("no certificate")
    for lines, key, code in (
        ('ca = "none.crt"', "ca", "link_tls_file"),
        ('ca = "text.crt"', "ca", "link_tls_file"),
        ('certificate = "gilmok.crt"\nprivate_key = "open.key"', "private_key", "keys_mode"),
        ('certificate = "gilmok.crt"\nprivate_key = "gilmok.key"', "certificate", "link_tls_file"),
    ):
        site = parse_site(SITE.format(place="mq", more=lines), str(tmp_path / "yangjae.toml"))
        with pytest.raises(SiteError) as error:
            open_access(site, {})
        (problem,) = error.value.problems
        assert (problem.key, problem.code) == (f"link.city.{key}", code) and problem.line, lines
        assert "typed by nobody" not in error.value.text("en") and error.value.text("ko") != error.value.text("en")


def test_without_tls_there_is_nothing_to_open(tmp_path):
    site = parse_site(SITE.format(place="mq", more="").replace("mqtts", "mqtt"), str(tmp_path / "yangjae.toml"))
    assert open_access(site, {}) == {"city": Access()}


@pytest.mark.parametrize(
    ("change", "more", "code"),
    [
        (("mqtts", "mqtt"), 'ca = "ca.crt"', "link_tls"),
        (("", ""), 'certificate = "gilmok.crt"', "link_tls_pair"),
        (("", ""), 'private_key = "gilmok.key"', "link_tls_pair"),
        (("mqtts://mq", "mqtts://gilmok:hidden@mq"), "", "link_password_shown"),
    ],
)
def test_the_site_file_is_told_what_does_not_go_together(change, more, code):
    with pytest.raises(SiteError) as error:
        parse_site(SITE.format(place="mq", more=more).replace(*change), "yangjae.toml")
    assert [problem.code for problem in error.value.problems] == [code]
    for language in ("en", "ko"):
        assert "hidden" not in error.value.text(language) and "link.city" in error.value.text(language)


def test_passwords_are_in_the_keys_file_or_in_a_variable(tmp_path):
    path = tmp_path / "yangjae.toml"
    site = parse_site(SITE.format(place="gilmok@mq", more=""), str(path))
    keys = create_keys(site)
    with pytest.raises(KeysError) as error:
        link_passwords(site, keys, {})
    assert [problem.key for problem in error.value.problems] == ["link.city"] and "GILMOK_LINK_CITY" in error.value.text("en")
    assert link_passwords(site, keys, {"GILMOK_LINK_CITY": PASSWORD}) == {"city": Secret(PASSWORD)}
    with site.keys_path.open("a") as file:
        file.write(f'[link]\ncity = "{PASSWORD}"\n')
    keys = load_keys(site)
    assert link_passwords(site, keys, {}) == {"city": Secret(PASSWORD)} and PASSWORD not in repr(keys)
    more = site.model_copy(update={"node": {**site.node, "roof": site.node["gate"]}})
    assert create_keys(more.placed_in(site.source)).link == {"city": Secret(PASSWORD)}, "what is written by hand is kept"
    site.keys_path.write_text(site.keys_path.read_text().replace(f'"{PASSWORD}"', "5"))
    with pytest.raises(KeysError) as error:
        load_keys(site)
    assert [problem.code for problem in error.value.problems] == ["link_secrets"]
