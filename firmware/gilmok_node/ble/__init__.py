"""A node that a collector visits over Bluetooth Low Energy."""
