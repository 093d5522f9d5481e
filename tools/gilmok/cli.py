"""The command `gilmok`: imports the one subcommand that is asked for, and says what goes wrong in a sentence."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from .language import choose, language

# Each is a module of `commands` with a function `run`, or with COMMANDS of its own; English and Korean for --help.
COMMANDS = {
    "new": ("Write a site file to begin with, from a profile.", "프로필로 첫 사이트 파일을 만듭니다."),
    "check": ("Say what is wrong with a site file, or what it describes.", "사이트 파일을 검사합니다."),
    "keys": ("Make the keys that a site's devices lack.", "사이트 장치에 없는 키를 만듭니다."),
    "config": ("Write the configuration that a node reads at boot.", "노드가 켜질 때 읽을 설정 파일을 만듭니다."),
    "schema": ("Print the JSON Schema of site files, for editors.", "편집기에 쓸 사이트 파일의 JSON Schema를 출력합니다."),
    "collect": ("Collect from a site's nodes into its store.", "사이트의 노드에서 기록을 모아 저장합니다."),
    "set": ("Set a value from here, over what the site file says.", "사이트 파일 위에 값을 덮어 설정합니다."),
    "unset": ("Withdraw a value that was set from here.", "여기서 설정한 값을 거둡니다."),
    "overrides": ("List the values that were set from here.", "여기서 설정한 값을 보여 줍니다."),
    "write-back": ("Write values that were set from here into the site file.", "여기서 설정한 값을 사이트 파일에 써넣습니다."),
    "diff": ("Compare what nodes run with what the site file says.", "노드가 실행하는 설정을 사이트 파일과 견줍니다."),
    "nodes": (
        "Show what a store holds of each node, and what is lost.",
        "노드마다 저장된 기록과 빠진 기록을 보여 줍니다.",
    ),
    "alarms": ("Show alarms, and do something about them.", "경보를 보고 조치합니다."),
    "scan": ("Show which nodes are around over BLE.", "BLE로 둘레에 있는 노드를 보여 줍니다."),
    "tail": ("Show the latest records, and new ones as they come.", "최근 기록을 보여 주고, 새 기록을 따라갑니다."),
    "export": ("Write dated readings or waveforms to a file.", "시각이 확정된 측정값이나 파형을 파일로 내보냅니다."),
    "backup": ("Write a consistent copy of a store.", "저장소를 통째로 백업합니다."),
    "restore": ("Put a backup in the place of what a store holds.", "저장소를 백업의 내용으로 되돌립니다."),
    "wire": ("Show what is inside captured bytes.", "갈무리한 바이트의 내용을 풀어 보여 줍니다."),
    "explain": ("Make readable what a chip says in few bytes.", "칩이 짧게 말한 것을 읽을 수 있게 풀어 줍니다."),
    "node": ("Run a node on this computer.", "이 컴퓨터에서 노드를 실행합니다."),
    "demo": ("Run a street of simulated nodes and a collector.", "가상 거리의 노드들과 수집기를 돌려 봅니다."),
}


class _Command(TyperCommand):
    """A subcommand whose function returns the exit code."""

    def invoke(self, ctx: Any) -> Any:
        code = super().invoke(ctx)
        if code:
            ctx.exit(code)


class _Commands(TyperGroup):
    """The subcommands, each imported when it is used."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]

    def get_command(self, ctx: Any, name: str) -> Any:
        if name not in COMMANDS:
            return None
        module = import_module(f".commands.{name.replace('-', '_')}", __package__)
        group = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help=choose(*COMMANDS[name]))
        for each, (run, *texts) in getattr(module, "COMMANDS", {}).items():
            _add(group, each, run, texts)
        if not group.registered_commands:
            _add(group, name, module.run, COMMANDS[name])
        return get_command(group)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section(choose("Commands", "명령")):
            formatter.write_dl([(name, choose(*texts)) for name, texts in COMMANDS.items()])


def _add(group: typer.Typer, name: str, run: Any, texts: Sequence[str]) -> None:
    """Add the function `run` to a group; its docstring's first line is told in the person's language."""
    details = (run.__doc__ or "").partition("\n")[2]
    group.command(name, cls=_Command, help=f"{choose(*texts)}\n\n{details}")(run)


app = typer.Typer(cls=_Commands, add_completion=False, rich_markup_mode=None, no_args_is_help=True)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"gilmok {version('gilmok')}")
        raise typer.Exit


@app.callback(epilog="GILMOK_LANG=ko|en chooses the language, else LANG. Exit codes: 0 done, 1 a problem or refused, 2 misused.")
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    """Gilmok (길목): what the nodes of a street measure reaches the store exactly once."""


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a problem or refused, 2 misused."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal of another code page shows "?", not a traceback
    try:
        get_command(app)(args, prog_name="gilmok")
    except SystemExit:
        raise  # how every run ends: the clause below would import the packages whose errors it names
    except _told() as error:
        print(_sentence(error), file=sys.stderr)
        sys.exit(1)


def _told() -> tuple[type[Exception], ...]:
    """Return the errors that say themselves what a person has to do."""
    from gilmok_collector.store.errors import StoreError
    from gilmok_site.errors import SiteError

    from .errors import Refused

    return Refused, SiteError, StoreError, OSError


def _sentence(error: Exception) -> str:
    from gilmok_site.errors import SiteError

    from .language import say

    if isinstance(error, SiteError):
        return error.text(language())
    if isinstance(error, OSError):
        return say("os_error", file=error.filename or "gilmok", reason=error.strerror or error)
    return str(error)
