from __future__ import annotations

from crawler.schemes import Schemes
from tests.archive.store.store_making import exchange

HTTP, HTTPS = "http://www.example.gov.cn/nb/", "https://www.example.gov.cn/nb/"


def test_what_answered_is_asked_from_then_on():
    schemes = Schemes()
    assert schemes.applied(HTTP) == HTTP
    schemes.answered([exchange(HTTP, status=301), exchange(HTTPS)])
    assert schemes.applied(HTTP) == HTTPS
    assert schemes.applied("http://zwgk.example.gov.cn/") == "http://zwgk.example.gov.cn/"


def test_an_address_with_a_port_keeps_its_scheme():
    schemes = Schemes()
    schemes.answered([exchange("https://www.example.gov.cn:8443/nb/")])
    assert schemes.applied("http://www.example.gov.cn:8080/nb/") == "http://www.example.gov.cn:8080/nb/"
    assert schemes.second_try("http://127.0.0.1:8080/", "reset") is None


def test_a_server_error_teaches_nothing():
    schemes = Schemes()
    schemes.answered([exchange(HTTPS, status=502)])
    assert schemes.applied(HTTP) == HTTP


def test_the_other_scheme_is_tried_once_and_never_because_a_certificate_failed():
    schemes = Schemes()
    assert schemes.second_try(HTTPS, "tls") is None
    assert schemes.second_try(HTTP, "dns") is None
    assert schemes.second_try(HTTP, "reset") == HTTPS
    assert schemes.second_try(HTTP, "reset") is None
