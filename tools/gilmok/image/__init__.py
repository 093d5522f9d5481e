"""Makes the image: the device code as a chip holds it."""
