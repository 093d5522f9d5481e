"""The words of a budget, in English and Korean. Sums, units and sources are the same in both."""

# Heads of the table.
HEADS = {
    "en": ("node", "heap", "log", "bytes/day", "air/day", "energy/day", "battery"),
    "ko": ("노드", "힙", "로그", "하루 통신량", "하루 송신 시간", "하루 전력량", "배터리"),
}

# What the parts are called under --explain, by field of Budget.
PARTS = {
    "heap": ("heap", "힙"),
    "log": ("log", "로그"),
    "traffic": ("bytes a day on a cable", "하루 통신량(유선)"),
    "air": ("time on the air a day", "하루 송신 시간"),
    "energy": ("energy a day", "하루 전력량"),
    "battery": ("battery", "배터리"),
}

# What one line of a sum is about.
LABELS = {
    "total": ("in all", "합계"),
    "stream": ("records of {name}", "{name} 기록"),
    "heap_node": ("firmware, log and session", "펌웨어·로그·세션"),
    "heap_code": ("code of {name}", "{name} 코드"),
    "heap_object": ("sensor {name} and its stream", "센서 {name} 및 스트림"),
    "heap_names": ("names that only what decides has", "판정·동작에만 쓰이는 이름"),
    "heap_rules": ("judge and alarms, rules, steps, means, slopes, checks", "판정·경보, 규칙·단계·평균·기울기·검사"),
    "heap_events": ("streams of events", "이벤트 스트림"),
    "heap_outputs": ("outputs and their pins", "출력과 핀"),
    "heap_detector": ("detector {name}", "검출기 {name}"),
    "heap_group": ("acting at other nodes, or they here", "노드 간 동작"),
    "heap_command": ("a command while it is carried out", "명령을 처리하는 동안"),
    "heap_ring": ("waveform kept before its event", "이벤트 전 파형 보관"),
    "heap_untold": ("{name} has not been measured", "{name}: 측정한 적 없음"),
    "heap_desk": ("on the desk, 64 bits", "개발 PC(64비트) 합계"),
    "heap_chip": ("on a chip of 32 bits", "32비트 칩 환산"),
    "heap_holes": ("holes between what is taken", "사용 중인 영역 사이의 빈틈"),
    "heap_batch": ("rows of a batch while it is made", "묶음을 만드는 동안의 행"),
    "ring_block": ("room in a block", "블록 하나의 공간"),
    "ring_days": ("days until the oldest is overwritten", "덮어쓰기까지의 날수"),
    "ring_wear": ("years until the flash is worn", "플래시 수명(년)"),
    "batches": ("batches of {name}", "{name} 묶음"),
    "answers": ("answers of the collector", "수집기의 응답"),
    "air_rate": ("data rate in {name}", "{name} 전송 속도"),
    "air_untold": ("no table of frames for {name}", "{name}: 프레임 표 없음"),
    "energy_board": ("{name}", "{name}"),
    "energy_sensor": ("sensor {name}", "센서 {name}"),
    "energy_radio": ("radio, {name}", "무선, {name}"),
    "battery_holds": ("battery", "배터리"),
    "battery_untold": ("what the node draws is unknown", "노드의 소비 전력을 알 수 없음"),
    "battery_days": ("days without sun", "해 없이 버티는 날수"),
    "battery_sun": ("sun of a mean day", "평균적인 하루의 태양광"),
    "battery_wants": ("wanted from the sun", "태양광에 필요한 양"),
}

# What has to be said beside a sum.
NOTES = {
    "provisional": ("provisional figures", "임시 수치"),
    "at_most": ("at most: if every reading changes", "최대: 모든 측정값이 변할 때"),
    "least": ("at least", "최소"),
    "most": ("at most", "최대"),
    "urgent": ("urgent: each at once", "긴급: 하나씩 바로"),
    "air_estimate": ("estimate: lost frames, greetings and alarms not foreseen", "추정값: 잃은 프레임, 인사, 경보는 넣지 않음"),
    "chip": ("of the chip alone: regulator and USB come on top", "칩만의 값: 레귤레이터와 USB 별도"),
    "light_sleep": (
        "estimate: awake for 2 ms each second and twice a reading; the board in light sleep comes on top",
        "추정값: 1초마다, 또 측정할 때마다 두 번 2ms씩 깨어 있음. 잠든 동안 보드의 소비는 별도",
    ),
    "board": ("of the whole board", "보드 전체의 값"),
    "radio_always": ("listens all the time; lost frames not foreseen", "늘 들음. 잃은 프레임은 넣지 않음"),
    "radio_windows": ("listens for each answer; lost frames not foreseen", "응답마다 들음. 잃은 프레임은 넣지 않음"),
    "radio_until": ("listens until it is answered; lost frames not foreseen", "응답을 받을 때까지 들음. 잃은 프레임은 넣지 않음"),
    "untold": ("unknown: no source in the data of the board or instrument", "알 수 없음: 보드나 계측기 자료에 출처 없음"),
    "winter": ("margin for winter, chosen by us", "겨울을 위해 정한 여유"),
}

CELLS = {
    "unknown": ("unknown", "알 수 없음"),
    "heap": ("{used} of {have} KB", "{have}KB 중 {used}KB"),
    "days": ("{sign}{days} days", "{sign}{days}일"),
    "hours": ("{sign}{hours} h", "{sign}{hours}시간"),
    "sun_ok": ("{days}, solar ok", "{days}, 태양광 충분"),
    "sun_short": ("{days}, solar short", "{days}, 태양광 부족"),
    "sun_untold": ("{days}, solar unknown", "{days}, 태양광 판단 불가"),
}
