"""Captured bytes, taken apart: what is a frame, what opens it, and what its messages say."""
