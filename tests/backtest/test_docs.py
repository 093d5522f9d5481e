"""The example of docs/backtest.md, run: a page that shows what the command no longer prints is wrong."""

import re
import shutil
from pathlib import Path

import pytest
from gilmok.cli import main

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(("page", "lang"), [("backtest.md", "en"), ("backtest.ko.md", "ko")])
def test_the_example_prints_what_the_page_says(page, lang, tmp_path, monkeypatch, capsys, data_dir):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GILMOK_LANG", lang)
    monkeypatch.setenv("COLUMNS", "200")
    shutil.copy(data_dir / "water" / "deadrun_01589330_201806_5min.csv", "deadrun.csv")
    text = (DOCS / page).read_text(encoding="utf-8")
    site, changed = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    runs = re.findall(r"```\n\$ gilmok (.*?)\n(.*?)```", text, re.DOTALL)
    assert len(runs) == 2
    for (command, printed), lines in zip(runs, ([], changed.splitlines()), strict=True):
        for line in lines:  # what the page says to change takes the place of the line of its key
            key = line.split(" = ")[0]
            site = re.sub(rf"^{key} = .*$", line, site, flags=re.MULTILINE)
        Path("creek.toml").write_text(site, encoding="utf-8")
        with pytest.raises(SystemExit) as end:
            main(command.split())
        assert not end.value.code
        assert capsys.readouterr().out.strip() == printed.strip()
