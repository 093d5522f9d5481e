"""Link URLs: what each says, and what is refused."""

import pytest
import serial
from gilmok_site.errors import BadValue
from gilmok_site.links import DEFAULT_BAUD, LinkTarget, parse_link_url

URLS = {
    "serial:/dev/ttyUSB0?baud=921600": LinkTarget("serial", 921600, port="/dev/ttyUSB0"),
    "serial:/dev/serial/by-id/usb-Silicon_Labs_CP2102N-if00-port0": LinkTarget(
        "serial", port="/dev/serial/by-id/usb-Silicon_Labs_CP2102N-if00-port0"
    ),
    "serial:COM7": LinkTarget("serial", port="COM7"),
    "serial:usb=10C4:EA60": LinkTarget("usb", vid=0x10C4, pid=0xEA60),
    "serial:usb=10c4:ea60:0001?baud=115200": LinkTarget("usb", 115200, vid=0x10C4, pid=0xEA60, serial_number="0001"),
    "serial:usb=303A:1001:24:58:7C:AA:BB:CC": LinkTarget("usb", vid=0x303A, pid=0x1001, serial_number="24:58:7C:AA:BB:CC"),
    "socket://10.0.0.7:4001": LinkTarget("socket", host="10.0.0.7", tcp_port=4001),
    "rfc2217://pole.example:2217?baud=9600": LinkTarget("rfc2217", 9600, host="pole.example", tcp_port=2217),
    "tcp:127.0.0.1:7001": LinkTarget("tcp", host="127.0.0.1", tcp_port=7001),
    "ble:": LinkTarget("ble"),
    "ble:hci1": LinkTarget("ble", port="hci1"),
    "tcp:[::1]:7001": LinkTarget("tcp", host="::1", tcp_port=7001),
    "chirpstack:mqtt://10.0.0.9": LinkTarget("chirpstack", host="10.0.0.9", tcp_port=1883),
    "chirpstack:mqtts://mq.example": LinkTarget("chirpstack", host="mq.example", tcp_port=8883, tls=True),
    "chirpstack:mqtt://gilmok@mq:8883?application=17c82e96-be03": LinkTarget(
        "chirpstack", host="mq", tcp_port=8883, user="gilmok", application="17c82e96-be03"
    ),
    "semtech:1700": LinkTarget("semtech", udp_port=1700),
    "semtech:10.0.0.7:1700": LinkTarget("semtech", host="10.0.0.7", udp_port=1700),
    "semtech:[::1]:1700": LinkTarget("semtech", host="::1", udp_port=1700),
    "gateway:/dev/ttyACM0?baud=115200": LinkTarget("serial", 115200, port="/dev/ttyACM0", gateway=True),
    "gateway:COM17": LinkTarget("serial", port="COM17", gateway=True),
    "gateway:usb=303A:1002": LinkTarget("usb", vid=0x303A, pid=0x1002, gateway=True),
    "gateway:socket://10.0.0.7:4002": LinkTarget("socket", host="10.0.0.7", tcp_port=4002, gateway=True),
    "gateway:tcp:10.0.0.7:4003": LinkTarget("tcp", host="10.0.0.7", tcp_port=4003, gateway=True),
}

