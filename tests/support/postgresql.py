"""A throw-away PostgreSQL server in a folder of its own, reached over a Unix socket."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

# Off, for speed: the server never outlives a run. Tests of what survives a crash use SQLite under a forgetful VFS.
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def find_binaries() -> Path | None:
    """Return the folder that holds `initdb` and `pg_ctl`, the newest release first, or None."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    return next((path for path in debian + on_path if (path / "initdb").exists() and (path / "pg_ctl").exists()), None)


class Server:
    """One server process, started when made and gone after `stop`."""

    def __init__(self, binaries: Path):
        self._binaries = binaries
        self._owner = _unprivileged_owner()
        # Not in pytest's temporary folder: that one is closed to the server's user, and its name too long for a socket.
        self.folder = Path(tempfile.mkdtemp(prefix="gilmok-pg-"))
        try:
            if self._owner:
                os.chown(self.folder, self._owner["user"], self._owner["group"])
            self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
            options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' {_FAST}"
            self._run("pg_ctl", "start", "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", options)
        except BaseException:
            self.stop()
            raise

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def stop(self) -> None:
        """End the process named in the server's own pid file and remove the folder."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "-w", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *args: str) -> None:
        # Output goes to a file: a pipe would stay open in the server and never end.
        output = self.folder / "output"
        with output.open("wb") as file:
            command = [str(self._binaries / program), "-D", str(self.folder / "data"), *args]
            result = subprocess.run(command, cwd=self.folder, stdout=file, stderr=file, check=False, **self._owner)
        if result.returncode:
            raise RuntimeError(f"{program} failed:\n{output.read_text(errors='replace')}")


def _unprivileged_owner() -> dict:
    """Return the arguments by which `subprocess.run` leaves root, which PostgreSQL refuses, behind."""
    if os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
