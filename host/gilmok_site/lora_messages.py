"""What a person is told of [radio] and of nodes' radios, in English and Korean, by code; part of messages.py."""

# code: (English, Korean)
LORA_MESSAGES = {
    "lora_gateway": (
        "a gateway sends what its collector asks for; move this to its gateway table, or remove it",
        "게이트웨이는 수집기가 시킨 것만 보냄. gateway 표로 옮기거나 지우십시오",
    ),
    "lora_board": (
        "{value} has no radio that this firmware knows; use one of: {known}",
        "{value}: 무선 모듈이 없는 보드. 다음 가운데 하나: {known}",
    ),
    "lora_region": (
        'a radio needs the region whose law it keeps; write region = "KR920" in [site], or one of: {known}',
        '무선에는 지역이 필요함. [site]에 region = "KR920" 등을 쓰십시오. 다음 가운데 하나: {known}',
    ),
    "lora_law": (
        "the law of the region {value} is not in this firmware; radios run in: {known}",
        "이 펌웨어에 규정이 없는 무선 지역 {value}. 무선을 쓸 수 있는 지역: {known}",
    ),
    "lora_channels": (
        "{value} cannot be: nodes in {region} send on {known}, each named once",
        "{value}: 쓸 수 없음. {region} 노드의 채널은 {known}, 하나씩만 쓰십시오",
    ),
    "lora_rates_pair": (
        "{value} is not [slowest, fastest]; write two data rates such as rates = [0, 5]",
        "{value}: [가장 느린 속도, 가장 빠른 속도]가 아님. rates = [0, 5]처럼 둘을 쓰십시오",
    ),
    "lora_rate_slow": (
        "data rate {value} of {region} is too slow for our frames of 51 bytes; these channels carry: {known}",
        "{region}의 전송 속도 {value}: 51바이트 프레임을 싣지 못함. 이 채널의 속도: {known}",
    ),
    "lora_rate": (
        "these channels of {region} do not carry data rate {value}; they carry: {known}",
        "{region}의 이 채널에는 전송 속도 {value} 없음. 쓸 수 있는 속도: {known}",
    ),
    "lora_window": (
        "{value} is not within {shortest} to {longest} s, which a gateway and a node's clock can keep",
        "{value}: 게이트웨이와 노드 시계가 지킬 수 있는 {shortest}–{longest}초가 아님",
    ),
    "lora_window_alone": (
        "all nodes of a site share one window, for their gateways answer by it; write it in [radio]",
        "창은 사이트 전체가 같아야 함. 게이트웨이가 그때 답합니다. [radio]에 쓰십시오",
    ),
    "lora_antenna": (
        "with {value} the radio's least power is more than the region allows; use an antenna of at most {most}",
        "{value}: 무선의 가장 낮은 출력도 지역 한도를 넘음. {most} 이하의 안테나를 쓰십시오",
    ),
}
