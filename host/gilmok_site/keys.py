"""The keys of a site: one secret a device, one of the group of nodes that act on one another, and the store's number.

They are in a file that only its owner can read.

No secret may reach a message, a log or a traceback: keys are wrapped in Key, and a broken file is reported by the name
of the entry, outside the `except` that knew its content.
"""

import hmac
import json
import os
import re
import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .device import RESERVED, format_device
from .errors import BadValue, KeysError, Problem
from .lorawan import devices_with_identity
from .private import THIS_SYSTEM, System, read_private, sync_folder, write_private
from .secret import Secret, draw_secrets, parse_secrets
from .source import Source

if TYPE_CHECKING:
    from .model import Site

KEY_SIZE = 16  # AES-128 (protocols/SPEC.md, section 2)

_HEADER = """\
# Keys of site {site}: whoever has them can read, forge and replay what its devices say.
# Made by Gilmok; keep a copy in a safe place and none in a repository.
"""


class Key:
    """A device's secret; `bytes(key)` is the only way to see it."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes):
        if len(secret) != KEY_SIZE:
            raise ValueError(f"a key has {KEY_SIZE} bytes")
        self._secret = bytes(secret)

    def __bytes__(self) -> bytes:
        return self._secret

    def __repr__(self) -> str:
        return "Key(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and hmac.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self._secret)


@dataclass(frozen=True)
class Keys:
    """The store's number, the key of each device by address, that of the group of nodes that act on one another, the secrets
    of those who are woken, by name, the AppKey of each device's modem, and the password at the broker of each link."""

    store_id: int
    devices: dict[int, Key]
    group: Key | None = None
    notify: dict[str, Secret] = field(default_factory=dict)
    lorawan: dict[int, Key] = field(default_factory=dict)
    link: dict[str, Secret] = field(default_factory=dict)


def load_keys(site: "Site", system: System = THIS_SYSTEM) -> Keys:
    """Return the keys of `site`, one for each of its devices at least.

    Raises: KeysError if the file is missing, open to others or broken, or lacks a device.
    """
    keys = _read(site, system)
    if keys is None:
        _refuse(site, "", "keys_missing", site_file=site.source.file)
    for node, device in _devices_of(site).items():
        if device not in keys.devices:
            name = format_device(device)
            _refuse(site, f"device.{name}", "keys_device_missing", device=name, node=node, site_file=site.source.file)
    if keys.group is None and _has_group(site):
        _refuse(site, "group", "keys_group_missing", site_file=site.source.file)
    for node, device in devices_with_identity(site).items():
        if device not in keys.lorawan:
            _refuse(site, f"lorawan.{format_device(device)}", "keys_lorawan_missing", node=node, site_file=site.source.file)
    return keys


def create_keys(site: "Site", system: System = THIS_SYSTEM) -> Keys:
    """Return the keys of `site` after making those that are missing; what exists is kept.

    Raises: KeysError if the file is open to others or broken, or another process is making keys.
    """
    path = site.keys_path
    draft = path.with_name(f".{path.name}.new")  # its name is the lock: two writers would lose each other's new keys
    try:
        write_private(draft, b"", system)
    except FileExistsError:
        _refuse(site, "", "keys_busy", other=draft.name)
    except BadValue as error:
        draft.unlink()
        _refuse(site, "", error.code, **error.facts)
    except OSError as error:
        _refuse(site, "", "file_unwritable", reason=error.strerror)
    try:
        return _complete(site, draft, system)
    except OSError as error:
        _refuse(site, "", "file_unwritable", reason=error.strerror)
    finally:
        draft.unlink(missing_ok=True)


def _complete(site: "Site", draft: Path, system: System) -> Keys:
    """Make the missing keys, in `draft`, and put it in the place of the file."""
    old = _read(site, system)
    known, modems = (old.devices, old.lorawan) if old else ({}, {})
    fresh = _drawn(_devices_of(site), known)
    modem_keys = _drawn(devices_with_identity(site), modems)
    told = old.notify if old else {}
    drawn = draw_secrets(site, told)
    group = old.group if old else None
    is_new_group = group is None and _has_group(site)
    if old and not fresh and not is_new_group and not drawn and not modem_keys:
        return old
    group = Key(secrets.token_bytes(KEY_SIZE)) if is_new_group else group
    store_id = old.store_id if old else 1 + secrets.randbelow(0xFFFFFFFF)
    keys = Keys(store_id, {**known, **fresh}, group, {**told, **drawn}, {**modems, **modem_keys}, old.link if old else {})
    with draft.open("wb") as file:
        file.write(_format(site, keys).encode())
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, site.keys_path)
    sync_folder(site.keys_path.parent)
    return keys


