"""What tests share: interpreters, servers and data."""
