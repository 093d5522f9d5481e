"""Rules at the collector: what one node cannot know: silence, areas, votes of several nodes, a growing backlog, an unsure clock."""
