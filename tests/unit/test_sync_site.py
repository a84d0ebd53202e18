"""Which addresses may be called: the attacks of PROMISES R1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from services.kernel.errors import SiteNotAllowed
from services.sync.domain.site import LONGEST_URL, Site, site_of

ORIGIN = "https://acme.atlassian.net"
CLOUD_ID = "11223344-a1b2-3b33-c444-def123456789"
REGISTERED = ("http://jira.example.test:8080", "https://tracker.example.test")


@pytest.mark.parametrize(
    "url",
    [
        ORIGIN,
        f"{ORIGIN}/",
        f"{ORIGIN}:443",
        f"{ORIGIN}:443/",
        "HTTPS://Acme.ATLASSIAN.Net",
    ],
)
def test_a_cloud_site_is_known_by_one_origin(url: str) -> None:
    """However it is written, it is called at one and the same origin."""
    assert site_of(url) == Site(origin=ORIGIN, registered=False)


@pytest.mark.parametrize("end", ["", "/"])
@pytest.mark.parametrize("start", ["https://api.atlassian.com", "HTTPS://API.Atlassian.com:443"])
def test_a_site_behind_the_gateway_is_known_by_its_cloud_id(start: str, end: str) -> None:
    """However it is written, calls go to one and the same address."""
    site = site_of(f"{start}/ex/jira/{CLOUD_ID.upper()}{end}")
    assert site == Site(origin=f"https://api.atlassian.com/ex/jira/{CLOUD_ID}", registered=False)
    assert site.behind_gateway
    assert not site_of(ORIGIN).behind_gateway


def test_a_name_in_punycode_is_a_name() -> None:
    """What the DNS knows an international name by is plain ASCII, and allowed."""
    assert site_of("https://xn--bcher-kva.atlassian.net").origin.startswith("https://xn--")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acme",
        "acme.atlassian.net",
        "//acme.atlassian.net",
        "https:acme.atlassian.net",
        "https:///acme.atlassian.net",
        "https://",
        # Another scheme.
        "http://acme.atlassian.net",
        "ftp://acme.atlassian.net",
        "file:///etc/passwd",
        "gopher://acme.atlassian.net",
        # A user, a query, a fragment, a path, a parameter.
        "https://user@acme.atlassian.net",
        "https://user:secret@acme.atlassian.net",
        "https://acme.atlassian.net@evil.example",
        "https://acme.atlassian.net#@evil.example",
        "https://evil.example#.atlassian.net",
        "https://evil.example?.atlassian.net",
        "https://acme.atlassian.net?",
        "https://acme.atlassian.net#",
        "https://acme.atlassian.net/rest",
        "https://acme.atlassian.net//",
        # Behind the gateway is a cloud id, and nothing else; elsewhere is no gateway.
        "https://api.atlassian.com",
        "https://api.atlassian.com/ex/jira/",
        "https://api.atlassian.com/ex/jira/acme",
        f"https://api.atlassian.com/ex/confluence/{CLOUD_ID}",
        f"https://api.atlassian.com/ex/jira/{CLOUD_ID}/rest",
        f"https://api.atlassian.com/ex/jira/{CLOUD_ID}//",
        f"https://api.atlassian.com/ex/jira/../jira/{CLOUD_ID}",
        f"https://api.atlassian.com//ex/jira/{CLOUD_ID}",
        f"https://api.atlassian.com.evil.example/ex/jira/{CLOUD_ID}",
        f"https://apixatlassian.com/ex/jira/{CLOUD_ID}",
        f"http://api.atlassian.com/ex/jira/{CLOUD_ID}",
        f"https://api.atlassian.com:8443/ex/jira/{CLOUD_ID}",
        f"https://acme.atlassian.net/ex/jira/{CLOUD_ID}",
        "https://acme.atlassian.net/..",
        "https://acme.atlassian.net;evil.example",
        # Another port, or none that can be read.
        "https://acme.atlassian.net:8443",
        "https://acme.atlassian.net:80",
        "https://acme.atlassian.net:0",
        "https://acme.atlassian.net:99999",
        "https://acme.atlassian.net:-1",
        "https://acme.atlassian.net:x",
        "https://acme.atlassian.net:443:443",
        # Another domain that looks like it.
        "https://atlassian.net",
        "https://.atlassian.net",
        "https://evil-atlassian.net",
        "https://acme.atlassian.net.evil.com",
        "https://acme.atlassian.network",
        "https://acme-atlassian.net",
        "https://atlassian.net.evil.com",
        "https://acme.atlassian.com",
        "https://acme..atlassian.net",
        "https://acme.atlassian.net.",
        "https://-acme.atlassian.net",
        "https://acme-.atlassian.net",
        "https://ac_me.atlassian.net",
        "https://*.atlassian.net",
        "https://acme%2eatlassian.net",
        "https://evil.example%2f.atlassian.net",
        "https://evil.example%00.atlassian.net",
        f"https://{'a' * 64}.atlassian.net",
        # A backslash, which browsers take for a slash.
        "https://evil.example\\.atlassian.net",
        "https:\\\\acme.atlassian.net",
        "https://acme.atlassian.net\\@evil.example",
        # Beyond printable ASCII: what IDNA would fold into ASCII, too.
        "https://acme\u3002atlassian\u3002net",
        "https://\u24d0cme.atlassian.net",
        "https://acme.atlassian.net\u2044",
        "https://b\u00fccher.atlassian.net",
        "https://acme.atlassian.net:\u0664\u0664\u0663",
        "https://acme.atlassian.net\x00",
        "https://ac\x00me.atlassian.net",
        "https://acme.atlassian.net\r\nHost: evil.example",
        "https://ac\tme.atlassian.net",
        "https://acme.atlassian.net ",
        " https://acme.atlassian.net",
        # Addresses for names, in every dress that a resolver understands.
        "https://127.0.0.1",
        "https://0x7f.1",
        "https://2130706433",
        "https://127.1",
        "https://0177.0.0.1",
        "https://0",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[::ffff:169.254.169.254]",
        "https://[fe80::1%25eth0]",
        "https://[::1",
        "https://localhost",
        f"https://{'a.' * LONGEST_URL}atlassian.net",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    """The refusal names the field and repeats nothing of the address."""
    with pytest.raises(SiteNotAllowed) as refused:
        site_of(url)
    assert refused.value.metadata == {"field": "site_url"}
    assert "evil" not in refused.value.message


PIECES = ["https://", "acme", ".atlassian.net", "evil.example", "//", "/", "\\", "@", ":", ":443"]
PIECES += ["#", "?", ";", "%2e", "%40", ".", "[", "]", "::1", "127.1", "\t", "\u3002", "\u2044"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text())
def test_whatever_is_written_only_atlassian_is_called(text: str) -> None:
    """What is taken leads the HTTP library that calls it to Atlassian's own domain."""
    for url in (text, f"https://{text}", f"{ORIGIN}{text}", f"https://{text}.atlassian.net"):
        try:
            called = URL(site_of(url).origin)
        except SiteNotAllowed:
            continue
        assert (called.scheme, called.port, called.user) == ("https", 443, None)
        assert (called.host or "").endswith(".atlassian.net")


@pytest.mark.parametrize(
    "url",
    ["http://jira.example.test:8080", "HTTP://Jira.Example.TEST:8080/", REGISTERED[1]],
)
def test_what_the_operator_registered_may_be_called(url: str) -> None:
    """A registered origin is called although it is neither https nor Jira Cloud's."""
    site = site_of(url, registered=REGISTERED)
    assert site.registered
    assert site.origin in REGISTERED


@pytest.mark.parametrize(
    "url",
    [
        "https://jira.example.test:8080",
        "http://jira.example.test",
        "http://jira.example.test:8081",
        "http://jira.example.test:80800",
        "http://user@jira.example.test:8080",
        "http://jira.example.test:8080/context",
        "http://jira.example.test:8080.evil.example",
        "http://jira.example.test.:8080",
        "http://tracker.example.test",
        "https://tracker.example.test:8443",
        "https://sub.tracker.example.test",
    ],
)
def test_only_the_very_origin_is_registered(url: str) -> None:
    """Another scheme, port or name beside a registered one is not registered with it."""
    with pytest.raises(SiteNotAllowed):
        site_of(url, registered=REGISTERED)
