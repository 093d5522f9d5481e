"""Where each figure of gilmok_wire.regions comes from and how sure it is, and what a refusal is called.

Marks: PRIMARY, seen in the source named; SECONDARY, seen in somebody's code or article, the law's own text not seen; MEMORY, not
checked. What is not PRIMARY is marked wherever a person reads it.
"""

from typing import NamedTuple

from gilmok_wire import radio_law

PRIMARY, SECONDARY, MEMORY = "V", "V2", "M"

# mark: (English, Korean)
MARKS = {
    PRIMARY: ("seen in the source", "출처 확인"),
    SECONDARY: ("from a secondary source: check it before you operate", "2차 출처: 운용 전에 확인하십시오"),
    MEMORY: ("not verified: check it before you operate", "미확인: 운용 전에 확인하십시오"),
}


class Source(NamedTuple):
    """Where a figure comes from."""

    mark: str
    where: str


_STACK = "Lora-net/LoRaMac-node, src/mac/region/Region{}.h"
_PAYLOADS = "; with the 13 bytes of a LoRaWAN frame, which one of ours takes up itself"
_SURE = " (stack's figure; the regulator's own text was not seen)"

# region: figure: source. The figures are the fields of a row of gilmok_wire.regions, and the parts of them that differ.
SOURCES: dict[str, dict[str, Source]] = {
    "KR920": {
        "channels": Source(PRIMARY, "TheThingsNetwork/lorawan-frequency-plans@041ab056, KR_920_923_TTN.yml; 922.1/.3/.5 also LoRaMac-node"),
        "channels below 922 MHz": Source(SECONDARY, "LoRaMac-node names 920.9 to 921.9 MHz; the raster of 200 kHz is inferred"),
        "rates": Source(PRIMARY, _STACK.format("KR920")),
        "sizes": Source(PRIMARY, _STACK.format("KR920") + _PAYLOADS),
        "eirp": Source(SECONDARY, "14 dBm, 10 dBm below 922 MHz: " + _STACK.format("KR920") + _SURE),
        "listen": Source(SECONDARY, "-65 dBm, 6 ms: " + _STACK.format("KR920") + "; the notice is remembered as 5 ms or more"),
        "dwell": Source(MEMORY, "4 s: the notice of the RRA was not found; the stack's longest reception window is 4 s too"),
        "pause": Source(MEMORY, "50 ms: the notice of the RRA was not found"),
        "duty": Source(SECONDARY, "none where the radio listens: " + _STACK.format("KR920") + _SURE),
        "rx2": Source(PRIMARY, "921.9 MHz, DR0: " + _STACK.format("KR920")),
    },
    "AS923": {
        "channels": Source(PRIMARY, "923.2 and 923.4 MHz: " + _STACK.format("AS923")),
        "channels above 923.4 MHz": Source(MEMORY, "923.6 to 924.6 MHz, as in plans of Asian networks: ask the country's regulator"),
        "rates": Source(PRIMARY, _STACK.format("AS923")),
        "sizes": Source(PRIMARY, "with a dwell of 400 ms: " + _STACK.format("AS923") + _PAYLOADS),
        "eirp": Source(SECONDARY, "16 dBm: " + _STACK.format("AS923") + _SURE),
        "listen": Source(SECONDARY, "-80 dBm, 5 ms, which Japan asks (ARIB STD-T108 as others implement it); elsewhere it does no harm"),
        "dwell": Source(SECONDARY, "400 ms: " + _STACK.format("AS923") + ", on by default; some countries do not ask it"),
        "pause": Source(SECONDARY, "50 ms, as others implement ARIB STD-T108"),
        "duty": Source(SECONDARY, "1 %: " + _STACK.format("AS923") + _SURE),
        "rx2": Source(PRIMARY, "923.2 MHz: " + _STACK.format("AS923") + "; there at DR2, which is too slow for our frames: DR3"),
    },
    "EU868": {
        "channels": Source(PRIMARY, "868.1/.3/.5 and 869.525 MHz: " + _STACK.format("EU868")),
        "channels below 868 MHz": Source(MEMORY, "867.1 to 867.9 MHz, as in plans of European networks"),
        "rates": Source(PRIMARY, _STACK.format("EU868")),
        "sizes": Source(PRIMARY, _STACK.format("EU868") + _PAYLOADS),
        "eirp": Source(
            SECONDARY, "16 dBm: " + _STACK.format("EU868") + "; 25 mW e.r.p. are 16.15 dBm. 869.4 to 869.65 MHz would allow more"
        ),
        "duty": Source(SECONDARY, "1 %, 1 %, 10 %: " + _STACK.format("EU868") + "; EN 300 220-2 counts an hour"),
        "bands": Source(MEMORY, "865 to 868, 868 to 868.6, 869.4 to 869.65 MHz: EN 300 220-2, annex B, was not seen"),
        "rx2": Source(PRIMARY, "869.525 MHz, DR0: " + _STACK.format("EU868")),
    },
    "US915": {
        "channels": Source(SECONDARY, "64 + 8 up, 8 down: LoRaWAN regional parameters as LoRaMac-node and lora-rs have them"),
        "rates": Source(PRIMARY, _STACK.format("US915")),
        "sizes": Source(PRIMARY, _STACK.format("US915") + _PAYLOADS),
        "eirp": Source(SECONDARY, "30 dBm: " + _STACK.format("US915") + "; 47 CFR 15.247(b) allows an antenna of 6 dBi beside it"),
        "eirp at 500 kHz": Source(MEMORY, "26 dBm, for 8 dBm in 3 kHz, 47 CFR 15.247(e): as stacks limit it"),
        "occupancy": Source(PRIMARY, "0.4 s in 20 s on each frequency: 47 CFR 15.247(a)(1)(i), edition of 2021-09-01"),
        "hopping": Source(PRIMARY, "50 frequencies: 47 CFR 15.247(a)(1)(i), edition of 2021-09-01"),
        "power below 50": Source(SECONDARY, "21 dBm: lora-rs/lora-rs, region us915"),
        "rx2": Source(PRIMARY, "923.3 MHz, DR8: " + _STACK.format("US915")),
    },
}

# reason of gilmok_wire.radio_law: (English, Korean)
REASONS = {
    radio_law.GRANTED: ("may transmit", "송신 가능"),
    radio_law.CHANNEL: ("not a channel of this radio's region and configuration", "이 지역과 설정에 없는 채널"),
    radio_law.RATE: ("the channel does not carry this data rate", "이 채널에서 쓸 수 없는 전송 속도"),
    radio_law.SIZE: ("the frame is longer than this data rate carries", "이 전송 속도로 보낼 수 없는 길이"),
    radio_law.POWER: ("more power than the region allows with this antenna", "이 안테나로 허용된 출력 초과"),
    radio_law.DWELL: ("one transmission would last too long", "한 번의 송신이 너무 김"),
    radio_law.SENDING: ("the transmission before has not ended", "이전 송신이 끝나지 않음"),
    radio_law.PAUSE: ("the pause between two transmissions", "송신 사이 휴지 시간"),
    radio_law.QUOTA: ("the airtime allowed is used up", "허용된 송신 시간을 다 씀"),
    radio_law.LISTEN: ("the channel has not been listened to just now", "송신 전 청취가 필요함"),
    radio_law.OCCUPIED: ("somebody else transmits on the channel", "다른 무선국이 채널 사용 중"),
}


def unsure(region: str) -> dict[str, Source]:
    """Return the figures of a region whose law's own text was not seen."""
    return {figure: source for figure, source in SOURCES[region].items() if source.mark != PRIMARY}
