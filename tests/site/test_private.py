"""Windows played on any system: what icacls and whoami say, and what follows from it."""

import os
from pathlib import Path

import pytest
from gilmok_site.errors import BadValue
from gilmok_site.private import System, read_private, run_program, strangers_in, write_private

USER = "S-1-5-21-1004336348-1177238915-682003330-1001"
OWN = f"(A;;FA;;;{USER})"

# Who is granted something beside the user, the system and its administrators. Right-hand sides by MS-DTYP 2.5.1.
LISTS = {
    f"D:PAI{OWN}": [],
    f"D:P{OWN}(A;;FA;;;SY)(A;;FA;;;BA)": [],
    f"D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;{USER})": [],
    f"D:PAI{OWN}S:AI(AU;SAFA;FA;;;WD)": [],
    f"D:PAI(D;;FA;;;WD){OWN}": [],
    f"D:PAI{OWN}(A;;FR;;;WD)": ["WD"],
    f"D:AI{OWN}(A;ID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)": ["BU", "AU"],
    f"D:PAI{OWN}(A;;FA;;;S-1-5-21-1004336348-1177238915-682003330-1002)": ["S-1-5-21-1004336348-1177238915-682003330-1002"],
    f"D:PAI{OWN}(A;;FA;;;LA)": ["LA"],
    f"D:PAI{OWN}(A;;FA;;;OW)": ["OW"],
}

NOT_UNDERSTOOD = [
    "",
    "D:",
    "D:NO_ACCESS_CONTROL",
    "yangjae.keys.toml",
    f"O:{USER}D:PAI{OWN}",
    "D:PAI(A;;FA;;)",
    f"D:PAI(XA;;FA;;;{USER};(Member_of {{SID(BA)}}))",
    f"D:PAI{OWN}(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;{USER})",
    f"D:PAI{OWN}(A;;FA;;;WD",
    f"D:PAI{OWN} (A;;FA;;;WD)",
]


class Windows:
    """Plays whoami and icacls: one user, one access list."""

    def __init__(self, sddl=f"D:PAI{OWN}", user=USER, codes=None, mark=""):
        self.sddl = sddl
        self.user = user
        self.codes = codes or {}
        self.mark = mark
        self.commands = []

    def __call__(self, command):
        self.commands.append(command)
        name = command[0]
        if name == "whoami":
            return self.codes.get(name, 0), f'"desktop\\김철수","{self.user}"\r\n'
        if "/save" in command:
            text = f"{self.mark}{Path(command[1]).name}\r\n{self.sddl}\r\n"
            Path(command[command.index("/save") + 1]).write_bytes(text.encode("utf-16-le"))
        return self.codes.get(name, 0), "처리된 파일 1개"

    @property
    def system(self):
        return System(windows=True, run=self)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "yangjae.keys.toml"
    path.write_bytes(b"secret")
    return path


@pytest.mark.parametrize("sddl", LISTS)
def test_strangers(sddl):
    assert strangers_in(sddl, USER) == LISTS[sddl]


@pytest.mark.parametrize("sddl", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_refused(sddl, path):
    with pytest.raises(BadValue) as refused:
        read_private(path, Windows(sddl).system)
    assert refused.value.code == "keys_acl_unknown"


def test_the_built_in_administrator_is_himself():
    administrator = "S-1-5-21-1-2-3-500"
    assert strangers_in("D:PAI(A;;FA;;;LA)", administrator) == []


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_closed_file_is_read(path, mark):
    assert read_private(path, Windows(mark=mark).system) == b"secret"


def test_open_file_is_refused_with_the_remedy(path):
    with pytest.raises(BadValue) as refused:
        read_private(path, Windows(f"D:AI{OWN}(A;ID;FR;;;BU)").system)
    assert str(refused.value.problems[0].message("en")) == (
        f'others can read or change it (BU); run: icacls "yangjae.keys.toml" /inheritance:r /grant:r "*{USER}:F"'
    )


@pytest.mark.parametrize(("codes", "reason"), [({"whoami": 1}, "whoami"), ({"icacls": 5}, "icacls")])
def test_program_that_fails_is_no_permission(path, codes, reason):
    with pytest.raises(BadValue) as refused:
        read_private(path, Windows(codes=codes).system)
    assert refused.value.facts == {"reason": reason}


def test_icacls_that_saves_nothing(path):
    def run(command):
        return 0, f'"a","{USER}"'

    with pytest.raises(BadValue):
        read_private(path, System(windows=True, run=run))


def test_new_file_is_closed_before_anything_is_in_it(tmp_path):
    path = tmp_path / "new"
    windows = Windows()
    sizes = []

    def run(command):
        sizes.append(path.stat().st_size)
        return windows(command)

    write_private(path, b"secret", System(windows=True, run=run))
    assert sizes == [0, 0]
    assert windows.commands[-1] == ["icacls", str(path), "/inheritance:r", "/grant:r", f"*{USER}:F", "/q"]
    assert path.read_bytes() == b"secret"


def test_new_file_that_cannot_be_closed_holds_nothing(tmp_path):
    path = tmp_path / "new"
    with pytest.raises(BadValue):
        write_private(path, b"secret", Windows(codes={"icacls": 5}).system)
    assert path.read_bytes() == b""


def test_file_that_exists_is_not_opened_for_writing(path):
    with pytest.raises(FileExistsError):
        write_private(path, b"other")
    assert path.read_bytes() == b"secret"


def test_program_that_is_not_there():
    assert run_program(["no-such-program-here"]) == (-1, "")


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX echo")
def test_program_that_is_there():
    assert run_program(["echo", "hello"]) == (0, "hello\n")
