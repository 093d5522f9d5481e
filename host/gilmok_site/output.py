"""A node's outputs in a site file: a siren, a barrier, a sign; and the inputs that confirm or hinder it."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from .errors import BadValue
from .fields import check_id
from .tables import DurationMs, Name, Table, chosen

# An arm of a barrier takes 3 to 10 s, a relay's contact milliseconds.
DEFAULT_CONFIRM_MS = 10_000

# Roles of inputs: number in a node's configuration, and the level at which each is active unless the file says another. Contacts
# close to ground, so they are active low and a cut cable confirms nothing; a presence detector opens its contact, so that a cut
# cable counts as somebody.
ROLES: Final = {
    "feedback": (0, "low"),
    "feedback_off": (1, "low"),
    "presence": (2, "high"),
    "exit": (3, "low"),
    "on_site": (4, "low"),
}

PinLevel = Annotated[str, BeforeValidator(chosen("level", "low", "high")), WithJsonSchema({"type": "string", "enum": ["low", "high"]})]


def _as_input(value: Any) -> Any:
    return {"pin": value} if type(value) is int else value


def _check_states(states: list[str]) -> list[str]:
    if len(states) != 2 or states[0] == states[1]:
        raise BadValue("output_states", value=states)
    return [check_id(state) for state in states]


class Input(Table):
    """feedback = 34, or { pin = 34, level = "high" }: a contact that says something of its output."""

    pin: int
    level: PinLevel | None = None


InputOrPin = Annotated[Input, BeforeValidator(_as_input)]


class Output(Table):
    """[node.NAME.output.NAME]: one pin with two states.

    Units: `…_ms` milliseconds.
    """

    name: Name | None = None
    pin: int
    active: PinLevel = "high"
    states: Annotated[list[str], AfterValidator(_check_states)] = ["off", "on"]
    fail_safe: str | None = None
    min_on_ms: DurationMs = Field(alias="min_on", default=0)
    feedback: InputOrPin | None = None
    feedback_off: InputOrPin | None = None
    confirm_within_ms: DurationMs | None = Field(alias="confirm_within", default=None)
    presence: InputOrPin | None = None
    exit: InputOrPin | None = None
    on_site: InputOrPin | None = None

    @property
    def rest(self) -> int:
        """The number of the state without a cause."""
        return self.states.index(self.fail_safe) if self.fail_safe in self.states else 0

    @property
    def active_state(self) -> str:
        """The state that a rule brings about."""
        return self.states[1 - self.rest]

    @property
    def inputs(self) -> dict[str, Input]:
        """The inputs by role."""
        return {role: each for role in ROLES if (each := getattr(self, role)) is not None}

    @property
    def is_confirmed(self) -> bool:
        """Whether an input tells what it does."""
        return self.feedback is not None or self.feedback_off is not None

    @property
    def confirm_ms(self) -> int:
        """Within which it is confirmed, 0 where nothing confirms it."""
        if not self.is_confirmed:
            return 0
        return DEFAULT_CONFIRM_MS if self.confirm_within_ms is None else self.confirm_within_ms
