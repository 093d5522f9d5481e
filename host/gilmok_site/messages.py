"""What a person is told, in English and Korean, by code.

A code with `.near` is used when a likely intended word is known. Korean texts avoid particles behind inserted words,
whose form would depend on the word.
"""

from .gateway_messages import GATEWAY_MESSAGES
from .lora_messages import LORA_MESSAGES
from .lorawan_messages import LORAWAN_MESSAGES
from .notify_messages import NOTIFY_MESSAGES

# code: (English, Korean)
MESSAGES = {
    **GATEWAY_MESSAGES,
    **LORA_MESSAGES,
    **LORAWAN_MESSAGES,
    **NOTIFY_MESSAGES,
    # The file
    "file_missing": ("no such file; check the path", "파일이 없습니다. 경로를 확인하십시오"),
    "file_missing.near": ('no such file; did you mean "{near}"?', '파일이 없습니다. 혹시 "{near}"?'),
    "file_unreadable": ("cannot be read: {reason}", "읽을 수 없습니다: {reason}"),
    "file_unwritable": ("cannot be written: {reason}", "쓸 수 없습니다: {reason}"),
    "not_utf8": (
        "byte 0x{byte:0>2} is not UTF-8; save the file as UTF-8 (Notepad: Save as, Encoding UTF-8)",
        "UTF-8이 아닌 바이트 0x{byte:0>2}. 파일을 UTF-8로 저장하십시오 (메모장: 다른 이름으로 저장, 인코딩 UTF-8)",
    ),
    "cp949": (
        "saved as CP949 of Korean Windows; save the file as UTF-8 (Notepad: Save as, Encoding UTF-8; Excel: CSV UTF-8)",
        "CP949(완성형)로 저장됨. 파일을 UTF-8로 저장하십시오 (메모장: 다른 이름으로 저장, 인코딩 UTF-8; 엑셀: CSV UTF-8)",
    ),
    "not_toml": (
        "not TOML: {reason}; text stands in quotes, a table in [brackets], one key a line",
        "TOML 문법 오류: {reason}. 글자는 따옴표 안에, 표는 [대괄호] 안에, 키는 한 줄에 하나씩 쓰십시오",
    ),
    # Several files
    "profile": (
        "no profile {value}; use one of: {known}, or a file such as ours.toml",
        "없는 프로필 {value}. 다음 가운데 하나: {known}, 또는 파일. 예: ours.toml",
    ),
    "profile.near": ('no profile {value}; did you mean "{near}"?', '없는 프로필 {value}. 혹시 "{near}"?'),
    "include_none": ("{value} is no file in this folder; correct it, or remove it", "{value}: 이 폴더에 없는 파일. 고치거나 지우십시오"),
    "include_none.near": ('{value} is no file in this folder; did you mean "{near}"?', '{value}: 이 폴더에 없는 파일. 혹시 "{near}"?'),
    "include_cycle": ("files that name each other: {chain}; remove one of the lines", "서로를 부르는 파일들: {chain}. 한 줄을 지우십시오"),
    "include_twice": (
        "stands in two files of this site (also {other}); remove one of them",
        "이 사이트의 두 파일에 있음 (또 하나: {other}). 하나를 지우십시오",
    ),
    "template": (
        "no template {value}; add [template.…], or use one of: {known}",
        "없는 틀 {value}. [template.…]을 더하거나 다음 가운데 하나를 쓰십시오: {known}",
    ),
    "template.near": ('no template {value}; did you mean "{near}"?', '없는 틀 {value}. 혹시 "{near}"?'),
    "csv_header": (
        "{value} is no header: the first line names the columns, one of them node; write for example node,template,device",
        "{value}: 머리글이 아님. 첫 줄에 열 이름을 쓰고 node 열을 두십시오. 예: node,template,device",
    ),
    "csv_broken": ("no table of cells: {reason}; save it again as CSV", "표가 아님: {reason}. CSV로 다시 저장하십시오"),
    "csv_column": (
        "unknown column {value}; remove it, or use one of: {known}, sensor.NAME.KEY",
        "모르는 열 {value}. 지우거나 다음 가운데 하나를 쓰십시오: {known}, sensor.이름.키",
    ),
    "csv_column.near": ('unknown column {value}; did you mean "{near}"?', '모르는 열 {value}. 혹시 "{near}"?'),
    "csv_node": ("this row names no node; fill the cell in, or remove the row", "노드 이름이 없는 행. 칸을 채우거나 행을 지우십시오"),
    "csv_twice": (
        "node {value} stands in this table already ({other}); give one of them another name",
        "이 표에 이미 있는 노드 {value} ({other}). 하나의 이름을 바꾸십시오",
    ),
    "csv_cells": (
        "{value} cells in a row, {most} columns in the header; a cell with a comma stands in quotes",
        "한 행에 칸 {value}개, 머리글에는 열 {most}개. 쉼표가 든 칸은 따옴표로 묶으십시오",
    ),
    "csv_height": (
        "not one sensor of this node measures a distance, so whose height it is is open; name the column {known}",
        "이 노드에 거리 센서가 하나가 아니어서 어느 센서의 높이인지 알 수 없음. 열 이름을 이렇게 쓰십시오: {known}",
    ),
    # Keys and types
    "unknown_key": (
        'unknown key "{name}"; remove it, or use one of: {known}',
        '모르는 키 "{name}". 지우거나 다음 가운데 하나를 쓰십시오: {known}',
    ),
    "unknown_key.near": (
        'unknown key "{name}"; did you mean "{near}"?',
        '모르는 키 "{name}". 혹시 "{near}"?',
    ),
    "missing_key": ('missing key "{name}"; write {example}', '빠진 키 "{name}". 이렇게 쓰십시오: {example}'),
    "wrong_type": (
        "{value} is not {expected}; write {example}",
        "{value}: {expected} 아님. 이렇게 쓰십시오: {example}",
    ),
    "invalid": ("{value} cannot be used: {reason}", "{value}: 쓸 수 없는 값. {reason}"),
    "id": (
        '"{name}" cannot be a name here; use a–z, 0–9, "-" and "_", at most {longest} of them, first a letter or a digit',
        '이름으로 쓸 수 없는 "{name}". a–z, 0–9, "-", "_"만 {longest}자까지, 첫 글자는 영문자나 숫자로 쓰십시오',
    ),
    "id_reserved": (
        '"{name}" is the name of one of the node\'s own streams; use another',
        '"{name}": 노드가 스스로 쓰는 이름. 다른 이름을 쓰십시오',
    ),
    "name": (
        '{value} is not a name; write "Gate 1" or {{ ko = "1번 출입구", en = "Gate 1" }}',
        '{value}: 이름이 아님. "1번 출입구" 또는 {{ ko = "1번 출입구", en = "Gate 1" }}처럼 쓰십시오',
    ),
    "position": (
        "{value} is not a position; write [latitude, longitude] in degrees, such as [37.4702, 127.0384]",
        "{value}: 위치가 아님. [위도, 경도]를 도 단위로 쓰십시오. 예: [37.4702, 127.0384]",
    ),
    # Quantities
    "duration": (
        "{value} is not a duration; write a number and a unit (ms, s, min, h), such as {example}",
        "{value}: 시간 길이가 아님. 숫자와 단위(ms, s, min, h)를 함께 쓰십시오. 예: {example}",
    ),
    "duration_unit": (
        '{value}: unknown unit "{unit}"; write ms, s, min or h',
        '{value}: 모르는 단위 "{unit}". ms, s, min, h 가운데 하나를 쓰십시오',
    ),
    "duration_fraction": (
        "{value} is no whole number of milliseconds; round it",
        "{value}: 밀리초의 정수배가 아님. 반올림하십시오",
    ),
    "duration_long": (
        '{value} is longer than a day; write "24 h" or less',
        '{value}: 하루보다 김. "24 h" 이하로 쓰십시오',
    ),
    # The site
    "timezone": (
        '{value} is not a time zone; write a name of the IANA database, such as "Asia/Seoul"',
        '{value}: 시간대가 아님. IANA 이름을 쓰십시오. 예: "Asia/Seoul"',
    ),
    "timezone.near": ('{value} is not a time zone; did you mean "{near}"?', '{value}: 시간대가 아님. 혹시 "{near}"?'),
    "region": (
        "unknown radio region {value}; use one of: {known}",
        "모르는 무선 지역 {value}. 다음 가운데 하나: {known}",
    ),
    "region.near": ('unknown radio region {value}; did you mean "{near}"?', '모르는 무선 지역 {value}. 혹시 "{near}"?'),
    "network": (
        "{value} is no network code of SEED; write two capital letters or digits, XX where the FDSN gave you none",
        "{value}: SEED 관측망 코드가 아님. 대문자나 숫자 두 자로 쓰십시오. FDSN에서 받은 것이 없으면 XX",
    ),
    "station": (
        "{value} is no station code of SEED; write up to five capital letters or digits, such as YANGJ",
        "{value}: SEED 관측소 코드가 아님. 대문자나 숫자 다섯 자 이내로 쓰십시오. 예: YANGJ",
    ),
    "location": (
        "{value} is no location code of SEED; write two capital letters or digits, such as 00, or leave it out",
        "{value}: SEED 위치 코드가 아님. 대문자나 숫자 두 자로 쓰거나(예: 00) 빼십시오",
    ),
    "axes": (
        "{value} does not say where x, y and z point to; write three different ones of Z, N, E, 1, 2, 3, such as NEZ",
        "{value}: x, y, z의 방향이 아님. Z, N, E, 1, 2, 3 가운데 서로 다른 셋을 쓰십시오. 예: NEZ",
    ),
    "store_url": (
        "{value} is not a store; write sqlite:FILE, such as sqlite:yangjae.db, or postgresql://USER@HOST/DATABASE",
        "{value}: 저장소 주소가 아님. sqlite:파일 (예: sqlite:yangjae.db) 또는 postgresql://사용자@호스트/DB",
    ),
    # Links
    "ble_interval": (
        "{value}: a node advertises every {low} to {high}; write a time between",
        "{value}: 광고 간격은 {low}–{high}. 그 사이로 쓰십시오",
    ),
    "ble_show": (
        "{value} is no channel of this node; write sensor.channel, one of: {known}",
        "{value}: 이 노드에 없는 채널. 센서.채널로 쓰십시오. 다음 가운데 하나: {known}",
    ),
    "ble_show.near": ('{value} is no channel of this node; did you mean "{near}"?', '{value}: 이 노드에 없는 채널. 혹시 "{near}"?'),
    "ble_show_object": (
        "BTHome has no object that shows {value}; remove it, or show one of: {known}",
        "{value}: BTHome에 맞는 항목이 없는 채널. 지우거나 다음 가운데서 고르십시오: {known}",
    ),
    "ble_show_room": (
        "{value} do not fit one advertisement, which has {most} bytes for them, 3 a value (pressure 4), and one of each kind; remove one",
        "{value}: 광고 하나에 들어가지 않음. 모두 {most}바이트, 값마다 3바이트(기압 4바이트), 종류마다 하나. 하나를 지우십시오",
    ),
    "link_adapter": (
        "{value} names no Bluetooth adapter; write ble: for the usual one, or ble:hci1",
        "{value}: 블루투스 어댑터 이름이 아님. 기본 어댑터는 ble:, 다른 어댑터는 ble:hci1처럼 쓰십시오",
    ),
    "link_scheme": (
        "{value} is not a link; write serial:PORT, serial:usb=VID:PID, socket://HOST:PORT, rfc2217://HOST:PORT, tcp:HOST:PORT or ble:; "
        "for gateways semtech:PORT or gateway:SERIALPORT",
        "{value}: 링크 주소가 아님. serial:포트, serial:usb=VID:PID, socket://호스트:포트, rfc2217://호스트:포트, "
        "tcp:호스트:포트, ble: 가운데 하나로 쓰십시오. 게이트웨이는 semtech:포트 또는 gateway:직렬포트",
    ),
    "link_chirpstack": (
        "{value} names no ChirpStack; write chirpstack:mqtts://HOST:8883, or mqtt:// without TLS, and ?application=UUID for one "
        "application of it",
        "{value}: ChirpStack 주소가 아님. chirpstack:mqtts://호스트:8883, TLS가 아니면 mqtt://로 쓰고, "
        "한 애플리케이션만이면 ?application=UUID를 붙이십시오",
    ),
    "link_port": (
        "{value} names no serial port; write serial:/dev/ttyUSB0, or serial:COM7 on Windows",
        "{value}: 직렬 포트 이름 없음. serial:/dev/ttyUSB0, Windows에서는 serial:COM7처럼 쓰십시오",
    ),
    "link_usb": (
        "{value}: a USB device is named by two four-digit hex numbers and, where needed, its serial number, "
        "such as serial:usb=10C4:EA60:0001",
        "{value}: USB 장치는 네 자리 16진수 둘과 필요하면 일련번호로 씁니다. 예: serial:usb=10C4:EA60:0001",
    ),
    "link_host": (
        "{value} needs a host and a port from 1 to 65535, such as {example}",
        "{value}: 호스트와 1–65535 사이의 포트가 있어야 합니다. 예: {example}",
    ),
    "link_option": (
        '{value}: unknown option "{name}"; the only one is baud, such as ?baud=921600',
        '{value}: 모르는 옵션 "{name}". 쓸 수 있는 것은 baud뿐입니다. 예: ?baud=921600',
    ),
    "link_baud": (
        "{value}: baud must be a whole number from {lowest} to {highest}, such as ?baud=921600",
        "{value}: baud는 {lowest}–{highest} 사이의 정수. 예: ?baud=921600",
    ),
    "link_semtech": (
        "{value}: packet forwarders find the collector at a UDP port from 1 to 65535; write semtech:1700, "
        "or semtech:HOST:1700 to listen at one address of this machine",
        "{value}: 패킷 포워더는 1–65535 사이의 UDP 포트로 수집기를 찾습니다. semtech:1700, "
        "이 컴퓨터의 한 주소에서만 받으려면 semtech:호스트:1700으로 쓰십시오",
    ),
    "link_region": (
        "{value} leads to gateways, whose channels and powers are the region's: write region in [site], one of: {known}",
        "{value}: 게이트웨이의 채널은 법이 정합니다. [site]에 region을 쓰십시오. 다음 가운데 하나: {known}",
    ),
    "link_reserved": (
        "{name} is what the collector calls its radio; give this link another name",
        "{name}: 수집기가 무선 링크를 부르는 이름. 이 링크에는 다른 이름을 쓰십시오",
    ),
    "link_of_radio": (
        "link.{other} leads to gateways, and any of them may hear this node; remove link here",
        "link.{other}: 게이트웨이로 가는 링크이며, 이 노드는 어느 게이트웨이로든 들립니다. 여기서 link를 지우십시오",
    ),
    "key_of_semtech": (
        "{value} is no port of packet forwarders, and {name} names those; remove it",
        "{value}: 패킷 포워더 포트가 아니므로 {name}을 쓸 수 없습니다. 지우십시오",
    ),
    "eui": (
        "{value} is not the EUI of a gateway; write 16 hex digits, as the forwarder's gateway_ID has them, such as aa555a0000000101",
        "{value}: 게이트웨이 EUI가 아님. 포워더의 gateway_ID에 있는 16자리 16진수를 쓰십시오. 예: aa555a0000000101",
    ),
    "link_twice": (
        "{value} is the port of link.{other} too ({line}); a port serves one link, so remove one of them",
        "{value}: link.{other} ({line})의 포트와 같음. 포트 하나에 링크 하나이니 하나를 지우십시오",
    ),
    # Nodes
    "unknown_board": ("unknown board {value}; use one of: {known}", "모르는 보드 {value}. 다음 가운데 하나: {known}"),
    "unknown_board.near": ('unknown board {value}; did you mean "{near}"?', '모르는 보드 {value}. 혹시 "{near}"?'),
    "unknown_link": (
        "no link {value} in this file; add [link.…], or use one of: {known}",
        "이 파일에 없는 링크 {value}. [link.…]를 더하거나 다음 가운데 하나를 쓰십시오: {known}",
    ),
    "unknown_link.near": (
        'no link {value} in this file; did you mean "{near}"?',
        '이 파일에 없는 링크 {value}. 혹시 "{near}"?',
    ),
    "device": (
        '{value} is not a device address; write four hex digits in quotes, such as "7f3a" (not 0000 or ffff)',
        '{value}: 장치 주소가 아님. 네 자리 16진수를 따옴표 안에 쓰십시오. 예: "7f3a" (0000과 ffff 제외)',
    ),
    "device_twice": (
        'device {device} is node.{other} already ({line}); write for example device = "{free}" here',
        '장치 {device}: node.{other} ({line})의 주소와 같음. 여기에 예를 들어 device = "{free}"라고 쓰십시오',
    ),
    # Sensors
    "unknown_driver": (
        "unknown driver {value}; use one of: {known}",
        "모르는 드라이버 {value}. 다음 가운데 하나: {known}",
    ),
    "unknown_driver.near": (
        'unknown driver {value}; did you mean "{near}"?',
        '모르는 드라이버 {value}. 혹시 "{near}"?',
    ),
    "period_rest": (
        "{value} leaves {driver} no rest: with {option} = 1 it is awake for {awake} a reading; write {shortest} or more, or {option} = 0",
        "{value}: 쉴 틈 없음 ({driver}). {option} = 1: 측정마다 {awake} 동안 깨어 있음. {shortest} 이상, 아니면 {option} = 0",
    ),
    "period_short": (
        "{value} is shorter than {driver} can follow ({why}); write {shortest} or more",
        "{value}: {driver}의 한계보다 짧음 ({why}). {shortest} 이상으로 쓰십시오",
    ),
    "option_value": (
        "{value} is no {name} of {driver}; write one of: {known}",
        "{value}: {driver}의 {name} 값이 아님. 다음 가운데 하나: {known}",
    ),
    # Channels and what is made of them
    "key_other": ('"{name}" has no meaning for {driver}; remove it', '"{name}": {driver}에는 뜻이 없음. 지우십시오'),
    "key_alone": (
        '"{name}" says nothing without "{needed}"; add that, or remove it',
        '"{name}": "{needed}" 없이는 뜻이 없음. 함께 쓰거나 지우십시오',
    ),
    "quantity": (
        '{value} is not a quantity here; write a number and a unit, such as "2 {unit}"',
        '{value}: 여기에 쓸 수 있는 양이 아님. 숫자와 단위를 함께 쓰십시오. 예: "2 {unit}"',
    ),
    "quantity_step": (
        "{value} is no whole number of steps of {step}; round it",
        "{value}: {step}의 정수배가 아님. 반올림하십시오",
    ),
    "quantity_large": ("{value} is more than a record can hold; write less", "{value}: 기록할 수 있는 값보다 큼. 더 작게 쓰십시오"),
    "date": (
        "{value} is not a day; write it without quotes, such as 2026-03-01",
        "{value}: 날짜가 아님. 따옴표 없이 쓰십시오. 예: 2026-03-01",
    ),
    "channel_missing": (
        "{driver} measures what this file says; add {table} with name, unit and resolution",
        "{driver}의 측정 항목은 이 파일이 정함. 이름, 단위, 분해능을 적은 {table} 표를 더하십시오",
    ),
    "channel_one": ("{driver} measures one thing; keep one channel", "{driver}의 측정 항목은 하나. 채널을 하나만 남기십시오"),
    "channel_name": (
        "{value} cannot be a channel; use a–z, 0–9 and _, at most 14 of them, first a letter",
        "{value}: 채널 이름으로 쓸 수 없음. a–z, 0–9, _만 14자까지, 첫 글자는 영문자로 쓰십시오",
    ),
    "channel_twice": (
        "this sensor has a channel {value} already; use another name",
        "이 센서에 이미 있는 채널 {value}. 다른 이름을 쓰십시오",
    ),
    "channel_unit": (
        '{value} is no unit that fits; name and unit may have {longest} bytes together: write a UCUM unit such as "m" or "ug/m3"',
        '{value}: 쓸 수 없는 단위. 이름과 단위를 합쳐 {longest}바이트까지. UCUM 단위를 쓰십시오. 예: "m", "ug/m3"',
    ),
    "channel_step": (
        'say in one way what a step is: resolution = "0.01 {unit}" or exponent = -2',
        '한 단계의 크기를 한 가지로만 쓰십시오: resolution = "0.01 {unit}" 또는 exponent = -2',
    ),
    "channel_resolution": (
        '{value} cannot be a step here; write a power of ten, such as "0.01 {unit}"',
        '{value}: 여기서는 쓸 수 없는 단계. 10의 거듭제곱으로 쓰십시오. 예: "0.01 {unit}"',
    ),
    "channel_key": (
        'missing key "{name}"; a channel of {driver} needs it: {known}',
        '빠진 키 "{name}". {driver}의 채널에 필요합니다: {known}',
    ),
    "channel_unknown": (
        "{driver} has no channel {value} for this; use one of: {known}",
        "{driver}에 없거나 여기에 쓸 수 없는 채널 {value}. 다음 가운데 하나: {known}",
    ),
    "channel_unknown.near": (
        '{driver} has no channel {value} for this; did you mean "{near}"?',
        '{driver}에 없거나 여기에 쓸 수 없는 채널 {value}. 혹시 "{near}"?',
    ),
    "channels_many": (
        "{value} columns in one record: what the sensor measures and what is made of it must not exceed {most}; leave something out",
        "한 기록에 열 {value}개. 측정값과 계산값을 합쳐 {most}개까지. 일부를 빼십시오",
    ),
    "channel_ref": (
        "{value} is no channel in {unit} of this node; write one of: {known}",
        "{value}: 이 노드에서 단위가 {unit}인 채널이 아님. 다음 가운데 하나: {known}",
    ),
    "channel_ref.near": (
        '{value} is no channel in {unit} of this node; did you mean "{near}"?',
        '{value}: 이 노드에서 단위가 {unit}인 채널이 아님. 혹시 "{near}"?',
    ),
    "channel_ref_none": (
        'nothing on this node measures in {unit}; add such a sensor, or remove "{name}"',
        '이 노드에 단위가 {unit}인 채널이 없음. 그런 센서를 더하거나 "{name}" 키를 지우십시오',
    ),
    "datum_missing": (
        'a height counts from a named reference; add datum = {{ name = "EL.m" }} to [node.{node}]',
        '높이에는 이름 있는 기준면이 필요합니다. [node.{node}]에 datum = {{ name = "EL.m" }}를 더하십시오',
    ),
    "factor": (
        "{name} cannot be {value}; write a number from {low} to {high}",
        "{value}: {name} 값이 아님. {low}–{high} 사이의 수를 쓰십시오",
    ),
    # Reports
    "mean_multiple": (
        '{value} is no multiple of every = {every}; write for example mean = "{near_value}"',
        '{value}: every = {every}의 배수가 아님. 예: mean = "{near_value}"',
    ),
    "mean_and_report": (
        '"mean" and "report" exclude each other; keep one of them',
        '"mean"과 "report"는 함께 쓸 수 없음. 하나만 남기십시오',
    ),
    "change_none": (
        "no change is named that would be one; write at least one step of one of: {known}",
        "변화로 볼 값이 없음. 다음 채널 가운데 하나에 한 단계 이상의 값을 쓰십시오: {known}",
    ),
    "heartbeat_short": (
        "{value} is shorter than every = {every}; write a heartbeat of at least that",
        "{value}: every = {every}보다 짧음. 그 이상으로 쓰십시오",
    ),
    # Rules, detectors, health
    "choice": ("{value} is no {name}; write one of: {known}", "{value}: {name} 값이 아님. 다음 가운데 하나: {known}"),
    "delay_long": (
        '{value} is longer than six days, the most a node can wait for; write "144 h" or less',
        '{value}: 노드가 기다릴 수 있는 6일보다 김. "144 h" 이하로 쓰십시오',
    ),
    "percent": (
        '{value} is no share; write whole percents from "1 %" to "100 %"',
        '{value}: 비율이 아님. "1 %"–"100 %" 사이의 정수로 쓰십시오',
    ),
    "rule_source": (
        "a rule watches one thing; write exactly one of: {known}",
        "규칙이 지켜보는 것은 하나. 다음 가운데 하나만 쓰십시오: {known}",
    ),
    "rule_levels": (
        'a rule without a level raises nothing; add for example alert = {{ above = "1.20 m", clear = "1.00 m" }}',
        '단계가 없는 규칙은 경보를 내지 않음. 예: alert = {{ above = "1.20 m", clear = "1.00 m" }}',
    ),
    "rule_watch": (
        "nothing on this node is called {value}; write one of: {known}",
        "이 노드에 없는 이름 {value}. 다음 가운데 하나를 쓰십시오: {known}",
    ),
    "rule_watch.near": ('nothing on this node is called {value}; did you mean "{near}"?', '이 노드에 없는 이름 {value}. 혹시 "{near}"?'),
    "history_no_radio": (
        "{value}: only a radio has airtime to spare, and this node has none; remove history, or use one of the boards {known}",
        "{value}: 아낄 무선 전송 시간이 없음. 이 노드에는 무선 모듈이 없습니다. history를 지우거나 다음 보드를 쓰십시오: {known}",
    ),
    "power_watch": (
        "{value} is no voltage that this node measures; write one of: {known}",
        "{value}: 이 노드가 측정하는 전압이 아님. 다음 가운데 하나를 쓰십시오: {known}",
    ),
    "power_watch.near": (
        '{value} is no voltage that this node measures; did you mean "{near}"?',
        '{value}: 이 노드가 측정하는 전압이 아님. 혹시 "{near}"?',
    ),
    "power_none": (
        '{value}: this node measures no voltage; add a sensor with driver = "battery" or "ina219", or remove the limits',
        '{value}: 이 노드는 전압을 측정하지 않음. driver = "battery" 또는 "ina219" 센서를 더하거나 한계값을 지우십시오',
    ),
    "power_order": (
        "{value} must be above 0 V and below shed_below ({above}): the node sheds work first and stops writing last",
        "{value}: 0 V보다 높고 shed_below({above})보다 낮아야 함. 먼저 일을 줄이고 마지막에 기록을 멈춥니다",
    ),
    "power_margin": (
        '{value} would have the node go back and forth at a limit; write some tenths of a volt, such as "0.3 V"',
        '{value}: 한계값에서 상태가 오락가락함. 0.몇 볼트로 쓰십시오. 예: "0.3 V"',
    ),
    "power_deaf": (
        '{name} ({driver}) sends when it likes, which a processor that sleeps does not hear; write power.sleep = "none", or put it on a '
        "node of its own",
        '{name}({driver}): 센서가 스스로 보내는 값을 잠든 프로세서는 듣지 못함. power.sleep = "none"으로 두거나 별도의 노드에 다십시오',
    ),
    "power_pin": (
        'pin {value} ({name}) does not wake the processor of board "{board}"; use one of: {known}, or write power.sleep = "none"',
        '{value}번 핀({name})은 보드 "{board}"의 프로세서를 깨우지 못함. 다음 가운데 하나를 쓰십시오: {known}. '
        '아니면 power.sleep = "none"으로 두십시오',
    ),
    "power_pin_none": (
        'no pin of board "{board}" wakes its processor, and {name} is at one; write power.sleep = "none"',
        '보드 "{board}"에는 프로세서를 깨우는 핀이 없는데 {name} 센서가 핀에 연결됨. power.sleep = "none"으로 두십시오',
    ),
    "power_peer": (
        'neighbours send when they like, which a processor that sleeps does not hear; write power.sleep = "none", or remove "peer"',
        '이웃 노드가 스스로 보내는 값을 잠든 프로세서는 듣지 못함. power.sleep = "none"으로 두거나 "peer"를 지우십시오',
    ),
    "power_sleep": (
        'a serial line is not heard by a processor that sleeps; remove sleep, or the node\'s "link"',
        '잠든 프로세서는 시리얼 선을 듣지 못함. sleep 또는 노드의 "link"를 지우십시오',
    ),
    "rule_watch_none": (
        "{value}: this node measures nothing; add a sensor, or move the rule",
        "{value}: 이 노드에는 측정하는 것이 없음. 센서를 더하거나 규칙을 옮기십시오",
    ),
    "rule_output": (
        "{value} is no output of this node with feedback; write one of: {known}",
        "{value}: 이 노드의 확인 입력(feedback)이 있는 출력이 아님. 다음 가운데 하나: {known}",
    ),
    "rule_output.near": (
        '{value} is no output of this node with feedback; did you mean "{near}"?',
        '{value}: 이 노드의 확인 입력(feedback)이 있는 출력이 아님. 혹시 "{near}"?',
    ),
    "rule_output_none": (
        "{value}: no output of this node has feedback that could be missing; give it feedback, or remove the rule",
        "{value}: 이 노드에는 확인 입력이 있는 출력이 없음. feedback을 더하거나 규칙을 지우십시오",
    ),
    "rule_unknown": ("no rule {value} on this node; use one of: {known}", "이 노드에 없는 규칙 {value}. 다음 가운데 하나: {known}"),
    "rule_unknown.near": ('no rule {value} on this node; did you mean "{near}"?', '이 노드에 없는 규칙 {value}. 혹시 "{near}"?'),
    "rule_cycle": (
        "rules that count one another's votes: {chain}; take one out",
        "서로의 판정을 세는 규칙들: {chain}. 하나를 빼십시오",
    ),
    "rule_silent": (
        "rules that suppress one another, so that none would be told: {chain}; remove one suppressed_by",
        "서로를 억제해 아무것도 알리지 않게 되는 규칙들: {chain}. suppressed_by 하나를 지우십시오",
    ),
    "rule_name_taken": (
        '"{name}" is what an alarm that nobody writes is called; use another name, or let this rule watch the same',
        '"{name}": 자동으로 만들어지는 경보의 이름. 다른 이름을 쓰거나 같은 것을 지켜보게 하십시오',
    ),
    "rule_id": (
        '"{name}" and "{other}" are one number on the wire; change a letter of one',
        '"{name}", "{other}": 전송할 때 같은 번호가 됨. 하나의 이름을 한 글자 바꾸십시오',
    ),
    "rules_many": (
        "{value} rules, {own} of them in this file and the rest for instruments and outputs; a node judges {most}: leave something out",
        "규칙 {value}개(이 파일에 {own}개, 나머지는 계기와 출력의 자동 경보). 노드 하나에 {most}개까지. 일부를 빼십시오",
    ),
    "votes_beyond": (
        "{value} votes of {most} rules can never be; write a number from 1 to {most}",
        "{value}: 규칙 {most}개로는 나올 수 없는 수. 1–{most} 사이로 쓰십시오",
    ),
    "step_threshold": (
        "{name} needs exactly one threshold: {known}",
        "{name}에는 기준이 꼭 하나 있어야 함: {known}",
    ),
    "step_key": ('"{name}" has no meaning beside {beside}; remove it', '"{name}": {beside}와 함께 쓰면 뜻이 없음. 지우십시오'),
    "step_needs": ('"{beside}" needs "{name}"; write for example {example}', '"{beside}"에는 "{name}"이 필요함. 예: {example}'),
    "clear_missing": (
        'a value wavers about {value}: say where the alarm ends; write for example clear = "{example}"',
        '값은 {value} 둘레에서 흔들리므로 해제값이 필요함. 예: clear = "{example}"',
    ),
    "clear_side": (
        "{value} is not on the other side of {name} = {other}; an alarm would end before it begins: correct one of them",
        "{value}: {name} = {other}의 반대쪽이 아님. 시작하기 전에 해제되는 경보가 됨. 하나를 고치십시오",
    ),
    "for_short": (
        "{value} counts from the beginning of the mean's window, {mean}; write that or more, or leave it out",
        "{value}: 평균 구간({mean})의 시작부터 셈. 그 이상으로 쓰거나 지우십시오",
    ),
    "rate_sign": ('{value}: "{name}" is a speed above nothing; write a positive one', '{value}: "{name}"은 0보다 큰 속도. 양수로 쓰십시오'),
    "window_short": (
        "{value} holds fewer than {count} readings, one every {every}; write {shortest} or more",
        "{value}: {every}마다 측정하면 {count}회가 들어가지 않음. {shortest} 이상으로 쓰십시오",
    ),
    "step_beyond": (
        "{value} can never be reached: {channel} is believed from {low} to {high}; write a value between, or another health.range",
        "{value}: 닿을 수 없는 값. {channel} 값은 {low}에서 {high}까지만 믿음. 그 사이로 쓰거나 health.range를 고치십시오",
    ),
    "clear_beyond": (
        "an alarm with {value} would never end: {channel} is believed from {low} to {high}; write a value between",
        "{value}: 끝나지 않는 경보가 됨. {channel} 값은 {low}에서 {high}까지만 믿음. 그 사이로 쓰십시오",
    ),
    "steps_order": (
        '"{name}" is reached no later than "{other}"; a higher level has a threshold farther on, or waits longer',
        '"{name}" 단계가 "{other}" 단계보다 늦게 오지 않음. 높은 단계는 기준이 더 멀거나 더 오래 기다려야 함',
    ),
    "too_noisy": (
        "{driver} lying still reads {noise} by its own noise ({density} µg/√Hz); raise the step, or use a quieter chip: {known}",
        "{driver}의 자체 잡음({density} µg/√Hz)만으로 {noise}. 기준을 높이거나 더 조용한 칩을 쓰십시오: {known}",
    ),
    "too_noisy_all": (
        "{driver} lying still reads {noise} by its own noise ({density} µg/√Hz), and no other chip here is quieter; raise the step",
        "{driver}의 자체 잡음({density} µg/√Hz)만으로 {noise}. 더 조용한 칩이 없으니 기준을 높이십시오",
    ),
    "detector_sensor": (
        "{value} is no sensor of this node with a waveform; write one of: {known}",
        "{value}: 이 노드의 파형 센서가 아님. 다음 가운데 하나: {known}",
    ),
    "detector_sensor.near": (
        '{value} is no sensor of this node with a waveform; did you mean "{near}"?',
        '{value}: 이 노드의 파형 센서가 아님. 혹시 "{near}"?',
    ),
    "detector_rate": (
        "{rate} samples a second of {name} are too few for this detector: {least} at least; set sample_ms = {longest} or less there",
        "{name}의 초당 표본 {rate}개는 이 검출기에 모자람: 최소 {least}개; 그 센서에 sample_ms = {longest} 이하로 지정",
    ),
    "detector_line": (
        "a ppv needs a limit line, {value} is none; write one of: {known}",
        "{value}: 한계선이 아님. ppv에는 다음 가운데 하나를 쓰십시오: {known}",
    ),
    "detector_of": (
        "{value} is no detector of {sensor} whose events could be kept; write one of: {known}",
        "{value}: {sensor}의 검출기가 아님. 다음 가운데 하나: {known}",
    ),
    "detector_span": (
        "before = 1 s to {most} s at {rate} samples a second (it is kept in memory), and after = 1 s at least",
        "초당 표본 {rate}개에서 before는 1–{most}초(메모리에 보관), after는 최소 1초",
    ),
    "detector_none": (
        "{value}: no sensor of this node has a waveform; add an accelerometer, or move the detector",
        "{value}: 이 노드에 파형 센서가 없음. 가속도계를 더하거나 검출기를 옮기십시오",
    ),
    "detector_name": (
        '"{name}" is a sensor of this node already; a detector has a stream of its own: use another name',
        '"{name}": 이 노드에 이미 있는 센서 이름. 검출기에는 다른 이름을 쓰십시오',
    ),
    "health_which": (
        "not one channel of this sensor is watched by rules, so whose this is is open; write it by channel, one of: {known}",
        "규칙이 지켜보는 채널이 하나가 아니어서 어느 채널의 값인지 알 수 없음. 채널별로 쓰십시오: {known}",
    ),
    "health_channel": ("this sensor has no channel {value}; use one of: {known}", "이 센서에 없는 채널 {value}. 다음 가운데 하나: {known}"),
    "health_channel.near": ('this sensor has no channel {value}; did you mean "{near}"?', '이 센서에 없는 채널 {value}. 혹시 "{near}"?'),
    "stuck_short": (
        "{value} holds fewer than two readings, one every {every}; write a longer time",
        "{value}: {every}마다 측정하면 두 번이 들어가지 않음. 더 길게 쓰십시오",
    ),
    "health_range": (
        '{value} is no range; write the least and the greatest value, such as ["0 {unit}", "3 {unit}"]',
        '{value}: 범위가 아님. 최솟값과 최댓값을 쓰십시오. 예: ["0 {unit}", "3 {unit}"]',
    ),
    "alarm_every": (
        "{value} does not divide every = {every}, or is shorter than {shortest}, which the driver can follow; write another",
        "{value}: every = {every}의 약수가 아니거나 드라이버의 한계({shortest})보다 짧음. 다른 값을 쓰십시오",
    ),
    # Outputs
    "output_states": (
        '{value} is no pair of states; write two different names, first that of the pin at rest, such as ["open", "down"]',
        '{value}: 두 상태가 아님. 서로 다른 두 이름을 쓰되 평소 상태를 먼저. 예: ["open", "down"]',
    ),
    "output_fail_safe": (
        "{value} is no state of this output; write one of: {known}",
        "{value}: 이 출력의 상태가 아님. 다음 가운데 하나: {known}",
    ),
    "target_node": ("no node of {value} in this site; it has: {known}", "{value}의 노드가 이 사이트에 없음. 있는 것: {known}"),
    "target_node.near": ('no node of {value} in this site; did you mean "{near}"?', '{value}의 노드가 이 사이트에 없음. 혹시 "{near}"?'),
    "target_output": ("no output {value}; that node has: {known}", "없는 출력 {value}. 그 노드에 있는 것: {known}"),
    "target_output.near": ('no output {value}; did you mean "{near}"?', '없는 출력 {value}. 혹시 "{near}"?'),
    "target_none": (
        "no output {value}; that node has none: add [node.….output.…]",
        "없는 출력 {value}. 그 노드에는 출력이 없음. [node.….output.…]을 더하십시오",
    ),
    "target_state": (
        '{value}: the output has no state "{name}"; write {example}',
        '{value}: 출력에 없는 상태 "{name}". 이렇게 쓰십시오: {example}',
    ),
    "target_rest": (
        '{value}: "{name}" is its state when nothing wants it, its fail_safe; a rule can only bring about {example}',
        '{value}: "{name}"은 아무 규칙도 원하지 않을 때의 상태(fail_safe). 규칙으로 만들 수 있는 것은 {example}뿐',
    ),
    "output_idle": (
        "no rule of the site wants this output; name it in the outputs of a level, or remove it",
        "이 출력을 원하는 규칙이 사이트에 없음. 단계의 outputs에 쓰거나 지우십시오",
    ),
    # Calibration
    "calibration_order": (
        "{value} is no day after the calibration itself ({date}); correct one of them",
        "{value}: 교정일({date}) 뒤의 날이 아님. 둘 가운데 하나를 고치십시오",
    ),
    "calibration_overdue": (
        "certificate {certificate} ran out on {due}, {days} d ago; have the instrument calibrated and write its new certificate here",
        "성적서 {certificate}: {due}에 기한이 지남({days}일 경과). 교정한 뒤 새 성적서를 여기에 쓰십시오",
    ),
    "calibration_soon": (
        "certificate {certificate} runs out on {due}, in {days} d; plan the calibration",
        "성적서 {certificate}: {due}에 기한이 끝남({days}일 남음). 교정을 준비하십시오",
    ),
    # Wiring
    "bus_key": (
        'missing key "{bus}"; {driver} is read over {bus}, and {board} has {kind} {known}: write {bus} = {first}',
        '빠진 키 "{bus}". {driver} 연결은 {bus}, {board}의 {kind}: {known}. 이렇게 쓰십시오: {bus} = {first}',
    ),
    "bus_other": (
        '"{name}" has no meaning for {driver}, which is read over {bus}; remove it',
        '"{name}": {bus}로 연결하는 {driver}에는 뜻이 없음. 지우십시오',
    ),
    "bus_missing": (
        "{board} has no {kind} {value}; it has {kind} {known}",
        "{board}에 없는 {kind} {value}. 있는 것: {kind} {known}",
    ),
    "bus_none": (
        "{board} has no {kind}, which {driver} needs; use another board",
        "{driver}에 필요한 {kind}: {board}에 없음. 다른 보드를 쓰십시오",
    ),
    "address": (
        "{address} is not an address of {driver}; write one of: {known}",
        "{address}: {driver}의 주소가 아님. 다음 가운데 하나: {known}",
    ),
    "unit_key": (
        'missing key "unit"; {driver} answers to a number on its line: write for example unit = 1',
        '빠진 키 "unit". {driver}에는 회선에서 부를 번호가 필요합니다. 예: unit = 1',
    ),
    "pin_key": (
        'missing key "{name}"; {driver} needs a pin for {role}, free on {board} are: {known}',
        '빠진 키 "{name}". {driver}에는 {role} 핀이 필요합니다. {board}의 빈 핀: {known}',
    ),
    "pin_none": (
        "{board} has no free pin for {role}; use another board",
        "{board}에 {role}에 쓸 빈 핀이 없음. 다른 보드를 쓰십시오",
    ),
    "pin_wrong": (
        "GPIO {value} cannot be used for {role} on {board}; free pins: {known}",
        "GPIO {value}: {board}에서 {role}에 쓸 수 없음. 빈 핀: {known}",
    ),
    "pin_twice": (
        "GPIO {value} is wired to {other} already ({line}); use another pin for {role}, free are: {known}",
        "GPIO {value}: {other} ({line})에 이미 연결됨. {role}에 다른 핀을 쓰십시오. 빈 핀: {known}",
    ),
    "pin_full": (
        "GPIO {value} is wired to {other} already ({line}) and {board} has no pin for {role} left; use another board",
        "GPIO {value}: {other} ({line})에 이미 연결됨, {board}에 {role}에 쓸 핀이 남지 않음. 다른 보드를 쓰십시오",
    ),
    "bus_pin": (
        "{bus} {number} of {board} needs GPIO {value}, which is wired to {other} ({line}); use another pin there",
        "{board}의 {bus} {number}에 필요한 GPIO {value}: {other} ({line})에 이미 연결됨. 그곳에 다른 핀을 쓰십시오",
    ),
    "uart_twice": (
        "uart {where} is wired to {other} already ({line}); a UART serves one sensor or one line, {board} has uart {known}",
        "uart {where}: {other} ({line})에 이미 연결됨. UART 하나에 센서 하나 또는 회선 하나, {board}의 uart: {known}",
    ),
    "line_differs": (
        '"{name}" differs from that of {other} ({line}) on {bus} {number}; write the same at every sensor of a line',
        '"{name}": {bus} {number}의 {other} ({line}) 값과 다름. 한 회선의 모든 센서에 같은 값을 쓰십시오',
    ),
    "address_twice": (
        "{where} on {bus} {number} is {other} already ({line}); use another address ({known}) or another bus",
        "{bus} {number}의 {where}: {other} ({line})의 주소와 같음. 다른 주소({known})나 다른 버스를 쓰십시오",
    ),
    "address_full": (
        "{where} on {bus} {number} is {other} already ({line}) and this chip has no other address left; use another bus",
        "{bus} {number}의 {where}: {other} ({line})의 주소와 같고, 이 칩에 남은 주소 없음. 다른 버스를 쓰십시오",
    ),
    "i2c_clock": (
        "on i2c {number} one of {driver} and {other} ({line}) needs {least} kHz, the other stands {most}; use another bus for one",
        "i2c {number}: {driver}, {other} ({line}) 가운데 하나는 {least}kHz가 필요하고 하나는 {most}kHz가 한계. "
        "하나를 다른 버스로 옮기십시오",
    ),
    "input_twice": (
        "input {value} of the converter at {where} is {other} already ({line}); use another input: {known}",
        "{where} 변환기의 입력 {value}: {other} ({line})의 입력과 같음. 다른 입력을 쓰십시오: {known}",
    ),
    "input_full": (
        "input {value} of the converter at {where} is {other} already ({line}) and no input is left; add a converter",
        "{where} 변환기의 입력 {value}: {other} ({line})의 입력과 같고, 남은 입력 없음. 변환기를 더하십시오",
    ),
    # Budget
    "heap_full": (
        "this node needs {need} KB of heap, {board} has {have} KB; leave sensors out, or use one of: {known}",
        "노드에 필요한 힙 메모리 {need}KB, {board}에는 {have}KB. 센서를 줄이거나 다음 보드 가운데 하나를 쓰십시오: {known}",
    ),
    "heap_full_everywhere": (
        "this node needs {need} KB of heap, {board} has {have} KB and no board with these buses has enough; make two nodes of it",
        "노드에 필요한 힙 메모리 {need}KB, {board}에는 {have}KB. 같은 버스를 갖춘 더 큰 보드가 없으니 두 노드로 나누십시오",
    ),
    # Keys file
    "keys_missing": (
        "no keys file; make it with: gilmok keys {site_file}",
        "키 파일이 없습니다. 만들기: gilmok keys {site_file}",
    ),
    "keys_mode": (
        "others can read or change it (mode {mode}); run: chmod 600 {file}",
        "다른 사용자가 읽거나 바꿀 수 있음 (모드 {mode}). 실행: chmod 600 {file}",
    ),
    "keys_owner": (
        "belongs to user {owner}, not to you (user {user}); run as that user, or: chown {user} {file}",
        "주인은 사용자 {owner}, 지금은 사용자 {user}. 그 사용자로 실행하거나: chown {user} {file}",
    ),
    "keys_acl": (
        'others can read or change it ({who}); run: icacls "{file}" /inheritance:r /grant:r "*{user}:F"',
        '다른 사용자가 읽거나 바꿀 수 있음 ({who}). 실행: icacls "{file}" /inheritance:r /grant:r "*{user}:F"',
    ),
    "keys_acl_unknown": (
        "Windows did not say who can read it ({reason}); keep it on an NTFS drive of this computer",
        "누가 읽을 수 있는지 Windows가 알려 주지 않음 ({reason}). 이 컴퓨터의 NTFS 드라이브에 두십시오",
    ),
    "keys_not_toml": (
        "not TOML; restore it from your backup, or move it away to make new keys (every node then needs its new one)",
        "TOML 문법 오류. 백업에서 되살리거나, 치우고 새 키를 만드십시오 (모든 노드에 새 키를 넣어야 함)",
    ),
    "keys_store_id": (
        "store_id must be a whole number from 1 to 4294967295; restore the file from your backup",
        "store_id는 1–4294967295 사이의 정수. 파일을 백업에서 되살리십시오",
    ),
    "keys_device": (
        "must be a device's address and 32 hex digits in quotes; restore the file from your backup",
        "장치 주소와 따옴표 안의 16진수 32자리여야 함. 파일을 백업에서 되살리십시오",
    ),
    "keys_device_missing": (
        "no key for device {device} (node {node}); make it with: gilmok keys {site_file}",
        "장치 {device} (노드 {node})의 키 없음. 만들기: gilmok keys {site_file}",
    ),
    "keys_group": (
        "the group's key must be 32 hex digits in quotes; restore the file from your backup",
        "그룹 키는 따옴표 안의 16진수 32자리여야 함. 파일을 백업에서 되살리십시오",
    ),
    "keys_group_missing": (
        "no key for the group of nodes that act on one another; make it with: gilmok keys {site_file}",
        "서로 작동시키는 노드 그룹의 키 없음. 만들기: gilmok keys {site_file}",
    ),
    "keys_busy": (
        "{other} is in the way: another gilmok is writing keys, or was stopped while it did; if none runs, delete it",
        "{other} 파일이 있음: 다른 gilmok이 키를 쓰고 있거나 쓰다 멈춤. 실행 중인 것이 없으면 지우십시오",
    ),
    # Values set from the collector
    "override_key": (
        "{value} is no key of a site file; write for example node.p1-gate.sensor.river.every",
        "{value}: 사이트 파일의 키가 아님. 예: node.p1-gate.sensor.river.every",
    ),
    "override_value": (
        "{value} is no value; write it as in the site file, on one line, for example: '\"10 s\"'",
        "{value}: 값이 아님. 사이트 파일에서처럼 한 줄로 쓰십시오. 예: '\"10 s\"'",
    ),
    "override_fixed": (
        "{table} says where the site is or who its devices are, and is set in the file only; edit the file",
        "{table}: 사이트의 위치나 장치의 신원을 정하는 값이라 파일에서만 바꿉니다. 파일을 고치십시오",
    ),
    "override_nowhere": (
        "the site has no {table}; correct the key. What was set before is withdrawn by: gilmok unset {site_file} {set_key}",
        "이 사이트에 {table} 없음. 키를 고치십시오. 전에 설정한 값은 이렇게 거둡니다: gilmok unset {site_file} {set_key}",
    ),
    "override_nowhere.near": (
        'the site has no {table}; did you mean "{near}"? What was set before is withdrawn by: gilmok unset {site_file} {set_key}',
        '이 사이트에 {table} 없음. 혹시 "{near}"? 전에 설정한 값은 이렇게 거둡니다: gilmok unset {site_file} {set_key}',
    ),
    "write_back_by_hand": (
        "{value} cannot be put here so that the site stays as it is; write it by hand, then: gilmok unset {site_file} {set_key}",
        "{value}: 사이트를 그대로 두고 여기에 써넣을 수 없음. 손으로 쓴 다음: gilmok unset {site_file} {set_key}",
    ),
    "write_back_changed": (
        "was changed by somebody meanwhile; nothing was written: try again",
        "그사이 누군가 바꿨습니다. 아무것도 쓰지 않았습니다. 다시 하십시오",
    ),
    # Compiled configuration
    "unknown_node": (
        "no node {value} in this site; it has: {known}",
        "이 사이트에 없는 노드 {value}. 있는 것: {known}",
    ),
    "unknown_node.near": (
        'no node {value} in this site; did you mean "{near}"?',
        '이 사이트에 없는 노드 {value}. 혹시 "{near}"?',
    ),
    "config_broken": (
        "not a whole node configuration ({reason}); compile it again",
        "온전한 노드 설정이 아님 ({reason}). 다시 만드십시오",
    ),
}

