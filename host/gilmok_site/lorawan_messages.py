"""What a person is told of nodes' LoRaWAN modems and of the broker they are met at, in English and Korean, by code; part of messages.py."""

# code: (English, Korean)
LORAWAN_MESSAGES = {
    "lorawan_modem": (
        'only a LoRaWAN modem has {name}; write modem = "rak3172" beside it, or remove it',
        '{name}: LoRaWAN 모뎀의 설정. 옆에 modem = "rak3172"를 쓰거나 지우십시오',
    ),
    "lorawan_air": (
        "with a {modem} the LoRaWAN network decides on {name}; remove it, or remove modem",
        "{name}: {modem} 모뎀에서는 LoRaWAN 망가 정함. 지우거나 modem을 지우십시오",
    ),
    "lorawan_eui": (
        '{value} is no EUI; write the 16 hex digits in quotes that the network knows the modem by, such as eui = "ac1f09fffe000001"',
        '{value}: EUI가 아님. 망에 등록한 16자리 16진수를 따옴표 안에 쓰십시오. 예: eui = "ac1f09fffe000001"',
    ),
    "lorawan_eui_twice": (
        "{value} is the EUI of node.{other} already ({line}); each modem has its own, so correct one of them",
        "{value}: node.{other} ({line})의 EUI와 같음. 모뎀마다 다르니 하나를 고치십시오",
    ),
    "lorawan_join_eui": (
        "join_eui goes with an eui of yours; write eui beside it, or remove it: the modem then joins with what it came with",
        "join_eui는 eui와 함께 씀. eui를 쓰거나 지우십시오. 지우면 모뎀에 들어 있는 값으로 접속합니다",
    ),
    "lorawan_region": (
        "{value}: the {modem} modem's data rates are not known there; write region in [site], one of: {known}",
        "{value}: {modem} 모뎀의 전송 속도를 모르는 지역. [site]의 region을 다음 가운데 하나로 쓰십시오: {known}",
    ),
    "lorawan_link": (
        'no link of this site meets a LoRaWAN network; add for example [link.city] with url = "chirpstack:mqtts://gilmok@HOST:8883"',
        'LoRaWAN 망으로 가는 링크가 없음. 예를 들어 [link.city]에 url = "chirpstack:mqtts://gilmok@호스트:8883"을 더하십시오',
    ),
    "lorawan_uart": (
        "a {modem} hangs on a UART; write uart = {first}; this board has: {known}",
        "{modem} 모뎀은 UART에 연결함. uart = {first}처럼 쓰십시오. 이 보드의 UART: {known}",
    ),
    "keys_lorawan": (
        "[lorawan] has a device's address and 32 hex digits in quotes on each line; correct it, or restore the file from your backup",
        "[lorawan]에는 줄마다 장치 주소와 따옴표 안의 16진수 32자리를 씀. 고치거나 파일을 백업에서 되살리십시오",
    ),
    "keys_lorawan_missing": (
        "no AppKey for the modem of node {node}; make it with: gilmok keys {site_file}, or write the network's below [lorawan]",
        "노드 {node} 모뎀의 AppKey 없음. 만들기: gilmok keys {site_file}. 망에서 받은 키가 있으면 [lorawan] 아래에 쓰십시오",
    ),
    "link_tls": (
        "{name} belongs to a broker that speaks TLS, and {value} does not; write chirpstack:mqtts://… in url, or remove {name}",
        "{name}: TLS 브로커에만 쓰는 키인데 {value}: TLS가 아님. url을 chirpstack:mqtts://…로 쓰거나 {name} 줄을 지우십시오",
    ),
    "link_tls_pair": (
        "{name} without {missing}; a certificate is shown together with its key, so name the file of both",
        "{name} 있음, {missing} 없음. 인증서와 개인 키는 함께 씀. 두 파일을 모두 쓰십시오",
    ),
    "link_tls_file": (
        "{value} cannot be used: {reason}; name a file in PEM form, counted from the site file's folder, a key without a password",
        "{value}: 쓸 수 없음. {reason}. 사이트 파일 폴더 기준으로 PEM 파일을 쓰십시오. 개인 키는 암호 없이 두십시오",
    ),
    "link_password": (
        'no password for user {value} of link {name}; write {name} = "…" below [link] in this file, or set {variable}',
        '링크 {name} 사용자 {value}의 암호 없음. 이 파일의 [link] 아래에 {name} = "…"로 쓰거나 {variable} 변수를 두십시오',
    ),
    "link_password_shown": (
        "a password does not stand in a site file; write it below [link] in the keys file, here only USER@HOST, and choose another one",
        "사이트 파일에 암호를 쓰지 않음. 키 파일의 [link] 아래에 쓰고 여기에는 사용자@호스트만 두십시오. 암호는 바꾸십시오",
    ),
    "link_secrets": (
        'must be names of links, each with a password in quotes, such as city = "…"; correct the line',
        '링크 이름과 따옴표 안의 암호여야 함. 예: city = "…". 줄을 고치십시오',
    ),
}
