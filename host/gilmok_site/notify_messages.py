"""What a person is told of the tables about waking people, in English and Korean, by code."""

NOTIFY_MESSAGES = {
    "notify_url": (
        "not an address that can be used: write https://…, or http:// for a machine of your own network, without a user name",
        "쓸 수 없는 주소. https://… 로 쓰십시오. 내부망의 장비라면 http://도 됩니다. 사용자 이름은 넣지 마십시오",
    ),
    "notify_smtp": (
        "not a mail server: write smtp://HOST:PORT or smtps://HOST:PORT; the user stands in `user`, the password in the keys file",
        "메일 서버가 아님. smtp://호스트:포트 또는 smtps://호스트:포트로 쓰십시오. 사용자는 `user`에, 암호는 키 파일에 둡니다",
    ),
    "notify_command": (
        '{value} names no program; write its words one by one, such as ["/usr/local/bin/siren", "on"]',
        '{value}: 프로그램 없음. 낱말을 하나씩 쓰십시오. 예: ["/usr/local/bin/siren", "on"]',
    ),
    "notify_address": (
        "{value} is not a mail address; write duty@example.org",
        "{value}: 메일 주소가 아님. duty@example.org처럼 쓰십시오",
    ),
    "notify_level": ("unknown level {value}; use one of: {known}", "모르는 단계 {value}. 다음 가운데 하나: {known}"),
    "notify_level.near": ('unknown level {value}; did you mean "{near}"?', '모르는 단계 {value}. 혹시 "{near}"?'),
    "notify_event": ("unknown event {value}; use some of: {known}", "모르는 사건 {value}. 다음 가운데서 쓰십시오: {known}"),
    "notify_event.near": ('unknown event {value}; did you mean "{near}"?', '모르는 사건 {value}. 혹시 "{near}"?'),
    "notify_lang": ("unknown language {value}; use one of: {known}", "모르는 언어 {value}. 다음 가운데 하나: {known}"),
    "notify_lang.near": ('unknown language {value}; did you mean "{near}"?', '모르는 언어 {value}. 혹시 "{near}"?'),
    "notify_ways": (
        "a target has one of url, smtp and command, this one {value}; make one target for each way",
        "대상 하나에 url, smtp, command 가운데 하나. 지금은 {value}. 방법마다 대상을 따로 만드십시오",
    ),
    "notify_mail": ('mail needs "{name}"; write {example}', '메일에는 "{name}" 필요. 이렇게 쓰십시오: {example}'),
    "notify_no_mail": (
        '"{name}" belongs to mail, and this target has no smtp; remove it',
        '"{name}": 메일에만 쓰는 키. smtp 없는 대상이니 지우십시오',
    ),
    "notify_secret": (
        "no secret for target {name}; make it with: gilmok keys {site_file}",
        "대상 {name}의 비밀 값 없음. 만들기: gilmok keys {site_file}",
    ),
    "notify_password": (
        'no password for target {name}; write {name} = "…" below [notify] in this file, or set {variable}',
        '대상 {name}의 암호 없음. 이 파일의 [notify] 아래에 {name} = "…"로 쓰거나 {variable} 변수를 두십시오',
    ),
    "notify_secrets": (
        "must be names of targets, each with a text in quotes; restore the file from your backup",
        "대상 이름과 따옴표 안의 글자여야 함. 파일을 백업에서 되살리십시오",
    ),
    "area_unknown": (
        "no area {value} in this site; add [area.…], or use one of: {known}",
        "이 사이트에 없는 구역 {value}. [area.…]를 더하거나 다음 가운데 하나를 쓰십시오: {known}",
    ),
    "area_unknown.near": ('no area {value} in this site; did you mean "{near}"?', '이 사이트에 없는 구역 {value}. 혹시 "{near}"?'),
    "vote_member": (
        "{value} is no alarm of a node of this site; write NODE/RULE, such as p1-gate/flood",
        "{value}: 이 사이트 노드의 경보가 아님. 노드/규칙으로 쓰십시오. 예: p1-gate/flood",
    ),
    "vote_member.near": (
        '{value} is no alarm of a node of this site; did you mean "{near}"?',
        '{value}: 이 사이트 노드의 경보가 아님. 혹시 "{near}"?',
    ),
    "vote_few": (
        "{count} different members can never give {value} votes, or one stands here twice; correct the list",
        "서로 다른 {count}개로는 {value}표가 나올 수 없거나 같은 것이 두 번 있음. 목록을 고치십시오",
    ),
}
