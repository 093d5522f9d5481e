"""Nodes that are reached over BLE: who is around, whom to visit, and a visit."""
