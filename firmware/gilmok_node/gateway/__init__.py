"""A board that moves frames between the air and its host, and needs no key."""
