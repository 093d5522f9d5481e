"""Calibrations that are overdue or soon due: no mistake of the file, so warned of."""

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import Problem

if TYPE_CHECKING:
    from .model import Site
    from .sensor import Sensor
    from .source import Path, Source

SOON_DAYS = 30  # what a laboratory usually asks for, with the way there and back


def check_calibration(source: "Source", path: "Path", sensor: "Sensor") -> Iterator[Problem]:
    """Yield what is wrong with the days of one sensor's certificate, whatever day it is."""
    certificate = sensor.calibration
    if certificate is not None and certificate.due <= certificate.date:
        yield source.problem((*path, "calibration", "due"), "calibration_order", value=certificate.due, date=certificate.date)


def calibration_warnings(site: "Site", today: datetime.date) -> list[Problem]:
    """Return a warning for each calibration that is overdue, or due within SOON_DAYS."""
    return [
        warning
        for node_name, node in site.node.items()
        for name, sensor in node.sensor.items()
        for warning in _warnings(site.source, ("node", node_name, "sensor", name, "calibration"), sensor, today)
    ]


def _warnings(source: "Source", path: "Path", sensor: "Sensor", today: datetime.date) -> Iterator[Problem]:
    certificate = sensor.calibration
    if certificate is None:
        return
    days = (certificate.due - today).days
    if days <= SOON_DAYS:
        code = "calibration_overdue" if days < 0 else "calibration_soon"
        facts = {"certificate": certificate.certificate, "due": certificate.due, "days": abs(days)}
        yield source.problem(path, code, **facts)
