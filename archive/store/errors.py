"""What can go wrong with an archive, named by what the operator does next.

```
StoreError
 + Locked            another process writes: wait for it, or end it
 + OutdatedArchive   an older schema: gongkai upgrade
 + NewerArchive      written by a newer gongkai: install that one
 + BrokenArchive     not an archive, or damaged: restore
 + OrphanedEvidence  journal or WARCs without their database: restore, or move them away
 + Unwritable        the disk is full, read-only or broken: nothing committed is lost; mend it and run again
 + DamagedCapture    a stored payload does not match its digest: gongkai verify
 + UnknownDecision   a person's decision names something that cannot be decided
```
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of everything the store raises on purpose. The message says what to do next."""


class Locked(StoreError):
    """Another process is the one writer."""


class OutdatedArchive(StoreError):
    """The archive was made by an older gongkai and has not been upgraded."""


class NewerArchive(StoreError):
    """The archive was made by a newer gongkai than this one."""


class BrokenArchive(StoreError):
    """The file is not a gongkai archive, or SQLite cannot read it."""


class OrphanedEvidence(StoreError):
    """A journal stands where a new archive would begin: its database is gone."""


class Unwritable(StoreError):
    """The archive's files cannot be written: the disk is full or read-only, or another program holds the database.
    The step in hand was taken back; what was committed before stands."""


class DamagedCapture(StoreError):
    """The WARC record of a capture is missing or does not carry the bytes its digest promises."""


class UnknownDecision(StoreError):
    """A decision of an unknown kind, or about something that does not exist."""
