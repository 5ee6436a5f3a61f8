"""A replica of a Hanweb county portal on loopback, for a stranger's first minute and for the tests.

Six towns, report years 2014 to 2024, two nights. Invented in the manner of real portals; `script.py` says
what happens and what a right crawl reports."""
