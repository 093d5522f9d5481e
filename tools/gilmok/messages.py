"""What the command line tells a person, in English and Korean, by code.

Korean texts avoid particles behind inserted words, whose form would depend on the word.
"""

# code: (English, Korean)
MESSAGES = {
    # Files and arguments
    "os_error": (
        "{file}: {reason}; check the path, and who may read and write it",
        "{file}: {reason}. 경로와 읽기·쓰기 권한을 확인하십시오",
    ),
    "no_file": ("{file}: no such file; check the path", "{file}: 파일이 없습니다. 경로를 확인하십시오"),
    "is_folder": (
        "{file}: is a folder; name a file in it",
        "{file}: 폴더입니다. 그 안의 파일 이름을 쓰십시오",
    ),
    "no_folder": (
        "{folder}: no such folder; make it first, or name another",
        "{folder}: 폴더가 없습니다. 먼저 만들거나 다른 폴더를 쓰십시오",
    ),
    "no_moment": (
        "{option}: {value} is no time; write ISO 8601, such as 2026-05-01 or 2026-05-01T02:30 or 2026-05-01T02:30+09:00",
        "{option}: {value}: 시각이 아님. ISO 8601로 쓰십시오. 예: 2026-05-01, 2026-05-01T02:30, 2026-05-01T02:30+09:00",
    ),
    "no_node": (
        '--node: no node "{value}" in this site; use one of: {known}, or the four hex digits of a device',
        '--node: 이 사이트에 없는 노드 "{value}". 다음 가운데 하나: {known}. 또는 장치의 네 자리 16진수',
    ),
    "no_device": (
        '--node: "{value}" is no device; a store without a site file knows devices only: four hex digits, such as c268',
        '--node: "{value}": 장치가 아님. 사이트 파일 없이는 장치 주소로만 찾습니다. 네 자리 16진수. 예: c268',
    ),
    "no_stream": (
        '--stream: no stream "{value}" in this store; it has: {known}',
        '--stream: 이 저장소에 없는 스트림 "{value}". 있는 것: {known}',
    ),
    "password_shown": (
        "the URL holds a password, which everybody on this computer can read in the list of processes; leave it out "
        "and "
        "put it in ~/.pgpass, or name the site file",
        "주소에 암호가 있습니다. 프로세스 목록에서 누구나 볼 수 있으니 빼고, ~/.pgpass에 두거나 사이트 파일을 쓰십시오",
    ),
    # Scanning
    "scan_none": (
        "no node was heard within {seconds} s; a node advertises where the site file has [node.NAME.ble], but not while it is visited: "
        "go nearer, or listen longer with --for 60s",
        "{seconds}초 동안 들린 노드 없음. 사이트 파일에 [node.이름.ble]이 있는 노드만 광고하며, 접속 중에는 광고하지 않습니다. "
        "더 가까이 가거나 --for 60s로 더 오래 들으십시오",
    ),
    "scan_urgent": ("URGENT", "긴급"),
    "scan_no_keys": (
        "{file}: not here, so nodes have no names and no readings; copy it from the collector's computer, do not make a new one",
        "{file}: 여기에 없어 노드의 이름과 측정값이 나오지 않음. 새로 만들지 말고 수집기 컴퓨터에서 복사하십시오",
    ),
    "scan_no_site": (
        "--bind-key: needs the site file too, and its keys; write gilmok scan SITE.toml --bind-key NODE",
        "--bind-key: 사이트 파일과 키도 필요함. gilmok scan SITE.toml --bind-key 노드 로 쓰십시오",
    ),
    "scan_no_node": (
        '--bind-key: no node "{value}" in this site; use one of: {known}',
        '--bind-key: 이 사이트에 없는 노드 "{value}". 다음 가운데 하나: {known}',
    ),
    "ble_no_bus": (
        "Bluetooth cannot be used: no system D-Bus; sudo apt install dbus bluez, and sudo systemctl enable --now bluetooth",
        "블루투스를 쓸 수 없음: 시스템 D-Bus가 없음. sudo apt install dbus bluez, 그리고 sudo systemctl enable --now bluetooth",
    ),
    "ble_unavailable": (
        "Bluetooth cannot be used: {reason}; switch it on, allow this program to use it, and on Linux see that bluetoothd runs",
        "블루투스를 쓸 수 없음: {reason}. 블루투스를 켜고 이 프로그램에 허용하십시오. Linux에서는 bluetoothd가 실행 중인지 확인하십시오",
    ),
    # A new site
    "no_profile": (
        '--profile: no profile "{value}"; use one of: {known}',
        '--profile: 없는 프로필 "{value}". 다음 가운데 하나: {known}',
    ),
    "no_profile_near": (
        '--profile: no profile "{value}"; did you mean "{near}"? There are: {known}',
        '--profile: 없는 프로필 "{value}". 혹시 "{near}"? 있는 것: {known}',
    ),
    "new_name": (
        "{file}: the site's id comes from the file's name; use a–z, 0–9 and -, at most 32, and .toml at the end, such as yangjae.toml",
        "{file}: 파일 이름이 사이트의 id가 됩니다. a–z, 0–9, -로 32자 이내로 쓰고 .toml로 끝내십시오. 예: yangjae.toml",
    ),
    "file_exists": (
        "{file}: is there already and was left as it was; name another file, or move this one away",
        "{file}: 이미 있는 파일이라 그대로 두었습니다. 다른 이름을 쓰거나 이 파일을 옮기십시오",
    ),
    "new_written": (
        "{file}: a site of the profile {profile}, with the nodes {nodes}.\n"
        "Fill in what says CHANGE, then:\n"
        "  gilmok check {file}\n"
        "  gilmok demo {file}     (all of it virtual, here)\n"
        "  gilmok keys {file}\n"
        "  gilmok config {file} {node} {node}.cbor     (each node)\n"
        "  gilmok collect {file}",
        "{file}: 프로필 {profile}의 사이트, 노드: {nodes}.\n"
        "'수정' 줄을 채운 다음:\n"
        "  gilmok check {file}\n"
        "  gilmok demo {file}     (이 컴퓨터에서 가상으로)\n"
        "  gilmok keys {file}\n"
        "  gilmok config {file} {node} {node}.cbor     (노드마다)\n"
        "  gilmok collect {file}",
    ),
    # Keys and configuration
    "keys_made": (
        "{file}: keys made: {count}, for {nodes}. Only you can read the file; keep a copy in a safe place.\n"
        "Next, for each of these nodes: gilmok config {site} NODE OUT",
        "{file}: 키 {count}개를 만들었습니다: {nodes}. 이 파일은 본인만 읽을 수 있습니다. 안전한 곳에 사본을 "
        "두십시오.\n"
        "다음 단계, 이 노드마다: gilmok config {site} NODE OUT",
    ),
    "keys_complete": (
        "{file}: has a key for each of the {count} nodes; nothing was changed.",
        "{file}: 노드 {count}개의 키가 모두 있습니다. 바꾼 것이 없습니다.",
    ),
    "config_written": (
        "{file}: {node}, device {device}, configuration {digest}, {size} bytes. It holds the device's key, so only "
        "you can "
        "read it.\nCopy it to the node as /gilmok.cbor, then delete it here.",
        "{file}: {node}, 장치 {device}, 설정 {digest}, {size}바이트. 장치의 키가 들어 있어 본인만 읽을 수 있습니다.\n"
        "노드에 /gilmok.cbor로 복사한 다음 여기서는 지우십시오.",
    ),
    "config_no_store": (
        "{reason}\nThe store may hold values that were set from the collector: let it answer, or leave them out with --file-only",
        "{reason}\n수집기에서 설정한 값이 저장소에 있을 수 있습니다. 저장소가 응답하게 하거나, --file-only로 그 값들을 빼고 만드십시오",
    ),
    # Values set from here
    "no_author": (
        "--author: nobody is logged in under a name; write who sets this, for example: --author kim",
        "--author: 로그인 이름을 알 수 없습니다. 누가 설정하는지 쓰십시오. 예: --author kim",
    ),
    "author_unfit": (
        "--author: {value} is no name; write 1 to 64 printable characters",
        "--author: {value}: 이름이 아님. 보이는 글자로 1–64자를 쓰십시오",
    ),
    "no_lifetime": (
        "--for: {value} is no time to last; write for example 30min, 2h or 3d",
        "--for: {value}: 유지 시간이 아님. 예: 30min, 2h, 3d",
    ),
    "override_set": ("{key} = {value}, set by {author}, {until}.", "{key} = {value}, 설정한 사람: {author}, {until}."),
    "override_until": ("until {moment}", "{moment}까지"),
    "override_stays": ("until it is withdrawn or written back", "거두거나 써넣을 때까지"),
    "override_nodes": (
        "Other configuration now: {nodes}. For each: gilmok config {site} NODE OUT",
        "설정이 바뀌는 노드: {nodes}. 노드마다: gilmok config {site} NODE OUT",
    ),
    "override_rules": (
        "On their way to the nodes, without a new configuration: {rules}. What they say to it: gilmok alarms audit {site}",
        "새 설정 없이 노드로 보내는 규칙: {rules}. 노드의 답: gilmok alarms audit {site}",
    ),
    "override_unset": (
        "{key}: withdrawn; it was {value}, set by {author}.",
        "{key}: 거두었습니다. 설정되어 있던 값 {value}, 설정한 사람: {author}.",
    ),
    "override_none": (
        "{key}: nothing is set; `gilmok overrides {site}` lists what is",
        "{key}: 설정된 값이 없습니다. gilmok overrides {site}로 볼 수 있습니다",
    ),
    "override_none.near": (
        '{key}: nothing is set; did you mean "{near}"?',
        '{key}: 설정된 값이 없습니다. 혹시 "{near}"?',
    ),
    "overrides_none": (
        "Nothing is set from here: what the files say holds.",
        "여기서 설정한 값이 없습니다. 파일의 내용이 그대로 적용됩니다.",
    ),
    "state_set": ("set", "설정"),
    "state_withdrawn": ("withdrawn", "거둠"),
    "state_written": ("written back", "써넣음"),
    "state_expired": ("expired", "만료"),
    "state_replaced": ("replaced", "바뀜"),
    "written_back": (
        "{file}: changed; as it was: {backup}",
        "{file}: 바꿨습니다. 이전 파일: {backup}",
    ),
    "written_values": (
        "Now in the file, and no longer over it: {keys}",
        "이제 파일에 있으며 더는 덮어쓰지 않음: {keys}",
    ),
    "written_same": ("The files say so already; nothing was changed.", "파일에 이미 그렇게 되어 있습니다. 바꾼 것이 없습니다."),
    "written_dry": ("--dry-run: nothing was written.", "--dry-run: 아무것도 쓰지 않았습니다."),
    # What nodes run
    "diff_same": ("{node}  runs what the file says  {digest}", "{node}  파일대로 실행 중  {digest}"),
    "diff_other": (
        "{node}  runs {reported}, the file says {digest}:",
        "{node}  실행 중 {reported}, 파일 {digest}:",
    ),
    "diff_unknown": (
        "{node}  runs {reported}, which this store has not seen made; the file says {digest}",
        "{node}  실행 중 {reported}: 이 저장소가 모르는 설정. 파일 {digest}",
    ),
    "diff_silent": (
        "{node}  has not said hello yet; the file says {digest}",
        "{node}  아직 인사(hello) 없음. 파일 {digest}",
    ),
    "diff_secret": (
        "nothing that is kept here: the device's key, or what a newer release added",
        "여기에 남기지 않는 것: 장치의 키, 또는 더 새로운 판에서 더한 것",
    ),
    "diff_sensor": ("sensor {sensor}: {word} {before} → {after}", "센서 {sensor}: {word} {before} → {after}"),
    "diff_node": ("{word} {before} → {after}", "{word} {before} → {after}"),
    "diff_remedy": (
        "gilmok config {site} {node} OUT makes it as the file says; copy it to the node",
        "gilmok config {site} {node} OUT: 파일대로 만듭니다. 노드에 복사하십시오",
    ),
    "diff_total": (
        "{same} of {nodes} nodes run what the file says; {other} do not; {silent} not heard.",
        "노드 {nodes}개 중 {same}개 일치, {other}개 다름, {silent}개 소식 없음.",
    ),
    "diff_overrides": (
        "The file here means with {count} values set from here over it: gilmok overrides {site}",
        "여기서 파일이란 설정한 값 {count}개를 덮은 것입니다: gilmok overrides {site}",
    ),
    # Nodes
    "node": ("{name}  device {device}", "{name}  장치 {device}"),
    "node_unknown": ("device {device}  (serves no node of the site file)", "장치 {device}  (사이트 파일에 없는 장치)"),
    "device": ("device {device}", "장치 {device}"),
    "node_silent": ("nothing stored yet", "아직 저장된 것이 없음"),
    "store_empty": ("The store is empty.", "저장소가 비어 있습니다."),
    "log": ("log {log}  boot {boot}  firmware {firmware}", "로그 {log}  부팅 {boot}  펌웨어 {firmware}"),
    "log_forked": ("  forked from {parent}", "  {parent}에서 갈라짐"),
    "stream_unnamed": ("stream {stream}", "스트림 {stream}"),
    "gap_ranges": ("lost: {ranges}", "빠진 번호: {ranges}"),
    "inherited": ("{count} more in the log it was forked from", "갈라지기 전 로그에 {count}개 더"),
    "undated": ("not dated", "시각 미정"),
    "undated_at": ("not dated, boot {boot} + {uptime}", "시각 미정, 부팅 {boot} + {uptime}"),
    # Export, backup, restore
    "exported": ("{count} readings written.", "측정값 {count}개를 썼습니다."),
    "exported_waveform": (
        "{codes}: {count} samples in {pieces} pieces, {rate} Hz measured; a count is {step}.",
        "{codes}: 표본 {count}개, {pieces}구간, 측정된 표본율 {rate} Hz. 1카운트 = {step}.",
    ),
    "miniseed_terminal": (
        "MiniSEED is no text for a terminal; name a file with -o FILE",
        "MiniSEED는 화면에 보일 수 없습니다. -o FILE로 파일을 쓰십시오",
    ),
    "no_waveform": (
        "no such waveform in this store; a sensor's is called SENSOR.waveform, and it has: {known}",
        "이 저장소에 그런 파형이 없습니다. 파형 스트림의 이름은 SENSOR.waveform이며, 있는 것: {known}",
    ),
    "same_codes": (
        "{names}: both would be {codes}; name one with --stream and --node, or give their nodes different `station` or `location` codes",
        "{names}: 코드가 같습니다({codes}). --stream과 --node로 하나만 고르거나 노드의 station, location 코드를 다르게 쓰십시오",
    ),
    "exported_undated": (
        "{count} records are not dated yet and were left out; they get their time when their node has spoken to a collector.",
        "시각이 정해지지 않은 기록 {count}개는 뺐습니다. 노드가 수집기와 통신하면 시각이 정해집니다.",
    ),
    "backup_itself": (
        "{file}: is the store itself; name another file",
        "{file}: 저장소 자신입니다. 다른 파일 이름을 쓰십시오",
    ),
    "backed_up": ("{file}: {count} records, {size} MB.", "{file}: 기록 {count}개, {size} MB."),
    "no_backup": (
        "{file}: is no backup; name a file that `gilmok backup` made",
        "{file}: 백업이 아닙니다. gilmok backup으로 만든 파일을 쓰십시오",
    ),
    "restore_replaces": (
        "{url}: the {count} records it holds now will be replaced by those of the backup.",
        "{url}: 지금 있는 기록 {count}개가 백업의 내용으로 바뀝니다.",
    ),
    "restore_sure": ("Go on?", "계속할까요?"),
    "restored": (
        "Restored: {count} records, epoch {epoch} (before: {before}).\nEvery node now offers again what it still "
        "holds; what "
        "neither the backup nor a node holds becomes a known gap. Start the collector again.",
        "되돌렸습니다: 기록 {count}개, 세대 {epoch} (이전: {before}).\n모든 노드가 아직 가진 기록을 다시 보냅니다. "
        "백업에도 노드에도 없는 기록은 "
        "빠진 번호로 남습니다. 수집기를 다시 시작하십시오.",
    ),
    "restored_overrides": (
        "With the backup, {count} values lie over the site file again: see gilmok overrides {site}",
        "백업과 함께 사이트 파일 위의 값 {count}개가 되돌아왔습니다. 확인: gilmok overrides {site}",
    ),
    "restore_moved": (
        "The damaged file is kept as {file}.",
        "손상된 파일은 {file}에 남겨 두었습니다.",
    ),
    "store_in_use": (
        "{file}: process {process} is working on this store; stop it first (a collector: kill {process}, or systemctl stop)",
        "{file}: 프로세스 {process}에서 이 저장소를 쓰고 있습니다. 먼저 멈추십시오 (수집기: kill {process} 또는 systemctl stop)",
    ),
    "database_in_use": (
        "another gilmok is working on this database; stop its collectors before a restore, and wait for a restore to end",
        "다른 gilmok이 이 데이터베이스를 쓰고 있습니다. 복원 전에 수집기를 멈추고, 복원 중이면 끝나기를 기다리십시오",
    ),
    "database_unreachable": ("the database does not answer: {reason}", "데이터베이스가 응답하지 않습니다: {reason}"),
    # Collecting
    "no_links": (
        '{file}: the site has no link to collect from; add for example [link.usb] with url = "serial:/dev/ttyUSB0"',
        '{file}: 사이트에 링크가 없습니다. 예를 들어 [link.usb]에 url = "serial:/dev/ttyUSB0"를 더하십시오',
    ),
    "collecting": (
        "collecting into {url}, epoch {epoch}, links: {links}",
        "{url}에 수집 시작, 세대 {epoch}, 링크: {links}",
    ),
    "collected": (
        "{heard} of {nodes} nodes heard in {time}; {records} records stored, {stored} in all; lost in gaps: {lost}; {rate} bytes a reading",
        "{time} 동안 노드 {nodes}개 중 {heard}개 수신, 기록 {records}개 저장, 모두 {stored}개, 빠진 기록 {lost}개, 측정값당 {rate}바이트",
    ),
    "status": (
        "{heard} of {nodes} nodes heard, records stored: {stored}, gaps: {gaps}",
        "노드 {nodes}개 중 {heard}개 수신, 기록 {stored}개 저장, 빠진 구간 {gaps}곳",
    ),
    "collector_died": (
        "the collector stopped by itself: {reason}; start it again, and report this",
        "수집기가 스스로 멈춤: {reason}. 다시 시작하고 이 내용을 알려 주십시오",
    ),
    "store_replaced": (
        "{reason}; the collector ends so that it can be started afresh",
        "{reason}; 새로 시작하도록 수집기를 끝냅니다",
    ),
    "store_failed": (
        "NOT STORING: {reason}. Nothing is acknowledged meanwhile: the nodes keep their records and send them again",
        "저장 안 됨: {reason}. 그동안 확인 응답을 보내지 않으므로 노드가 기록을 간직했다가 다시 보냅니다",
    ),
    "store_again": ("storing again, after {seconds} s", "{seconds}초 만에 다시 저장합니다"),
    "notices_wait": (
        "NOT TOLD: {target} cannot be told of alarms ({count} wait): {reason}. Tried again every minute; see to the receiver",
        "알리지 못함: 대상 {target}에 경보를 알릴 수 없음 (대기 {count}건): {reason}. 1분마다 다시 보냅니다. 받는 쪽을 살피십시오",
    ),
    "notices_again": ("{target} is told of alarms again", "대상 {target}에 다시 알립니다"),
    "link_up": ("link {link} is up", "링크 {link} 연결됨"),
    "link_trouble_password": (
        'the broker takes neither this user nor this password: correct the user in the url of link.{link}, and {link} = "…" below [link] '
        "in the keys file (or {variable})",
        '브로커가 사용자나 암호를 거절함. link.{link}의 url에 있는 사용자와 키 파일 [link]의 {link} = "…" (또는 {variable})를 고치십시오',
    ),
    "link_trouble_ca": (
        "the broker is not who we expect: name in link.{link}, as ca, the file of whoever signed its certificate, and in url the host "
        "that stands in it; see that it has not expired",
        "브로커 인증서를 믿을 수 없음. link.{link}의 ca에 서명한 기관의 파일을, url에 인증서에 있는 호스트 이름을 쓰십시오. "
        "만료되지 않았는지도 보십시오",
    ),
    "link_trouble_certificate": (
        "the broker wants a certificate that it trusts: name certificate and private_key in link.{link}",
        "브로커가 믿는 클라이언트 인증서가 필요함. link.{link}에 certificate와 private_key를 쓰십시오",
    ),
    "link_trouble_no_tls": (
        "the other end breaks off TLS, as a port without it does: correct the port in the url of link.{link} (TLS "
        "mostly 8883), or write mqtt:// there",
        "상대가 TLS 연결을 끊음. TLS 포트가 아닐 수 있음. link.{link}의 url에서 포트를 고치거나(TLS는 보통 8883) mqtt://로 쓰십시오",
    ),
    "link_down": ("link {link} is down: {reason}", "링크 {link} 끊김: {reason}"),
    "gateway_line": (
        "gateway {name} {state}: {heard} frames heard, {sent} sent, {refused} refused",
        "게이트웨이 {name} {state}: 수신 {heard}, 송신 {sent}, 거부 {refused}",
    ),
    "gateway_air": (", air {used} of {allowed} s", ", 송신 시간 {allowed}초 중 {used}초"),
    "gateway_faults": (", radio failed: {faults}", ", 무선 고장: {faults}"),
    "lines_left_out": ("{link}: … and {count} more lines", "{link}: … 그 밖에 {count}줄"),
    "hello": (
        "{name} says hello: log {log}, boot {boot}, firmware {firmware}",
        "{name} 인사: 로그 {log}, 부팅 {boot}, 펌웨어 {firmware}",
    ),
    "gap": (
        "{name}: {count} records of {stream} are lost, {first}–{last}: the node no longer holds them",
        "{name}: {stream} 기록 {count}개가 빠짐, {first}–{last}: 노드에 더는 없음",
    ),
    "fork": (
        "{name}: log {log} is an older copy of what is stored; the node goes on with a new log",
        "{name}: 로그 {log}: 저장된 것보다 오래된 사본. 노드는 새 로그로 계속합니다",
    ),
    "count_unknown_device": (
        "{count} frames of devices without a key here ({devices}): add the node to the site file and run `gilmok keys`, or see who sends",
        "여기에 키가 없는 장치의 프레임 {count}개 ({devices}): 사이트 파일에 노드를 더하고 gilmok keys를 실행하거나, "
        "누가 보내는지 확인하십시오",
    ),
    "count_unsupported": (
        "{count} frames or messages of another release ({devices}): update the older side, gilmok here or the firmware there",
        "다른 판의 프레임이나 메시지 {count}개 ({devices}): 오래된 쪽을 올리십시오 (여기의 gilmok 또는 노드의 펌웨어)",
    ),
    "count_refused": (
        "{count} frames that the device's key does not open (latest: {devices}): if it goes on, write the node's "
        "configuration "
        "again with `gilmok config`; else somebody forges",
        "장치의 키로 열리지 않는 프레임 {count}개 (최근: {devices}): 계속되면 gilmok config로 노드 설정을 다시 쓰십시오. 아니면 위조입니다",
    ),
    "count_replayed": (
        "{count} frames that came before: an echo on the line, or somebody repeats what was recorded; nothing is stored twice",
        "전에 온 프레임 {count}개: 선로의 반향이거나 누군가 녹음을 되풀이합니다. 두 번 저장되지는 않습니다",
    ),
    "count_not_ours": (
        "{count} frames that are not Gilmok's: another device hangs on the link",
        "Gilmok이 아닌 프레임 {count}개: 링크에 다른 장치가 달려 있습니다",
    ),
    "count_damaged": (
        "{count} damaged frames ({links}): check cable, ground and baud; they are sent again",
        "깨진 프레임 {count}개 ({links}): 케이블, 접지, baud를 확인하십시오. 다시 보내집니다",
    ),
    "count_flooding": (
        "{count} frames between nodes were too many from one link and went no further ({links}): "
        "see who is on that line; nodes themselves send fewer",
        "한 링크에서 너무 많이 온 노드 간 프레임 {count}개를 전달하지 않았습니다 ({links}): "
        "선로를 확인하십시오. 노드는 이렇게 많이 보내지 않습니다",
    ),
    "live_title": (
        "{url} · records: {stored} · gaps: {gaps} · lost in them: {lost}",
        "{url} · 기록 {stored}개 · 빠진 구간 {gaps}곳 · 빠진 기록 {lost}개",
    ),
    "rows_left_out": (
        "… and {count} more nodes; `gilmok nodes` shows all",
        "… 그 밖에 노드 {count}개. gilmok nodes로 모두 볼 수 있습니다",
    ),
    "up": ("up", "연결"),
    "down": ("down", "끊김"),
    # Alarms
    "no_alarm": (
        "{value}: no such alarm; write node/rule, one of: {known}{near}",
        "{value}: 없는 경보. 노드/규칙으로 쓰십시오. 다음 가운데 하나: {known}{near}",
    ),
    "no_alarm_near": (
        '{value}: no such alarm; did you mean "{near}"? There are: {known}',
        '{value}: 없는 경보. 혹시 "{near}"? 있는 것: {known}',
    ),
    "no_output": (
        "{value}: no such output; write node.output, one of: {known}{near}",
        "{value}: 없는 출력. 노드.출력으로 쓰십시오. 다음 가운데 하나: {known}{near}",
    ),
    "no_output_near": (
        '{value}: no such output; did you mean "{near}"? There are: {known}',
        '{value}: 없는 출력. 혹시 "{near}"? 있는 것: {known}',
    ),
    "no_span": (
        "{option}: {value} is no such time; write 10s, 30min, 2h or 3d, at most 7d",
        "{option}: {value}: 쓸 수 없는 시간. 10s, 30min, 2h, 3d처럼 7d까지 쓰십시오",
    ),
    "span_or_end": (
        "say how long with --for, such as --for 30min, or --end to end it",
        "--for로 시간을 쓰거나 (예: --for 30min), 끝내려면 --end를 쓰십시오",
    ),
    "note_unfit": (
        "--note: one line of at most {most} characters",
        "--note: 한 줄, {most}자까지 쓰십시오",
    ),
    "no_occurrence": (
        "{alarm}: was raised {count} times; choose another with --before",
        "{alarm}: 발생한 횟수 {count}. --before로 다른 것을 고르십시오",
    ),
    "alarms_none": ("No alarm stands.", "발생한 경보가 없습니다."),
    "alarm_never": ("{alarm} has told nothing yet: it is at rest.", "{alarm}: 아직 알린 것이 없습니다. 정상입니다."),
    "alarm_head": ("{level} since {moment} ({state})", "{level} {moment}부터 ({state})"),
    "until": ("until {moment}", "{moment}까지"),
    "confirmed_after": ("confirmed after {time}", "{time} 뒤 작동 확인"),
    "label_outputs": ("outputs ", "출력  "),
    "label_told": ("told    ", "통보  "),
    "label_do": ("do      ", "조치  "),
    "label_call": ("call    ", "연락  "),
    "label_else": ("else    ", "방치  "),
    "label_within": ("within  ", "시한  "),
    "label_history": ("history", "이력"),
    "verdict_true": ("was right", "맞은 경보"),
    "verdict_false": ("was false", "잘못된 경보"),
    "verdict_kept": ("{alarm}: kept: {verdict}.", "{alarm}: 남겼습니다: {verdict}."),
    "audit_none": ("Nobody has given a command yet.", "아직 내린 명령이 없습니다."),
    "the_collector": ("the collector", "수집기"),
    "command_done": ("{node} did it ({time}). Now: {stands}.", "{node}: 했습니다 ({time}). 지금: {stands}."),
    "command_refused": ("{node} refused: {reason}.", "{node}: 거절했습니다. {reason}."),
    "command_expired": (
        "{node} has not answered until {until}, and the command has expired; see gilmok nodes, then give it again",
        "{node}: {until}까지 답이 없어 명령이 만료되었습니다. gilmok nodes로 살핀 뒤 다시 내리십시오",
    ),
    "command_queued": (
        "Queued (command {id}): {node} has it when it is heard next, until {until}. A collector must be running: gilmok collect",
        "대기 중 (명령 {id}): {node}에서 신호가 오면 전합니다. {until}까지. 수집기가 돌고 있어야 합니다: gilmok collect",
    ),
    "command_sent": (
        "Sent (command {id}), and repeated until {node} answers, until {until}.",
        "보냈습니다 (명령 {id}). {node}: 답이 올 때까지 되풀이합니다. {until}까지.",
    ),
    "output_stands": ("commanded {commanded}, confirmed {confirmed}", "명령 {commanded}, 작동 확인 {confirmed}"),
    "maintenance_for": ("in local maintenance for {time}", "현장 점검, {time} 동안"),
    "maintenance_over": ("no maintenance", "점검 끝"),
    "done_plainly": ("as asked", "요청대로"),
    "refused_unknown": (
        "its firmware does not know this command; update it",
        "펌웨어가 모르는 명령입니다. 펌웨어를 올리십시오",
    ),
    "refused_state": ("that makes no sense now; it is: {stands}", "지금 상태에서는 할 수 없습니다. 지금: {stands}"),
    "refused_argument": (
        "it does not know what was meant; compare it with gilmok diff",
        "무엇을 가리키는지 모릅니다. gilmok diff로 설정을 견주십시오",
    ),
    "refused_plainly": ("it cannot do that", "할 수 없습니다"),
    # A node on this computer
    "node_runs": (
        "{node}, device {device}, boot {boot}, meets its collector at {links}",
        "{node}, 장치 {device}, 부팅 {boot}, 수집기와 만나는 곳: {links}",
    ),
    "gateway_runs": (
        "{node}, gateway in {region} on channel {channel} at data rate {rate}, meets its collector at {links}",
        "{node}, 게이트웨이, {region} 채널 {channel}, 전송 속도 {rate}, 수집기와 만나는 곳: {links}",
    ),
    "node_broken": (
        "the node cannot run: {reason}. Its links say the same; nothing is measured, and the log is as it was",
        "노드를 실행할 수 없습니다: {reason}. 링크에서도 같은 말을 합니다. 측정은 하지 않으며 로그는 그대로입니다",
    ),
    "node_ble": ("no BLE: {reason}", "BLE를 쓸 수 없음: {reason}"),
    "node_link": (
        "--link {value}: no link; write serial:/dev/serial0, tcp:127.0.0.1:4001 or unix:/run/gilmok/node.sock",
        "--link {value}: 링크가 아님. 예: serial:/dev/serial0, tcp:127.0.0.1:4001, unix:/run/gilmok/node.sock",
    ),
    "node_uart": (
        "--uart {value}: no UART; write its number and its device, such as 0=/dev/ttyAMA0",
        "--uart {value}: UART가 아님. 번호와 장치를 쓰십시오. 예: 0=/dev/ttyAMA0",
    ),
    "node_state": (
        "--data {value}: systemd makes a service's folders below {folder}; name one there",
        "--data {value}: systemd는 서비스의 폴더를 {folder} 아래에 만듭니다. 그 아래의 폴더를 쓰십시오",
    ),
    # Captured bytes
    "wire_empty": ("{file}: holds no bytes", "{file}: 바이트가 없습니다"),
    "wire_large": (
        "{file}: is larger than {limit} MB; cut it, for example with: head -c 10M {file}",
        "{file}: {limit} MB보다 큽니다. 잘라 쓰십시오. 예: head -c 10M {file}",
    ),
    "wire_noise": ("{count} bytes  {bytes}", "{count}바이트  {bytes}"),
    "wire_damaged": (
        "{count} bytes, checksum wrong: damaged on the line  {bytes}",
        "{count}바이트, 체크섬 불일치: 선로에서 깨짐  {bytes}",
    ),
    "wire_cut": ("{count} bytes that do not end  {bytes}", "{count}바이트, 끝이 없음  {bytes}"),
    "wire_bad_line": ("not hexadecimal: {text}", "16진수가 아님: {text}"),
    "wire_not_ours": ("not a Gilmok frame  {bytes}", "Gilmok 프레임이 아님  {bytes}"),
    "wire_unsupported": (
        "of wire version {version}, this gilmok knows 1: update it",
        "와이어 버전 {version}, 이 gilmok은 1만 압니다. 올리십시오",
    ),
    "wire_sealed": (
        "sealed; open it with --keys SITE.toml",
        "봉인됨. --keys SITE.toml로 열 수 있습니다",
    ),
    "wire_no_key": (
        "sealed; the site has no key for this device",
        "봉인됨. 이 사이트에 이 장치의 키가 없습니다",
    ),
    "wire_no_salt": (
        "sealed; its session's salts are not in this capture: capture both directions from the node's hello on",
        "봉인됨. 세션 솔트가 이 갈무리에 없습니다. 노드의 인사(hello)부터 양방향을 갈무리하십시오",
    ),
    "wire_refused": (
        "not authentic: another key, another session, or damaged",
        "인증 실패: 다른 키, 다른 세션, 또는 깨짐",
    ),
    "wire_garbled": ("opened, yet malformed: {reason}", "열렸으나 형식이 잘못됨: {reason}"),
    "wire_unknown": ("unknown message {code}: update this gilmok", "모르는 메시지 {code}: gilmok을 올리십시오"),
    "wire_poll": ("empty: asks for an answer", "비어 있음: 응답 요청"),
    "explain_unknown": ("not known to this gilmok: update it", "이 gilmok이 모르는 번호: gilmok을 올리십시오"),
    "explain_no_number": (
        "{value}: this gilmok knows no error with this number; update it, or write the whole line that the chip said",
        "{value}: 이 gilmok이 모르는 오류 번호. gilmok을 올리거나 칩이 말한 줄을 그대로 쓰십시오",
    ),
    "explain_names": (
        "{file}: not the names of an image; name the folder that was written to the chip, or its names.json",
        "{file}: 이미지의 이름 파일이 아님. 칩에 쓴 이미지의 폴더나 그 안의 names.json을 쓰십시오",
    ),
    "wire_total": (
        "{bytes} bytes: {frames} frames ({opened} opened), {lines} lines of text, {damaged} damaged, {noise} bytes of noise",
        "{bytes}바이트: 프레임 {frames}개 (연 것 {opened}개), 글 {lines}줄, 깨진 것 {damaged}개, 잡음 {noise}바이트",
    ),
    # Backtests
    "backtest_no_rows": (
        "{file}: no table; it takes a line of headings and rows below, between commas, semicolons or tabs",
        "{file}: 표가 아닙니다. 제목 줄과 그 아래 행이 쉼표, 세미콜론, 탭 가운데 하나로 나뉘어야 합니다",
    ),
    "backtest_encoding": (
        "{file}: neither UTF-8 nor CP949; save it as UTF-8",
        "{file}: UTF-8도 CP949도 아닙니다. UTF-8로 저장하십시오",
    ),
    "backtest_no_time": (
        "{file}: no column holds times that can be read; name it with --time, one of: {known}",
        "{file}: 시각으로 읽히는 열이 없습니다. --time으로 지정하십시오. 있는 열: {known}",
    ),
    "backtest_time_column": (
        "--time: {file} has no column {value}; use one of: {known}; or TIME+SECONDS, two of them",
        "--time: {file}: 없는 열 {value}. 다음 가운데 하나: {known}. 또는 시각+초, 두 열",
    ),
    "backtest_noos_zone": (
        "{file}: the time zone {zone} of its head is not known; NOOS files are of GMT: write it as CSV with offsets",
        "{file}: 머리의 시간대 {zone}: 알 수 없음. NOOS 파일은 GMT입니다. 시차가 있는 CSV로 바꾸십시오",
    ),
    "backtest_unit": (
        "--map {map}: {unit} cannot become {wanted}; write the unit of the column behind it, for example --map river.water_level=stage:ft",
        "--map {map}: {unit} → {wanted}: 바꿀 수 없음. 열의 단위를 뒤에 쓰십시오. 예: --map river.water_level=stage:ft",
    ),
    "backtest_map": (
        "--map {map}: write SENSOR.CHANNEL=COLUMN, and :UNIT behind it where it differs, for example river.water_level=stage:ft",
        "--map {map}: 센서.채널=열 꼴로 쓰고, 단위가 다르면 뒤에 :단위를 붙이십시오. 예: river.water_level=stage:ft",
    ),
    "backtest_no_channel": (
        "--map {map}: this node has no {channel}; it has: {known}",
        "--map {map}: 이 노드에 없는 채널 {channel}. 있는 것: {known}",
    ),
    "backtest_no_column": (
        "--map {map}: {file} has no such column; it has: {known}",
        "--map {map}: {file}: 없는 열. 있는 것: {known}",
    ),
    "backtest_nothing_fits": (
        "{file}: no column is named as a channel of this node is; say which is which, for example --map {place}={column}\n"
        "columns:  {known}\nchannels: {channels}",
        "{file}: 이 노드의 채널과 이름이 같은 열이 없습니다. 무엇이 무엇인지 쓰십시오. 예: --map {place}={column}\n"
        "열:   {known}\n채널: {channels}",
    ),
    "backtest_nothing_left": (
        "{file}: all {count} rows lie outside --from and --to",
        "{file}: {count}행이 모두 --from과 --to의 범위 밖입니다",
    ),
    "backtest_zone": (
        "--timezone: {value} is no time zone; write a name such as Asia/Seoul or UTC",
        "--timezone: {value}: 시간대가 아님. Asia/Seoul이나 UTC처럼 쓰십시오",
    ),
    "backtest_no_node": (
        '--node: no node "{value}" in this site; use one of: {known}',
        '--node: 이 사이트에 없는 노드 "{value}". 다음 가운데 하나: {known}',
    ),
    "backtest_which_node": (
        "several nodes have rules; choose one with --node: {node}",
        "규칙이 있는 노드가 여럿입니다. --node로 하나를 고르십시오: {node}",
    ),
    "backtest_no_rules": (
        "{node}: no rules; write [node.NAME.rule.NAME] with watch and a level, or take over those of a profile",
        "{node}: 규칙이 없습니다. [node.이름.rule.이름]에 watch와 단계를 쓰거나 프로필의 규칙을 쓰십시오",
    ),
    "backtest_no_judged": (
        "{node}: no rule watches what the file holds; its rules watch {known}: name their columns with --map",
        "{node}: 파일에 있는 값을 보는 규칙이 없습니다. 규칙이 보는 채널: {known}. --map으로 열을 지정하십시오",
    ),
    "backtest_no_plotter": (
        "--png needs matplotlib: pip install 'gilmok[plot]'; --html works without",
        "--png에는 matplotlib가 필요합니다: pip install 'gilmok[plot]'. --html은 그대로 됩니다",
    ),
    "backtest_reading": ("reading", "읽는 중"),
    "backtest_judging": ("judging", "판정하는 중"),
    "backtest_written": ("{file}: written.", "{file}: 저장했습니다."),
    "backtest_span": ("{first} to {last}, {rows} rows.", "{first} – {last}, {rows}행."),
    "backtest_row": ("{count} rows without a readable time, left out; the first is row", "시각을 읽을 수 없는 행 {count}개 제외. 첫 행"),
    "backtest_unreadable": ("{count} values are no numbers and count as missing", "숫자가 아닌 값 {count}개를 빠진 값으로 처리"),
    "backtest_too_large": ("{count} values no record can hold count as missing", "기록할 수 없이 큰 값 {count}개를 빠진 값으로 처리"),
    "backtest_empty": ("{count} cells are empty", "빈 칸 {count}개"),
    "backtest_repeated": ("{count} values stand there twice, equal: counted once", "같은 값이 두 번 나온 것 {count}개: 한 번만 셈"),
    "backtest_conflicting": (
        "{count} values stand there twice and differ: the first one counts",
        "같은 시각에 다른 값이 나온 것 {count}개: 먼저 나온 값을 씀",
    ),
    "backtest_backwards": ("{count} readings are out of order: sorted", "시간 순서가 어긋난 값 {count}개: 순서대로 정리"),
    "backtest_outside": ("{count} rows before --from or after --to", "--from 이전이나 --to 이후의 행 {count}개"),
    "backtest_missing": (
        "{sensor}: {count} readings missing in {gaps} gaps, the longest {longest} from {at}; they neither raise nor clear",
        "{sensor}: 빠진 측정값 {count}개, 공백 {gaps}곳, 가장 긴 공백 {longest}({at}부터). 경보를 올리지도 내리지도 않음",
    ),
    "backtest_line": (
        "{sensor}: read every {period} here and every {every} by the node; values between lie on a line (--between nothing: as they are)",
        "{sensor}: 자료는 {period}, 노드는 {every} 간격. 그 사이는 직선으로 이음 (그대로 쓰려면 --between nothing)",
    ),
    "backtest_coarse": (
        "{sensor}: read every {period} here and every {every} by the node; delays and windows are no finer than that",
        "{sensor}: 자료는 {period}, 노드는 {every} 간격. 지연과 구간이 그보다 촘촘할 수 없음",
    ),
    "backtest_left_out": (
        "Not judged, since the data say nothing of what they watch: {rules}",
        "자료에 없어 판정하지 않은 규칙: {rules}",
    ),
    "backtest_quiet": ("No alarm.", "경보가 없었습니다."),
    "backtest_more": ("… and {count} more: --json has all of them.", "… 외 {count}건. 전체는 --json에 있습니다."),
    "backtest_lasts": ("{duration}, and on", "{duration}, 계속"),
    "backtest_true": ("reached {duration} later", "{duration} 뒤 실제로 도달"),
    "backtest_untrue": ("not reached", "도달하지 않음"),
    "backtest_suppressed": ("suppressed", "억제됨"),
    "backtest_percent": ("threshold {percent} %", "기준값 {percent} %"),
    "backtest_as_is": ("threshold as it is", "지금 기준값"),
    "backtest_choice": (
        "Each cell: the threshold, how often that level was reached, and for how long in all.",
        "칸마다: 기준값, 그 단계에 이른 횟수, 모두 합한 시간.",
    ),
}