# What a value should have been.
EXPECTED = {
    "text": ("text in quotes", "따옴표 안의 글자"),
    "integer": ("a whole number", "정수"),
    "boolean": ("true or false", "true 또는 false"),
    "number": ("a number", "수"),
    "table": ("a table", "표"),
    "list": ("a list in [brackets]", "[대괄호] 안의 목록"),
}

# What a pin is for.
ROLES = {
    "cs": ("chip select", "칩 선택"),
    "pin": ("an input", "입력"),
    "adc": ("an analogue input", "아날로그 입력"),
    "echo": ("the echo", "에코"),
    "trigger": ("the trigger", "트리거"),
    "output": ("an output", "출력"),
    "de": ("the transmitter's enable", "송신 허가"),
}

# Below a list of problems: for one, for several.
SUMMARY = {
    "en": ("{count} problem. Nothing was written.", "{count} problems. Nothing was written."),
    "ko": ("문제 {count}건. 아무것도 쓰지 않았습니다.", "문제 {count}건. 아무것도 쓰지 않았습니다."),
}

# Below a list of warnings.
WARNING_SUMMARY = {"en": ("{count} warning.", "{count} warnings."), "ko": ("주의 {count}건.", "주의 {count}건.")}

# What `gilmok check` prints of a site without problems.
REPORT = {
    "en": ("node", "device", "board", "link", "sensor", "driver", "wired to", "every", "max age", ""),
    "ko": ("노드", "장치", "보드", "링크", "센서", "드라이버", "연결", "주기", "최대 지연", ""),
}
# The same of rules and of outputs, where there are any.
REPORT_RULES = {
    "en": ("node", "rule", "watches", "level", "begins", "ends", "outputs"),
    "ko": ("노드", "규칙", "대상", "단계", "시작", "해제", "출력"),
}
REPORT_OUTPUTS = {
    "en": ("node", "output", "pin", "at rest", "wanted", "confirmed by", "other inputs"),
    "ko": ("노드", "출력", "핀", "평소", "작동", "확인 입력", "다른 입력"),
}
REPORT_LEVELS = {
    "attention": ("attention", "관심"),
    "caution": ("caution", "주의"),
    "alert": ("alert", "경계"),
    "serious": ("serious", "심각"),
}
# How a level begins and ends.
REPORT_STEPS = {
    "above": ("≥ {value}", "≥ {value}"),
    "below": ("≤ {value}", "≤ {value}"),
    "rises": ("rises {value}", "상승 {value}"),
    "falls": ("falls {value}", "하강 {value}"),
    "reaches": ("≥ {value} within {within}", "{within} 안에 ≥ {value}"),
    "falls_to": ("≤ {value} within {within}", "{within} 안에 ≤ {value}"),
    "mean": ("mean of {mean}", "{mean} 평균"),
    "over": ("by the last {over}", "최근 {over} 추세"),
    "for": ("for {delay}", "{delay} 지속"),
    "votes": ("{count} of {of} at {least}", "{of}개 중 {count}개가 {least} 이상"),
    "health": ("instrument in doubt", "계기 이상"),
    "output": ("not confirmed", "작동 확인 안 됨"),
    "clock": ("time unknown", "시각 모름"),
}
REPORT_WATCHED = {"clock": ("clock", "시계"), "votes": ("votes", "판정")}
REPORT_URGENT = {"en": "urgent", "ko": "긴급"}
REPORT_SUMMARY = {
    "en": "No problems. `--explain` shows the arithmetic.",
    "ko": "문제가 없습니다. 계산 과정은 `--explain`으로 볼 수 있습니다.",
}
# Above the figures of a region that come from memory or from somebody's code.
REPORT_LAW = {"en": "Radio law of {region}, from secondary sources:", "ko": "{region} 무선 규정 가운데 2차 출처:"}
REPORT_EXPLAINED = {"en": "No problems.", "ko": "문제가 없습니다."}
