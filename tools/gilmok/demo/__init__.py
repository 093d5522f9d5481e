"""`gilmok demo`: a street of real firmware in processes of its own, a real collector, and an account of every record."""

from __future__ import annotations


def run_demo(
    duration_s: float | None = None,
    headless: bool = False,
    json_path: str | None = None,
    nodes: int = 4,
    replay: str | None = None,
    seed: int = 7,
    speed: float | None = None,
    mapping: list[str] | None = None,
    link: str | None = None,
    site: str | None = None,
) -> int:
    """Run the demo and return the exit code: 0 when nothing was lost, stored twice or changed.

    Raises: DemoError for options that cannot be met; SiteError with every problem of the file `site`.
    """
    from .run import Options, run

    return run(Options(duration_s, headless, json_path, nodes, replay, seed, speed, mapping or [], link, site))
