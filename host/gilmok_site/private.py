"""Files that only their owner may read: made so, and refused otherwise.

POSIX has the mode for it. Windows has access lists, which its own programs icacls and whoami tell and set; they speak
in security identifiers, which no display language translates.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import BadValue

Run = Callable[[list[str]], tuple[int, str]]  # a command to its exit code and output

# Who may read every file of a Windows machine anyway: the system and its administrators (SDDL: SY, BA).
_ALWAYS = {"SY", "BA", "S-1-5-18", "S-1-5-32-544"}
_SDDL = re.compile(r"D:[A-Z]*((?:\([^()]*\))+)(?:S:.*)?")
_SID = re.compile(r"S-1-[0-9-]+")


def run_program(command: list[str]) -> tuple[int, str]:
    """Run `command` and return its exit code and what it printed."""
    try:
        # 10 s: an access list is read in milliseconds, a network drive may need a while to wake up
        done = subprocess.run(command, capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return -1, ""
    return done.returncode, done.stdout.decode("utf-8", "replace")


@dataclass(frozen=True)
class System:
    """What kind of system keeps the file, and how to run its programs; a parameter, so that tests can play Windows."""

    windows: bool
    run: Run


THIS_SYSTEM = System(os.name == "nt", run_program)


def read_private(path: Path, system: System = THIS_SYSTEM) -> bytes:
    """Return the content of `path`.

    Raises: BadValue if anyone but its owner may read or change it; OSError.
    """
    with path.open("rb") as file:
        if system.windows:
            check_access_list(path, system.run)
        else:
            _check_mode(path, os.fstat(file.fileno()))  # of the opened file: its name may be given to another meanwhile
        return file.read()


def write_private(path: Path, data: bytes, system: System = THIS_SYSTEM) -> None:
    """Create `path`, closed to everyone else before the first byte is in it, and write it through to the disk.

    Raises: FileExistsError if it exists; BadValue if Windows cannot close it to others; OSError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with open(descriptor, "wb") as file:
        if system.windows:
            _close_to_others(path, system.run)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable, where the system lets a folder be opened."""
    if THIS_SYSTEM.windows:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_access_list(path: Path, run: Run) -> None:
    """Return if the access list names nobody but the user, the system and its administrators.

    Raises: BadValue if it does, or is not understood.
    """
    user = _user_sid(run)
    strangers = strangers_in(_access_list(path, run), user)
    if strangers:
        raise BadValue("keys_acl", who=strangers, file=path.name, user=user)


def strangers_in(sddl: str, user: str) -> list[str]:
    """Return who else is granted anything by an access list in SDDL.

    Raises: BadValue where a part of it is not understood, which counts as readable.
    Source: MS-DTYP 2.5.1, security descriptor description language.
    """
    match = _SDDL.fullmatch(sddl)
    if match is None:
        raise BadValue("keys_acl_unknown", reason="SDDL")
    trusted = _ALWAYS | {user} | ({"LA"} if user.endswith("-500") else set())  # LA: the built-in administrator, RID 500
    strangers = []
    for entry in match[1][1:-1].split(")("):
        fields = entry.split(";")
        if len(fields) != 6 or fields[0] not in ("A", "D"):
            raise BadValue("keys_acl_unknown", reason=fields[0])
        if fields[0] == "A" and fields[5] not in trusted:
            strangers.append(fields[5])
    return strangers


def _check_mode(path: Path, status: os.stat_result) -> None:
    user = os.getuid()
    if status.st_uid != user:
        raise BadValue("keys_owner", owner=status.st_uid, user=user, file=path.name)
    if status.st_mode & 0o077:
        raise BadValue("keys_mode", mode=f"{status.st_mode & 0o7777:04o}", file=path.name)


def _user_sid(run: Run) -> str:
    """Return the identifier of the user we run as: whoami prints "name","S-1-5-21-…"."""
    code, text = run(["whoami", "/user", "/fo", "csv", "/nh"])
    match = _SID.search(text)
    if code != 0 or match is None:
        raise BadValue("keys_acl_unknown", reason="whoami")
    return match.group()


def _access_list(path: Path, run: Run) -> str:
    """Return the SDDL of `path`: icacls saves the file's name and, in the next line, its list, in UTF-16."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "acl")
        code, _ = run(["icacls", str(path), "/save", str(saved), "/q"])
        if code != 0 or not saved.is_file():
            raise BadValue("keys_acl_unknown", reason="icacls")
        lines = saved.read_bytes().decode("utf-16-le", "replace").lstrip("\ufeff").split()
    return lines[-1] if lines else ""


def _close_to_others(path: Path, run: Run) -> None:
    code, _ = run(["icacls", str(path), "/inheritance:r", "/grant:r", f"*{_user_sid(run)}:F", "/q"])
    if code != 0:
        raise BadValue("keys_acl_unknown", reason="icacls")
