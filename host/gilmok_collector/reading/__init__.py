"""Reading a node with a permit: what a technician's laptop says in the field, and what it keeps."""
