"""``python -m rxex.cli``: the ``rxex`` command where it is not on the path."""

from rxex.cli import main

main()
