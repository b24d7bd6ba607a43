from __future__ import annotations

import pytest

from pushcart.kit.addresses import TargetRefusedError, as_called, check_target, is_public, may_connect

NOTHING: frozenset[str] = frozenset()
SANDBOX = frozenset({"http", "loopback", "any-port"})

PRIVATE = [
    *(".".join("0000"), "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.254"),
    *("127.0.0.1", "127.255.0.9", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255"),
    *("192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "168.63.129.16"),
    # v6: nowhere, itself, unique local, link local (with a zone), the old site local, multicast, documentation
    *("::", "::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    *("2001:db8::1", "3fff::1", "100::1", "5f00::1", "4000::1"),
    # v4 within v6: mapped, compatible, translated, NAT64, NAT64 for private use, 6to4, Teredo
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b:1::a00:1"),
    *("2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1"),
    *("192.0.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.254", "169.253.255.255", "11.0.0.1"),
    *("2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888"),
    *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_it_refuses_an_address_that_is_no_place_on_the_public_internet(address: str) -> None:
    assert not is_public(address)
    assert not may_connect(address, NOTHING)


@pytest.mark.parametrize("address", PUBLIC)
def test_it_allows_a_public_address(address: str) -> None:
    assert is_public(address)
    assert may_connect(address, NOTHING)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_the_sandbox_allows_loopback(address: str) -> None:
    assert may_connect(address, SANDBOX)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "0.0.0.1", "::", "fd00::1", "192.168.1.1"])
def test_the_sandbox_allows_no_other_private_address(address: str) -> None:
    assert not may_connect(address, SANDBOX)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://orders.example/hook", "The URL must begin with https://: orders carry names and addresses."),
        ("ftp://orders.example/hook", "The URL must begin with https:// and name a host."),
        ("orders.example/hook", "The URL must begin with https:// and name a host."),
        ("https:///hook", "The URL must begin with https:// and name a host."),
        ("https://orders.example:8443/hook", "The URL's port must be 443 or 80."),
        ("https://orders.example:22/hook", "The URL's port must be 443 or 80."),
        ("https://orders.example:99999/hook", "That is not a URL."),
        ("https://[::1/hook", "That is not a URL."),
        ("https://me:secret@orders.example/hook", "The URL must not carry a user or a password."),
        ("https://localhost/hook", "The URL must name a host on the public internet."),
        ("https://pos.localhost/hook", "The URL must name a host on the public internet."),
        ("https://127.0.0.1/hook", "The URL must name a host on the public internet."),
        ("https://[::ffff:10.0.0.1]/hook", "The URL must name a host on the public internet."),
        ("https://169.254.169.254/latest/meta-data", "The URL must name a host on the public internet."),
    ],
)
def test_it_refuses_a_target_with_a_sentence_for_its_owner(url: str, sentence: str) -> None:
    with pytest.raises(TargetRefusedError) as refused:
        check_target(url, NOTHING)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "url", ["https://orders.example/hook", "https://orders.example:443/hook?a=b", "https://1.1.1.1/hook"]
)
def test_it_takes_a_public_https_target(url: str) -> None:
    check_target(url, NOTHING)


def test_the_sandbox_takes_http_loopback_and_any_port() -> None:
    check_target("http://127.0.0.1:8083/webhooks", SANDBOX)
    check_target("http://localhost:8083/webhooks", SANDBOX)
    with pytest.raises(TargetRefusedError):
        check_target("http://10.0.0.1:8083/webhooks", SANDBOX)


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("https://bücher.example/hook", "https://xn--bcher-kva.example/hook"),
        (
            "https://BÜCHER.example:8443/größe?ort=köln&x=%20y",
            "https://xn--bcher-kva.example:8443/gr%C3%B6%C3%9Fe?ort=k%C3%B6ln&x=%20y",
        ),
        ("https://orders.example/an order", "https://orders.example/an%20order"),
        ("https://orders.example/a%2Fb?c=d", "https://orders.example/a%2Fb?c=d"),
        ("https://münchen。example/", "https://xn--mnchen-3ya.example/"),
    ],
)
def test_a_url_is_called_in_ascii(written: str, called: str) -> None:
    assert as_called(written) == called
    check_target(called, frozenset({"any-port"}))


@pytest.mark.parametrize("url", ["https://bü cher.example/", "https://ü" + "a" * 70 + ".example/", "https://[ü]/"])
def test_a_host_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(TargetRefusedError):
        check_target(as_called(url), frozenset())
