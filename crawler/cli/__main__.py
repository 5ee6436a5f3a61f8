"""`python -m crawler.cli`: the same as `gongkai`."""

from crawler.cli import main

main()
