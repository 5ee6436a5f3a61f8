"""The customary names of the boxes in which portals put their documents, as data (portals.md §7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from sites.reading.labels import words

#: Ids and classes that rich-text editors put around exactly what was typed into them.
EDITORS = frozenset(
    words(
        """
        ivs_content webeditorview zoom trs_editor trs_ueditor trs_editor_view custom_unionstyle v_news_content
        ucap-content ucapcontent pages_content newscontent fontzoom articlecontent artibody ewb-article-content
        infocontent content_main newsconwz zoomcon js-fontzoom mainzoom doczoom zw_zoom ueditorcontent
        editor_content easysite-news-text view_content contentzoom trs_preappend ucap_content js_content
        wp_articlecontent editorcontent-main
        """
    )
)
#: Classes that templates put around an article's text; they may hold its furniture as well.
TEMPLATES = frozenset(
    words(
        """
        article-content article_content article-cont article-con article_con articlecon article-body article_body
        article-text article_text article-main article_zoom article-txt content-text content_text contenttext
        content-txt content_txt detail-content detail_content detailcontent detail-con detail_con detail-text
        news-content news_content newscontent news-con news_con news-text newstext xxgk_content xxgk-content
        zw-content zw_content zwxl-article zwcontent text-content text_content textcontent con_text con-text contxt
        context gk_content gknr gk-content nr_con info-content info_content info-text infotext wzcon wznr
        wz_content wzy_content xl-nr xl_content xl-content show_content show-content j-fontcontent zhengwen
        maintext main-text main_text wenzhang wenz bt_content print_content printarea printcontent conbox_content
        govinfo-content tzgg_content page-content page_content pagecontent rich-text rich_text richtext ccontent
        cont_text conter_text details-content details_content particle-content neirong zxxx_content gongkai_content
        ggnr main-txt nrbox zwnr detail-article article-info-content det content-body content_body contentbody
        post_body xilan_con xl_con xlxlcont jgzn_content gknb_content detail-news detail_news vcontent view-content
        maintextbox bt-article info_con infocon text_con zw_con zw-con con_zw con-zw artcon art_con art-con
        art_content art-content artcontent contain_text
        """
    )
)
#: Names used for the article together with everything around it.
PAGES = frozenset(
    words(
        """
        article main-content main_content maincontent content container-content contentbox content-box detail
        details con cont view main center
        """
    )
)

_EDITOR_PREFIXES = ("vsb_content", "vsb_newscontent")


def rank_of(attributes: Mapping[str, str | None]) -> int | None:
    """0 for an editor's box, 1 for a template's, 2 for a page's, None for any other element."""
    return _rank(attributes.get("id") or "", attributes.get("class") or "")


@lru_cache(maxsize=4096)
def _rank(identity: str, classes: str) -> int | None:
    identity = identity.lower()
    names = [identity, *classes.lower().split()]
    if any(name in EDITORS for name in names) or identity.startswith(_EDITOR_PREFIXES):
        return 0
    if any(name in TEMPLATES for name in names):
        return 1
    return 2 if any(name in PAGES for name in names) else None
