"""`python -m callqa` is `callqa`."""

from callqa.cli import main

main()
