"""The pytest plugin: `street`, a street of simulated nodes, in a user's own tests.

It is loaded into every pytest run of an environment that has Gilmok, so all it needs is imported by the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

if TYPE_CHECKING:
    from .street import Street

_MARKER = (
    "street(seed=…, nodes=…, site=…): the seed of this test's street (else its name decides), "
    "how many nodes it begins with, and the site file, beside the test, whose nodes they are"
)
_STREET: pytest.StashKey[Any] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def street(request: pytest.FixtureRequest) -> Iterator[Street]:
    """A street of simulated nodes with a collector, on virtual time; see docs/testing.md."""
    from .street import Street

    options: dict[str, Any] = {"seed": crc32(request.node.name.encode())}
    marker = request.node.get_closest_marker("street")
    if marker is not None:
        options.update(marker.kwargs)
    site = options.pop("site", None)
    make = Street if site is None else partial(Street.of_site, request.path.parent / site)
    made = request.node.stash[_STREET] = make(**options)
    yield made
    made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Show a failed test's street: its seed, where everyone stands, and the last events."""
    report = yield
    made = item.stash.get(_STREET, None)
    if report.when == "call" and report.failed and made is not None:
        report.sections.append(("street", f"{made.describe()}\nreplay: @pytest.mark.street(seed={made.seed})"))
    return report
