"""`gilmok alarms`: what alarms are, were, and would have been."""

from __future__ import annotations

from . import alarms_backtest

COMMANDS = {"backtest": (alarms_backtest.run, *alarms_backtest.TEXTS)}
