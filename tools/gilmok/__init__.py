"""The public face of Gilmok: the command, the pytest plugin and the client."""
