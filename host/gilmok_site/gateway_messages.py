"""What a person is told of gateways, in English and Korean, by code; part of messages.py."""

# code: (English, Korean)
GATEWAY_MESSAGES = {
    "gateway_role": (
        'only a gateway has this table; add role = "gateway", or remove the table',
        '게이트웨이에만 두는 표. role = "gateway"를 더하거나 이 표를 지우십시오',
    ),
    "gateway_part": (
        "a gateway neither measures nor acts; move {name} to a node of its own, or remove role",
        "게이트웨이는 측정도 제어도 하지 않음. {name}: 다른 노드로 옮기거나 role을 지우십시오",
    ),
    "gateway_table": (
        "nothing says what the gateway listens to; add gateway = {{ channel = 0, rate = 3 }}",
        "게이트웨이가 들을 채널이 없음. gateway = {{ channel = 0, rate = 3 }}처럼 쓰십시오",
    ),
    "gateway_board": (
        "{value} has no radio that this firmware knows; use one of: {known}",
        "{value}: 무선 모듈이 없는 보드. 다음 가운데 하나: {known}",
    ),
    "gateway_link": (
        "link {name} leads to a node ({value}); a gateway is behind a url such as gateway:/dev/ttyACM0",
        "{name}: 노드로 가는 링크({value}). 게이트웨이의 링크는 gateway:/dev/ttyACM0처럼 쓰십시오",
    ),
    "gateway_unheard": (
        "sends where no gateway of this site listens (channel/data rate {value}); "
        "write [radio] channels = [{channel}], rates = [{rate}, {rate}]",
        "이 사이트의 게이트웨이가 듣지 않는 곳에서 보내는 노드 (채널/전송 속도 {value}). "
        "[radio] channels = [{channel}], rates = [{rate}, {rate}]처럼 쓰십시오",
    ),
    "gateway_region": (
        'a gateway needs the region whose law it keeps; write region = "KR920" in [site], or one of: {known}',
        '게이트웨이에는 무선 지역이 필요함. [site]에 region = "KR920" 등을 쓰십시오. 다음 가운데 하나: {known}',
    ),
    "gateway_law": (
        "the law of the region {value} is not in this firmware; radios run in: {known}",
        "이 펌웨어에 규정이 없는 무선 지역 {value}. 무선을 쓸 수 있는 지역: {known}",
    ),
    "gateway_channel": (
        "{region} has no channel {value}; write one of {known}",
        "{value}: {region}에 없는 채널. {known} 가운데 하나를 쓰십시오",
    ),
    "gateway_rate": (
        "channel {channel} of {region} carries no frame of ours at data rate {value}; write one of: {known}",
        "{region} 채널 {channel}에서 쓸 수 없는 전송 속도 {value}. 다음 가운데 하나: {known}",
    ),
}
