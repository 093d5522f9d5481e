"""People are woken: a durable outbox of notices, those who carry them, and a heartbeat to a service outside."""
