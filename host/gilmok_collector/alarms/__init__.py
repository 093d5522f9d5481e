"""Alarms at the collector: what nodes told of them, how each stands now, and what people do about them."""
