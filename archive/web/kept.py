"""Answers kept while the archive does not change, so that counting it all is not done for every visitor."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from archive.store.broad import Stamp

#: While a crawl is writing, an answer that is at most this old (seconds) is still given.
FRESH = 10.0
#: Answers kept; the longest unused is forgotten first.
MOST = 200


class Kept:
    """Answers by question. One instance serves one archive; it is used from the event loop only."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answers: OrderedDict[Hashable, tuple[Stamp, float, object]] = OrderedDict()

    def find(self, question: Hashable, stamp: Stamp, *, fresh: float = FRESH) -> tuple[object] | None:
        """The kept answer, in a tuple of one, or None when there is none that still holds."""
        kept = self._answers.get(question)
        if kept is None or (kept[0] != stamp and self._clock() - kept[1] > fresh):
            return None
        self._answers.move_to_end(question)
        return (kept[2],)

    def keep(self, question: Hashable, stamp: Stamp, answer: object) -> None:
        """Keep an answer that was read when the archive had this stamp."""
        self._answers[question] = (stamp, self._clock(), answer)
        self._answers.move_to_end(question)
        if len(self._answers) > MOST:
            self._answers.popitem(last=False)
