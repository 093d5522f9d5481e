"""The pytest plugin: a street of simulated nodes in a user's own tests."""
