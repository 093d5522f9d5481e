"""What the tests of the command line share: a runner, and a site with a filled store."""

import pytest
from gilmok.cli import main

from cli.scene import fill_store, write_site


class Result:
    """What a command did."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture(params=["en", "ko"])
def lang(request, monkeypatch):
    """Run the test in English and in Korean."""
    monkeypatch.setenv("GILMOK_LANG", request.param)
    return request.param


@pytest.fixture
def gilmok(capsys, monkeypatch):
    """Return a function that runs the command in this process and returns a Result."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*args):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return Result(end.value.code or 0, out, err)

    return run


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a site file in an empty folder that is also the present one."""
    monkeypatch.chdir(tmp_path)
    write_site(tmp_path)
    return "yangjae.toml"


@pytest.fixture
def filled(site, tmp_path):
    """Return a site file whose store holds something."""
    fill_store(tmp_path)
    return site
