"""Hostile input: only declared errors escape, and memory does not grow. `GILMOK_FUZZ=20` looks twenty times as long."""
