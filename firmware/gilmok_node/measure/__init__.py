"""From a sensor to records: when it is read, what is made of its readings, and which of them are kept."""
