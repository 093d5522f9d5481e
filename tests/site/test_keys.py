"""The keys file: made whole or not at all, refused when others can read it, and silent about what it holds."""

import ast
import os
import re
import traceback
from pathlib import Path

import pytest
from gilmok_site import Key, KeysError, SiteError, create_keys, load_keys, load_site
from gilmok_site import keys as keys_module
from gilmok_site.private import System
from site_cases import EXAMPLE, FILE
from site_snapshots import check_sections

SECRET = "00112233445566778899aabbccddeeff"
GOOD = f'store_id = 1\n[device]\nc268 = "{SECRET}"\n7f3a = "{SECRET}"\n051f = "{SECRET}"\n5b92 = "{SECRET}"\n'

posix = pytest.mark.skipif(os.name == "nt", reason="modes and owners are POSIX; Windows is played in test_private.py")


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text(EXAMPLE, encoding="utf-8")
    return load_site(FILE)


def write(site, text, mode=0o600):
    site.keys_path.write_bytes(text.encode() if isinstance(text, str) else text)
    site.keys_path.chmod(mode)


def refusal(site, action=load_keys):
    with pytest.raises(KeysError) as refused:
        action(site)
    return refused.value


def test_created_keys_are_loaded_again(site):
    keys = create_keys(site)
    assert sorted(keys.devices) == sorted(site.device_of(node) for node in site.node)
    assert 0 < keys.store_id < 1 << 32
    assert len({bytes(key) for key in keys.devices.values()}) == 4
    assert load_keys(site) == keys
    assert [path.name for path in site.folder.iterdir() if path.name != FILE] == ["yangjae.keys.toml"]


@posix
def test_file_is_closed_to_others_whatever_the_umask(site):
    before = os.umask(0)
    try:
        create_keys(site)
    finally:
        os.umask(before)
    assert site.keys_path.stat().st_mode & 0o777 == 0o600


def test_existing_keys_are_kept(site):
    write(site, GOOD.replace(f'051f = "{SECRET}"\n', f'0abc = "{SECRET}"\n').replace("store_id = 1", "store_id = 7"))
    keys = create_keys(site)
    assert keys.store_id == 7
    assert sorted(keys.devices) == [0x051F, 0x0ABC, 0x5B92, 0x7F3A, 0xC268]  # 0abc: a device that was swapped out
    assert [device for device, key in keys.devices.items() if bytes(key).hex() != SECRET] == [0x051F]
    assert load_keys(site) == keys


def test_complete_file_is_not_touched(site):
    write(site, GOOD + "# a note of mine\n")
    create_keys(site)
    assert site.keys_path.read_text() == GOOD + "# a note of mine\n"


@pytest.mark.parametrize("failing", ["os.fsync", "os.replace"])
def test_failure_leaves_the_old_file_and_no_draft(site, monkeypatch, failing):
    text = GOOD.replace(f'051f = "{SECRET}"\n', "")
    write(site, text)
    calls = []

    def fail(*args):
        calls.append(args)
        if failing == "os.replace" or len(calls) > 1:  # the first fsync is of the empty draft
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(failing, fail)
    assert refusal(site, create_keys).problems[0].code == "file_unwritable"
    assert site.keys_path.read_text() == text
    assert sorted(path.name for path in site.folder.iterdir()) == ["yangjae.keys.toml", FILE]


def test_draft_of_another_process_is_respected(site):
    draft = site.folder / ".yangjae.keys.toml.new"
    draft.write_bytes(b"")
    assert refusal(site, create_keys).problems[0].code == "keys_busy"
    assert draft.exists()


def test_keys_of_another_folder(site):
    (site.folder / FILE).write_text(EXAMPLE.replace("[store]", 'keys = "k/keys.toml"\n[store]'))
    moved = load_site(FILE)
    assert refusal(moved, create_keys).problems[0].code == "file_unwritable"
    (site.folder / "k").mkdir()
    assert create_keys(moved) == load_keys(moved)
    assert (site.folder / "k" / "keys.toml").exists()


