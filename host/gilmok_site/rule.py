"""A node's rules in a site file: what each watches, up to four levels, and what people do about it."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from .tables import DelayMs, Id, Name, Table, chosen

# The four levels of the Framework Act on the Management of Disasters and Safety, article 38(2), from the lowest: 관심, 주의, 경계, 심각.
LEVELS: Final = {"attention": 1, "caution": 2, "alert": 3, "serious": 4}

Level = Annotated[str, BeforeValidator(chosen("level", *LEVELS)), WithJsonSchema({"type": "string", "enum": list(LEVELS)})]


class Step(Table):
    """caution = { … }: when a rule is at a level, and what then happens.

    Units: `…_ms` milliseconds. Quantities are texts: what they are steps of, the rule's channel knows (`steps.py`).
    """

    above: str | None = None
    below: str | None = None
    rises: str | None = None
    falls: str | None = None
    reaches: str | None = None
    falls_to: str | None = None
    clear: str | None = None
    for_ms: DelayMs | None = Field(alias="for", default=None)
    off_for_ms: DelayMs | None = Field(alias="off_for", default=None)
    mean_ms: DelayMs | None = Field(alias="mean", default=None)
    valid: str | None = None
    over_ms: DelayMs | None = Field(alias="over", default=None)
    within_ms: DelayMs | None = Field(alias="within", default=None)
    members: Level | None = None
    outputs: list[str] = []


class Rule(Table):
    """[node.NAME.rule.NAME]: what is watched, what is too much of it, and what to do."""

    name: Name | None = None
    watch: str | None = None
    health: bool = False
    any: list[Id] = []
    all: list[Id] = []
    of: list[Id] = []
    votes: int | None = None
    output: str | None = None
    clock: bool = False
    attention: Step | None = None
    caution: Step | None = None
    alert: Step | None = None
    serious: Step | None = None
    latching: bool = False
    silenced_by_acknowledgement: bool = False
    suppressed_by: str | None = None
    response: Name | None = None
    call: Name | None = None
    consequence: Name | None = None
    act_within_ms: DelayMs | None = Field(alias="act_within", default=None)

    @property
    def steps(self) -> dict[str, Step]:
        """The steps by level, the lowest first."""
        return {level: step for level in LEVELS if (step := getattr(self, level)) is not None}

    @property
    def members(self) -> list[str]:
        """The rules that vote."""
        return [*self.any, *self.all, *self.of]

    @property
    def count(self) -> int:
        """How many of its members have to be active."""
        return self.votes or (len(self.all) if self.all else 1)

    @property
    def is_hazard(self) -> bool:
        """Whether it judges what a sensor measures, and not an instrument, an output or the clock."""
        return self.watch is not None and not self.health
