"""All replicas by name, each made anew when asked for."""

from __future__ import annotations

from collections.abc import Callable

from tests.replicas import hanweb_jpage, hanweb_xxgk, static, trs
from tests.replicas.base import Replica

REPLICAS: dict[str, Callable[[], Replica]] = {
    "hanweb_jpage": hanweb_jpage.replica,
    "hanweb_jpage, window ignored": lambda: hanweb_jpage.replica(only_page=True),
    "hanweb_xxgk annual reports": hanweb_xxgk.annual,
    "hanweb_xxgk catalogue": hanweb_xxgk.catalogue,
    "static": static.replica,
    "static, list in an iframe": lambda: static.replica("iframe"),
    "static, pager in base64": lambda: static.replica("base64"),
    "static, pages to be guessed": lambda: static.replica("probe"),
    "trs": trs.replica,
    "trs, createPage with five arguments": lambda: trs.replica("page"),
    "trs, more pages promised than published": lambda: trs.replica("too-many"),
    "trs, list interface": lambda: trs.replica("api"),
}
