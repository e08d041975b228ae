"""How addresses are read, and which are public."""

from ipaddress import ip_address

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gallery.errors import ForbiddenAddress
from gallery.fetching import addresses


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://example.org", "https://example.org/"),
        ("  HTTPS://Example.ORG:443/a b".replace(" b", "%20b"), "https://example.org/a%20b"),
        ("http://example.org.:8080/?q=ä", "http://example.org:8080/?q=%C3%A4"),
        ("https://bücher.example/x#part", "https://xn--bcher-kva.example/x"),
        ("http://[2606:4700::1111]/x", "http://[2606:4700::1111]/x"),
        ("http://93.184.216.34", "http://93.184.216.34/"),
        ("https://owner-name.hf.space/?a=b@c", "https://owner-name.hf.space/?a=b@c"),
    ],
)
def test_an_address_is_read_once_and_written_in_one_way(text: str, read: str) -> None:
    assert str(addresses.read(text, field="address")) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "//example.org/x",
        "ftp://example.org",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://example.org",
        "http://",
        "http:///path",
        "http:/example.org",
        "http://user@example.org",
        "http://user:secret@example.org",
        "http://@127.0.0.1/",
        "http://example.org\\@127.0.0.1/",
        "http://127.0.0.1\t/",
        "http://exa mple.org/",
        "http://example.org/\r\nHost: inside",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://1.2.3.4.5/",
        "http://127%2e0.0.1/",
        "http://[::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[1.2.3.4]/x]",
        "http://-example.org/",
        "http://exam..ple.org/",
        "http://example.org:0/",
        "http://example.org:22/",
        "http://example.org:25/",
        "http://example.org:65536/",
        "http://example.org:x/",
        "http://１２７.0.0.1/",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_what_is_not_a_plain_web_address_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ForbiddenAddress, match="expected an address like") as refused:
        addresses.read(text, field="thumbnail")
    assert refused.value.field == "thumbnail"
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "ip",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
        *("172.16.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
        *("198.51.100.7", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1"),
        *("64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::"),
        *("3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1"),
    ],
)
def test_what_is_not_on_the_public_internet_is_known(ip: str) -> None:
    assert not addresses.is_public(ip_address(ip))


@pytest.mark.parametrize("ip", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_known(ip: str) -> None:
    assert addresses.is_public(ip_address(ip))


@pytest.mark.slow
@given(st.text(max_size=60) | st.text("ht:/@[]%.01xf\\", max_size=30).map("http://".__add__))
@example("http://[")
@example("http://\u3002")
@settings(max_examples=200, deadline=None)
def test_any_text_is_either_read_to_a_stable_address_or_refused(text: str) -> None:
    try:
        address = addresses.read(text, field="address")
    except ForbiddenAddress:
        return
    assert addresses.read(str(address), field="address") == address


def test_a_redirect_is_read_beside_the_address_it_comes_from() -> None:
    here = addresses.read("https://example.org/a/b?c", field="address")
    assert str(addresses.follow(here, "../d", field="address")) == "https://example.org/d"
    assert str(addresses.follow(here, "//other.org", field="address")) == "https://other.org/"
    with pytest.raises(ForbiddenAddress):
        addresses.follow(here, "file:///etc/passwd", field="address")
