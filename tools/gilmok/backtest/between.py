"""What is taken to be between the readings of a history that is coarser than the node's."""

from __future__ import annotations

from enum import StrEnum


class Between(StrEnum):
    """Auto is a line, unless all that is judged are means."""

    auto = "auto"
    line = "line"
    nothing = "nothing"
