"""The durable log in flash: what is appended here first is offered to links afterwards (SPEC.md section 5)."""
