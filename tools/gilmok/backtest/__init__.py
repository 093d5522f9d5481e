"""What a site's rules would have said of a history: files of many kinds in, alarms out, judged by the node's own code."""
