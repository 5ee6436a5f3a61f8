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
    + WithheldCapture somebody decided that it is not shown: nothing to mend
 + NothingToWithhold what is to be withheld is no address and no digest, or is not withheld
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


class ColdCapture(DamagedCapture):
    """The WARC file of a capture lies in cold storage: nothing is lost, but it cannot be read here now."""


class UnknownDecision(StoreError):
    """A decision of an unknown kind, or about something that does not exist."""


class WithheldCapture(DamagedCapture):
    """The capture is withheld (`gongkai withhold`): it reads as nothing."""


class NothingToWithhold(StoreError):
    """What somebody wants to withhold or release cannot be, or is not, withheld."""