# name: (English headings, Korean headings)
HEADINGS = {
    "backtest_alarms": (
        ("time", "level", "rule", "why", "for", "peak", ""),
        ("시각", "단계", "규칙", "이유", "지속", "최고", ""),
    ),
    "backtest_months": (("month", "rule", "highest level", "alarms"), ("월", "규칙", "최고 단계", "경보")),
    "backtest_choices": (("rule", "level"), ("규칙", "단계")),
    "profiles": (
        ("profile", "for", "nodes and their instruments"),
        ("프로필", "용도", "노드와 계기"),
    ),
    "overrides": (
        ("key", "value", "in the file", "author", "set", "until", ""),
        ("키", "값", "파일의 값", "설정한 사람", "설정", "만료", ""),
    ),
    "alarms": (
        ("level", "alarm", "", "since", ""),
        ("등급", "경보", "", "시각", ""),
    ),
    "audit": (
        ("when", "who", "of", "command", "about", ""),
        ("언제", "누가", "누구에게", "명령", "대상", "결과"),
    ),
    "scan": (
        ("node", "device", "address", "dBm", "backlog", "readings"),
        ("노드", "장치", "주소", "dBm", "밀린 기록", "측정값"),
    ),
    "streams": (
        ("stream", "stored", "lost", "last", ""),
        ("스트림", "저장", "빠짐", "마지막", ""),
    ),
    "live": (
        ("node", "link", "", "stored", "gaps", "backlog", "last seen", "boot"),
        ("노드", "링크", "", "저장", "빠짐", "밀린 기록", "마지막 수신", "부팅"),
    ),
}
