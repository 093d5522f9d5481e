"""`python -m gilmok` is the command `gilmok`."""

from .cli import main

main()
