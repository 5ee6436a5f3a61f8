"""All replicas by name, each made anew when asked for."""

from __future__ import annotations

from collections.abc import Callable

from tests.replicas import (
    aspnet_postback,
    epoint,
    gkmlpt,
    hanweb_jpaas,
    hanweb_jpage,
    hanweb_xxgk,
    json_api,
    lonsun,
    search_list,
    static,
    trs,
    trs_igs,
    truecms,
    vsb,
)
from tests.replicas.base import Replica

REPLICAS: dict[str, Callable[[], Replica]] = {
    "hanweb_jpage": hanweb_jpage.replica,
    "hanweb_jpage, window ignored": lambda: hanweb_jpage.replica(only_page=True),
    "hanweb_jpage, link to the next group only": lambda: hanweb_jpage.replica(no_script=True),
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
    "hanweb_jpaas": hanweb_jpaas.replica,
    "truecms": truecms.replica,
    "trs_igs": trs_igs.replica,
    "trs_igs, publishing interface": lambda: trs_igs.replica("list"),
    "trs_igs, WAS": lambda: trs_igs.replica("was"),
    "search_list": search_list.replica,
    "search_list, common/search": lambda: search_list.replica("/common/search/"),
    "json_api": json_api.replica,
    "gkmlpt": gkmlpt.replica,
    "lonsun": lonsun.replica,
    "epoint": epoint.replica,
    "epoint, anonymous token": lambda: epoint.replica("bearer"),
    "epoint, disclosure catalogue": lambda: epoint.replica("govinfo"),
    "vsb": vsb.replica,
    "aspnet_postback": aspnet_postback.replica,
}