REFUSED = {
    "": "link_scheme",
    "/dev/ttyUSB0": "link_scheme",
    "serial": "link_scheme",
    "usb:10C4:EA60": "link_scheme",
    "https://10.0.0.7:4001": "link_scheme",
    "ble": "link_scheme",
    "ble:/dev/hci0": "link_adapter",
    "ble:hci0?baud=9600": "link_adapter",
    "serial:": "link_port",
    "serial:///dev/ttyUSB0": "link_port",
    "serial: COM7": "link_port",
    "serial:usb=": "link_usb",
    "serial:usb=10C4": "link_usb",
    "serial:usb=10C4:EA6": "link_usb",
    "serial:usb=10C4:EA60:": "link_usb",
    "socket:10.0.0.7:4001": "link_host",
    "socket://10.0.0.7": "link_host",
    "socket://:4001": "link_host",
    "socket://10.0.0.7:0": "link_host",
    "socket://10.0.0.7:65536": "link_host",
    "socket://10.0.0.7:http": "link_host",
    "socket://10.0.0.7:4001/x": "link_host",
    "socket://me@10.0.0.7:4001": "link_host",
    "socket://[::1:4001": "link_host",
    "tcp://127.0.0.1:7001": "link_host",
    "tcp:7001": "link_host",
    "chirpstack": "link_scheme",
    "chirpstack:mq:1883": "link_chirpstack",
    "chirpstack:http://mq:1883": "link_chirpstack",
    "chirpstack:mqtt://:1883": "link_chirpstack",
    "chirpstack:mqtt://gilmok:secret@mq": "link_password_shown",
    "chirpstack:mqtts://mq:99999": "link_chirpstack",
    "chirpstack:mqtt://mq/path": "link_chirpstack",
    "chirpstack:mqtt://mq?app=1": "link_chirpstack",
    "chirpstack:mqtt://mq?application=": "link_chirpstack",
    "chirpstack:mqtt://mq?application=a/b": "link_chirpstack",
    "semtech": "link_scheme",
    "semtech:": "link_semtech",
    "semtech:0": "link_semtech",
    "semtech:65536": "link_semtech",
    "semtech://10.0.0.7:1700": "link_semtech",
    "semtech:10.0.0.7": "link_semtech",
    "semtech:::1:1700": "link_semtech",
    "semtech:1700?": "link_semtech",
    "semtech:1700?baud=9600": "link_semtech",
    "gateway:": "link_port",
    "gateway://COM7": "link_port",
    "gateway:usb=1": "link_usb",
    "gateway:socket:10.0.0.7:4001": "link_host",
    "gateway:COM7?speed=1": "link_option",
    "serial:COM7?speed=9600": "link_option",
    "serial:COM7?baud": "link_baud",
    "serial:COM7?baud=fast": "link_baud",
    "serial:COM7?baud=1199": "link_baud",
    "serial:COM7?baud=5000001": "link_baud",
    "serial:COM7?baud=-9600": "link_baud",
}


@pytest.mark.parametrize("url", URLS)
def test_parse(url):
    assert parse_link_url(url) == URLS[url]


@pytest.mark.parametrize("url", REFUSED)
def test_refused(url):
    with pytest.raises(BadValue) as refused:
        parse_link_url(url)
    assert refused.value.code == REFUSED[url]


def test_baud_left_out():
    assert parse_link_url("serial:COM7").baud == DEFAULT_BAUD


@pytest.mark.parametrize("url", ["socket://127.0.0.1:4001", "socket://[::1]:4001", "rfc2217://127.0.0.1:2217"])
def test_pyserial_understands_the_url(url):
    target = parse_link_url(url)
    port = serial.serial_for_url(target.pyserial_url(), do_not_open=True)
    assert port.from_url(port.port) == (target.host, target.tcp_port)


def test_pyserial_opens_a_port_by_name():
    assert parse_link_url("serial:/dev/ttyUSB0?baud=9600").pyserial_url() == "/dev/ttyUSB0"
    with pytest.raises(ValueError, match="usb"):
        parse_link_url("serial:usb=10C4:EA60").pyserial_url()


def test_place_tells_ports_apart():
    places = [parse_link_url(url).place() for url in URLS]
    assert len(set(places)) == len(places)
    assert parse_link_url("serial:COM7?baud=9600").place() == parse_link_url("serial:COM7").place()


def test_a_port_is_one_whoever_is_there():
    assert parse_link_url("gateway:COM7").place() == parse_link_url("serial:COM7").place()
    assert parse_link_url("semtech:1700").place() != parse_link_url("tcp:10.0.0.7:1700").place()
    assert [parse_link_url(url).is_radio for url in ("gateway:COM7", "semtech:1700", "serial:COM7")] == [True, True, False]
