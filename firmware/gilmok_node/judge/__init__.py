"""What a node decides by itself: readings to rules, rules to outputs, here and at the nodes of its group."""