def _drawn(devices: dict[str, int], known: dict[int, Key]) -> dict[int, Key]:
    return {device: Key(secrets.token_bytes(KEY_SIZE)) for device in devices.values() if device not in known}


def _devices_of(site: "Site") -> dict[str, int]:
    return {node: site.device_of(node) for node in site.measuring}


def _has_group(site: "Site") -> bool:
    from .alarm_parts import acts_in_group

    return any(acts_in_group(site, node) for node in site.node)


def _read(site: "Site", system: System) -> Keys | None:
    """Return what the keys file holds, or None where there is none."""
    try:
        data = read_private(site.keys_path, system)
    except FileNotFoundError:
        return None
    except BadValue as error:
        code, facts = error.code, error.facts
    except OSError as error:
        code, facts = "file_unreadable", {"reason": error.strerror}
    else:
        return _parse(site, data)
    _refuse(site, "", code, **facts)


def _parse(site: "Site", data: bytes) -> Keys:
    raw = _parse_toml(data)
    if raw is None or not isinstance(raw.get("device", {}), dict):
        _refuse(site, "", "keys_not_toml")
    store_id = raw.get("store_id")
    if type(store_id) is not int or not 1 <= store_id <= 0xFFFFFFFF:
        _refuse(site, "store_id", "keys_store_id")
    for name, secret in raw.get("device", {}).items():
        if not _is_entry(name, secret):
            _refuse_entry(site, data, name)
    modems = raw.get("lorawan", {})
    if not isinstance(modems, dict) or not all(_is_entry(name, secret) for name, secret in modems.items()):
        _refuse(site, "lorawan", "keys_lorawan")
    group = raw.get("group")
    if group is not None and not _is_secret(group):
        _refuse(site, "group", "keys_group")
    devices, app_keys = (_keys_in(table) for table in (raw.get("device", {}), modems))
    notify, links = (parse_secrets(raw.get(name, {})) for name in ("notify", "link"))
    if notify is None:
        _refuse(site, "notify", "notify_secrets")
    if links is None:
        _refuse(site, "link", "link_secrets")
    return Keys(store_id, devices, None if group is None else Key(bytes.fromhex(group)), notify, app_keys, links)


def _keys_in(table: dict[str, str]) -> dict[int, Key]:
    return {int(name, 16): Key(bytes.fromhex(secret)) for name, secret in table.items()}


def _parse_toml(data: bytes) -> dict[str, Any] | None:
    """Return None where it is no TOML: the exception quotes the text and must not leave this function."""
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        return None


def _is_entry(name: str, secret: object) -> bool:
    return _is_address(name) and _is_secret(secret)


def _is_secret(text: object) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(rf"[0-9a-f]{{{2 * KEY_SIZE}}}", text))


def _is_address(name: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f]{4}", name)) and int(name, 16) not in RESERVED


def _refuse_entry(site: "Site", data: bytes, name: str) -> NoReturn:
    """Refuse an entry by its line; what is no address may be a key that was written on the wrong side."""
    line = Source("", data.decode().replace("\r\n", "\n")).line_of(("device", name))
    key = f"device.{name}" if _is_address(name) else "device"
    raise KeysError([Problem(str(site.keys_path), line, key, "keys_device")])


def _format(site: "Site", keys: Keys) -> str:
    lines = [_HEADER.format(site=site.id), f"store_id = 0x{keys.store_id:08x}\n"]
    if keys.group is not None:
        lines.append(f'group = "{bytes(keys.group).hex()}"  # of all nodes that act on one another\n')
    for title, table in (("device", keys.devices), ("lorawan", keys.lorawan)):
        lines += [f"\n[{title}]\n"] if table or table is keys.devices else []
        for device, key in sorted(table.items()):
            node = site.node_of(device)
            lines.append(f'{format_device(device)} = "{bytes(key).hex()}"' + (f"  # {node}" if node else "") + "\n")
    for title, told in (("notify", keys.notify), ("link", keys.link)):
        lines += [f"\n[{title}]\n"] if told else []
        lines += [f"{name} = {json.dumps(secret.reveal(), ensure_ascii=False)}\n" for name, secret in sorted(told.items())]
    return "".join(lines)


def _refuse(site: "Site", key: str, code: str, **facts: Any) -> NoReturn:
    raise KeysError([Problem(str(site.keys_path), None, key, code, facts)])
