"""Signal processing, rules and the alarms' life, without input or output: node, collector and simulator decide with the same code."""