BROKEN = {
    "not TOML": f'store_id = 1\n[device]\n7f3a = "{SECRET}',
    "not UTF-8": b"store_id = 1\n[device]\n7f3a = " + SECRET.encode() + b"\xff",
    "too deep": "a = " + "[" * 5000 + f'"{SECRET}"',
    "device is no table": f'store_id = 1\ndevice = "{SECRET}"\n',
    "store id left out": GOOD.replace("store_id = 1\n", ""),
    "store id zero": GOOD.replace("= 1", "= 0"),
    "store id of 33 bits": GOOD.replace("= 1", "= 0x100000000"),
    "store id true": GOOD.replace("= 1", "= true"),
    "store id as text": GOOD.replace("= 1", f'= "{SECRET}"'),
    "key too short": GOOD.replace(SECRET, SECRET[:-2]),
    "key too long": GOOD.replace(SECRET, SECRET + "00"),
    "key not hex": GOOD.replace(SECRET, "g" + SECRET[1:]),
    "key a number": GOOD.replace(f'"{SECRET}"', "0x" + SECRET[:15]),
    "device no address": GOOD.replace("c268", "sensor-1"),
    "key on the wrong side": GOOD.replace(f'c268 = "{SECRET}"', f'{SECRET} = "c268"'),
    "device reserved": GOOD.replace("c268", "ffff"),
    "device missing": GOOD.replace(f'051f = "{SECRET}"\n', ""),
}


def written_out(error):
    """Return all the words an error can bring into a log, its causes' included."""
    seen = "".join(traceback.format_exception(error)) + repr(error) + error.text("en") + error.text("ko")
    return seen + repr(error.__context__) + repr(error.__cause__) + repr([problem.facts for problem in error.problems])


@posix
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_messages(site, monkeypatch, lang):
    texts = {"no file": refusal(site).text(lang)}
    for name, text in BROKEN.items():
        write(site, text)
        texts[name] = refusal(site).text(lang)
    write(site, GOOD, 0o644)
    texts["others can read it"] = refusal(site).text(lang)
    write(site, GOOD)
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: 501)
    texts["of another user"] = re.sub(rf"(user|사용자) {user}\b", r"\1 500", refusal(site).text(lang))
    monkeypatch.undo()
    monkeypatch.chdir(site.folder)
    (site.folder / ".yangjae.keys.toml.new").touch()
    texts["another process makes keys"] = refusal(site, create_keys).text(lang)
    check_sections(f"keys.{lang}.txt", texts)


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("action", [load_keys, create_keys])
def test_no_error_holds_key_material(site, name, action):
    if (name, action) == ("device missing", create_keys):
        return
    write(site, BROKEN[name])
    words = written_out(refusal(site, action))
    assert not any(SECRET[at : at + 6] in words for at in range(len(SECRET) - 5))


@posix
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602, 0o601, 0o777])
@pytest.mark.parametrize("action", [load_keys, create_keys])
def test_open_to_others_is_refused(site, mode, action):
    write(site, GOOD, mode)
    error = refusal(site, action)
    assert error.problems[0].code == "keys_mode"
    assert SECRET[:6] not in written_out(error)
    assert site.keys_path.read_text() == GOOD


@posix
def test_link_to_a_file_of_others_is_refused(site):
    target = site.folder / "elsewhere"
    target.write_text(GOOD)
    target.chmod(0o644)
    site.keys_path.symlink_to(target)
    assert refusal(site).problems[0].code == "keys_mode"


def test_key_does_not_show_itself():
    key = Key(bytes.fromhex(SECRET))
    shown = f"{key} {key!r} {key!s} {[key]} {keys_module.Keys(1, {2: key})}"
    assert shown.count("Key(…)") == 5
    assert SECRET[:6] not in shown
    assert str(bytes.fromhex(SECRET))[2:12] not in shown
    assert bytes(key).hex() == SECRET
    assert not hasattr(key, "__dict__")


def test_keys_are_equal_by_content():
    key = Key(bytes(16))
    assert key == Key(bytes(16))
    assert hash(key) == hash(Key(bytes(16)))
    assert key != Key(bytes(15) + b"\1")
    assert key != bytes(16)


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_key_has_sixteen_bytes(size):
    with pytest.raises(ValueError, match="16 bytes"):
        Key(bytes(size))


def test_broken_keys_are_site_errors(site):
    assert isinstance(refusal(site), SiteError)


def test_windows_is_asked_before_keys_are_read(site):
    write(site, GOOD)
    asked = []

    def run(command):
        asked.append(command[0])
        return 1, ""

    with pytest.raises(KeysError) as refused:
        load_keys(site, System(windows=True, run=run))
    assert refused.value.problems[0].code == "keys_acl_unknown"
    assert asked == ["whoami"]


def test_parsing_exceptions_die_in_the_function_that_raised_them():
    """An exception of tomllib or of a codec carries the text: no `raise` may stand in an `except` around a parse."""
    tree = ast.parse(Path(keys_module.__file__).read_text(encoding="utf-8"))
    parsers = [node for node in ast.walk(tree) if isinstance(node, ast.Try) and "loads" in ast.dump(node)]
    assert len(parsers) == 1
    assert not any(isinstance(node, ast.Raise | ast.Call) for handler in parsers[0].handlers for node in ast.walk(handler))
