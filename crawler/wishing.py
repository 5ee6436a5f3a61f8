"""What every step of a run does besides reading: wish for more, and say what went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from archive.store.archive import Archive
from archive.store.model import Capture, Role, Run, Wish
from sites.model import PageRef, Request

#: Frontier priorities: listings before documents before their attachments.
LISTING, PAGE, ATTACHMENT = 10, 20, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishing:
    """The wishes and problems of one run."""

    archive: Archive
    run: Run

    def wish(
        self,
        parent: Wish,
        *,
        role: Role,
        request: Request,
        reason: str,
        ref: PageRef | None = None,
        parent_url: str = "",
    ) -> Wish:
        """A wish that follows from another one, in its portal and section."""
        priority = {"listing": LISTING, "page": PAGE, "attachment": ATTACHMENT}[role]
        return Wish(
            run_id=self.run.id,
            site_id=parent.site_id,
            section_key=parent.section_key,
            role=role,
            request=request,
            ref=ref,
            parent_url=parent_url,
            priority=priority,
            reason=reason,
        )

    def problem(self, wish: Wish, kind: str, message: str, evidence: str = "", capture: Capture | None = None) -> None:
        """Write down what went wrong with a wish."""
        self.archive.put_problem(
            run=self.run,
            site_id=wish.site_id,
            section_key=wish.section_key,
            url=wish.request.url,
            kind=kind,
            message=message,
            evidence=evidence,
            capture=capture,
        )
