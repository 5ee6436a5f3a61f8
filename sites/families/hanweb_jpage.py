"""大汉 (Hanweb) JCMS columns filled by the jpage plugin (portals.md §5 A).

The column page carries the first group of records; the others come from `dataproxy.jsp`, asked by a
window of records. A server that ignores the window is asked by group number instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sites.families import paging
from sites.families.dataproxy import COLUMN, answered, by_group, first_window
from sites.families.datastore import Store, Widget, stores, widgets
from sites.families.records import HTML_OPTIONS, html_refs
from sites.families.signs import Sign, weigh
from sites.model import Evidence, Evidence_, Extracted, Listing, OptionSpec, Page, Request, Section
from sites.reading.article import read_article

CONTAINERS: Final = ("#zoom", "#Zoom", ".article_zoom", ".article-content", ".article-conter", "td.bt_content")

SIGNS: Final = (
    Sign("url", r"/module/web/jpage/dataproxy", 0.9, "address dataproxy.jsp"),
    Sign("url", r"/art/\d{4}/\d{1,2}/\d{1,2}/art_\d+_\d+\.html", 0.5, "address /art/Y/M/D/art_<column>_<id>"),
    Sign("url", r"/col/col\d+/(?:index\.html)?$", 0.4, "address /col/col<id>"),
    Sign("text", r"/module/web/jpage/", 0.6, "the jpage plugin", ("/jpage/",)),
    Sign("text", r"<datastore>", 0.5, "<datastore>", ("<datastore>",)),
    Sign("text", r"\.jpage\(\{", 0.4, "jpage({…})", (".jpage(",)),
    Sign(
        "text",
        r"大汉版通|<meta[^>]{1,40}['\"](?:i_(?:web|column|article)id|Maketime)['\"]",
        0.4,
        "Hanweb marks",
        ("大汉版通", "i_webid", "i_columnid", "i_articleid", "maketime"),
    ),
    Sign("text", r"<!--<\$\[(?:标题|信息来源|信息内容)\]>begin-->", 0.5, "<!--<$[标题]>begin-->", ("<!--<$[",)),
    Sign(
        "text",
        r"/module/jslib/|/script/hanweb\.css|/images/\d+/hanweb",
        0.3,
        "/module/jslib",
        ("/module/jslib/", "hanweb"),
    ),
    Sign(
        "text",
        r"href=['\"](?:https?://[^'\"/]+)?/art/\d{4}/\d{1,2}/\d{1,2}/art_\d+_\d+",
        0.3,
        "links /art/Y/M/D/",
        ("/art/",),
    ),
)


class HanwebJpage:
    """Hanweb columns: `<datastore>` and `dataproxy.jsp`."""

    id = "hanweb_jpage"
    title = "大汉 JCMS (jpage)"
    evidence: Evidence_ = "real page"
    options: Mapping[str, OptionSpec] = {
        **HTML_OPTIONS,
        "method": OptionSpec(kind=str, meaning="how the data proxy is asked for records", choices=("POST", "GET")),
        "unitid": OptionSpec(kind=str, meaning="the list of the column page to read when it shows several"),
    }

    def start(self, section: Section) -> Request:
        """The column page."""
        return Request(url=section.url)

    def listing(self, section: Section, page: Page) -> Listing:
        """The records of the column page or of one data proxy answer."""
        found = stores(page.text, page.url) if page.status < 400 else []
        if page.context_value("mode"):
            return answered(section, page, found[0] if found else Store(refs=()))
        widget = _choose(widgets(page.text), section)
        store = _store_of(found, widget)
        if store is None or not store.refs:
            total = widget.total if widget else None
            return paging.listing(section, page, html_refs(page, section), following=None, total=total or None)
        refs = store.refs
        following = first_window(section, page, widget, store) if widget else by_group(section, page, store.next_group)
        rows = widget.per_page * widget.group_size if widget else len(store.refs)
        total = widget.total if widget else store.total
        return paging.listing(section, page, refs, following=following, total=total, seen=min(len(store.refs), rows))

    def extract(self, section: Section, page: Page) -> Extracted:
        """An article: `#zoom` and its likes, else what the shared reading finds."""
        return read_article(page, section, containers=CONTAINERS)

    def signs(self, page: Page) -> Evidence | None:
        """Hanweb's addresses, plugin and marks."""
        return weigh(self.id, page, SIGNS)


def _choose(found: list[Widget], section: Section) -> Widget | None:
    """The list of the section's own column: the one named in the TOML, else by column id, else the longest."""
    unit, column = section.text_option("unitid"), COLUMN.search(section.url)
    named = [widget for widget in found if widget.unit == unit]
    own = [widget for widget in found if column and widget.parameters.get("columnid") == (column[1] or column[2])]
    return max(named or own or found, key=lambda widget: widget.total or 0, default=None)


def _store_of(found: list[Store], widget: Widget | None) -> Store | None:
    own = [store for store in found if widget and store.unit == widget.unit]
    return max(own or found, key=lambda store: len(store.refs), default=None)
