"""The collector: opens frames, commits records, answers, and serves people."""
