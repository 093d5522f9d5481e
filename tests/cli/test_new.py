"""new: from a profile to a site file that is complete at once, and says what only the site knows."""

import re

import pytest
from gilmok_site import load_site
from gilmok_site.gather import profile_names
from gilmok_site.starter import format_value, site_id_of

from cli.snapshots import check_snapshot

EXAMPLE = re.compile(r"^# (?=[\[a-z_0-9]+\]?[ .a-z0-9_-]*(?:\]| = ))", re.MULTILINE)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_list(gilmok, lang):
    result = gilmok("new", "--list-profiles")
    assert result.code == 0
    check_snapshot(f"profiles.{lang}.txt", result.out)


def test_what_is_written_and_said(gilmok, folder, lang):
    result = gilmok("new", "--profile", "riverside-parking", "yangjae.toml")
    assert (result.code, result.err) == (0, "")
    check_snapshot(f"new.{lang}.txt", f"{result.out}\n{(folder / 'yangjae.toml').read_text(encoding='utf-8')}")


@pytest.mark.parametrize("profile", profile_names())
def test_the_file_is_clean_at_once(gilmok, profile, lang):
    assert gilmok("new", "--profile", profile, "here.toml").code == 0
    result = gilmok("check", "here.toml")
    assert result.code == 0
    assert result.out.splitlines()[-1].startswith("No problems." if lang == "en" else "문제가 없습니다.")


@pytest.mark.parametrize("profile", profile_names())
def test_every_example_may_be_used(gilmok, profile, lang, folder):
    """All at once, so that none is misspelt or unfit for its instrument."""
    gilmok("new", "--profile", profile, "here.toml")
    path = folder / "here.toml"
    text = path.read_text(encoding="utf-8")
    used = EXAMPLE.sub("", text)
    assert len(re.findall("^# ", used, re.MULTILINE)) <= 4, "the head, and one line above further nodes"
    path.write_text(used, encoding="utf-8")
    site = load_site("here.toml")
    assert site.link["pole"]
    assert all(node.position and node.device for name, node in site.node.items() if "-3" not in name)


@pytest.mark.parametrize("profile", profile_names())
def test_what_it_says_of_the_profile_is_as_there(gilmok, profile):
    """As it is written, the file changes nothing of the profile but what every site has of its own."""
    gilmok("new", "--profile", profile, "here.toml")
    with open("bare.toml", "w", encoding="utf-8") as bare:
        bare.write(f'[site]\nid = "here"\nextends = "{profile}"\n[store]\nurl = "sqlite:here.db"\n')
    here, bare = load_site("here.toml"), load_site("bare.toml")
    assert list(here.node) == list(bare.node)
    for name in here.node:
        assert here.node[name].sensor == bare.node[name].sensor
        assert here.node[name].datum == bare.node[name].datum


def test_next_commands_work(gilmok):
    """What it tells a person to type next."""
    said = gilmok("new", "--profile", "dam", "here.toml").out
    commands = [line.partition("     (")[0].split()[1:] for line in said.splitlines() if line.startswith("  gilmok ")]
    assert [command[0] for command in commands] == ["check", "demo", "keys", "config", "collect"]
    for command in (commands[0], *commands[2:4]):  # tests/processes/test_demo_site.py runs a demo of a site
        assert gilmok(*command).code == 0


def test_its_comments_may_have_another_language(gilmok, folder, monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "en")
    assert "Fill in" in gilmok("new", "--profile", "dam", "--lang", "ko", "here.toml").out
    assert "수정" in (folder / "here.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--profile", "river-guage", "here.toml"], 'did you mean "river-gauge"?'),
        (["--profile", "moon", "here.toml"], "use one of: chemical-fence, dam,"),
        (["--profile", "dam", "nowhere/here.toml"], "no such folder"),
        (["--profile", "dam", "."], "is a folder"),
        (["--profile", "dam", "here"], "such as yangjae.toml"),
        (["--profile", "dam", "양재.toml"], "such as yangjae.toml"),
        (["--profile", "../dam", "here.toml"], "no profile"),
    ],
)
def test_what_cannot_be_written(gilmok, folder, monkeypatch, args, said):
    monkeypatch.setenv("GILMOK_LANG", "en")
    result = gilmok("new", *args)
    assert result.code == 1
    assert said in result.err
    assert list(folder.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(gilmok, folder, lang):
    (folder / "here.toml").write_text("# mine", encoding="utf-8")
    result = gilmok("new", "--profile", "dam", "here.toml")
    assert result.code == 1
    assert ("was left as it was" if lang == "en" else "그대로 두었습니다") in result.err
    assert (folder / "here.toml").read_text(encoding="utf-8") == "# mine"


@pytest.mark.parametrize("args", [[], ["here.toml"], ["--profile", "dam"]])
def test_misuse(gilmok, folder, args):
    result = gilmok("new", *args)
    assert result.code == 2
    assert "--list-profiles" in result.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("stem", "site_id"), [("Yangjae", "yangjae"), ("river 2", "river-2"), ("한강-gauge_1", "gauge_1")])
def test_the_id_comes_from_the_files_name(stem, site_id):
    assert site_id_of(stem) == site_id


def test_values_are_written_as_toml():
    assert format_value({"a": "1 cm", "b": [1, 2.5], "c": True}) == '{ a = "1 cm", b = [1, 2.5], c = true }'
