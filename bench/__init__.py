"""Figures on real data, each beside its peer in the same run; see README.md."""
