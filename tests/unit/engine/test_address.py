"""Where an engine that is a server's may be: this machine or a private network, and nowhere else on the way."""

from __future__ import annotations

import socket
from collections import deque
from typing import Any

import pytest

from localdigest.engine.address import base, private
from localdigest.engine.endpoint import Endpoint
from localdigest.messages.errors import ConfigError
from tests.kit.endpoint_server import QUESTION, Served, ask, opened, serve


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "10.0.0.7", "172.31.255.1", "192.168.1.1",
                                     "fd00::1", "::ffff:192.168.1.1"])  # fmt: skip
def test_loopback_and_private_addresses_are_private(address: str) -> None:
    assert private(address)


PUBLIC = [
    *(
        "8.8.8.8",
        "172.32.0.1",
        "172.15.255.255",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
    ),
    *("0.0.0.0", "255.255.255.255", "::", "2001:db8::1", "fe80::1", "::ffff:8.8.8.8", "localhost"),  # noqa: S104
]


@pytest.mark.parametrize("address", [*PUBLIC, ""])
def test_public_special_and_malformed_addresses_are_not_private(address: str) -> None:
    assert not private(address)


@pytest.mark.parametrize("url", ["ftp://10.0.0.1", "10.0.0.1:8080", "http://", "http://me:secret@10.0.0.1", "http://10.0.0.1/a",
                                 "http://10.0.0.1:99999", "http://10.0.0.1/?a=b", "http://[::1", ""])  # fmt: skip
def test_a_url_that_is_not_plainly_a_servers_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"engine\.url"):
        base(url)


def test_an_address_has_its_default_port_and_loses_v1() -> None:
    assert base("http://127.0.0.1:8080/v1/") == ("http", "127.0.0.1", 8080)
    assert base("https://gpu.lan") == ("https", "gpu.lan", 443)
    assert base("http://[::1]:11434") == ("http", "::1", 11434)


def test_a_public_address_is_refused_before_any_connection() -> None:
    with pytest.raises(ConfigError, match=r"8\.8\.8\.8.*nothing was sent"):
        Endpoint("http://8.8.8.8", "qwen", 1)


def test_a_name_that_turns_public_later_is_refused_then(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    real, answers = socket.getaddrinfo, deque(["127.0.0.1", "127.0.0.1", "93.184.215.14"])

    def resolver(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        return real(answers.popleft() if host == "gpu.lan" else host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    engine = opened(served, url=f"http://gpu.lan:{served.port}")
    (good,) = ask(engine, QUESTION)
    assert good.text == "好。"
    assert served.headers[0]["host"] == f"gpu.lan:{served.port}"
    with pytest.raises(ConfigError, match=r"gpu\.lan is 93\.184\.215\.14"):
        ask(engine, QUESTION)
    assert len(served.asked) == 1
    engine.close()


def test_a_name_with_a_private_and_a_public_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("10.0.0.1", "8.8.8.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(ConfigError, match=r"8\.8\.8\.8"):
        Endpoint("http://gpu.lan", "qwen", 1)


def test_of_two_addresses_the_one_that_listens_is_found(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 1)) for ip in ("127.0.0.9", "127.0.0.1")]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: both if host == "localhost" else real(host, *a, **k)
    )
    engine = opened(served, url=f"http://localhost:{served.port}")
    assert ask(engine, QUESTION)[0].text == "好。"
    engine.close()


def test_redirects_are_not_followed(served: Served) -> None:
    with serve(Served()) as elsewhere:
        engine = opened(served)
        served.faults.append((307, "", {"Location": f"{elsewhere.url}/v1/chat/completions"}))
        with pytest.raises(ConfigError, match="not followed"):
            ask(engine, QUESTION)
        assert not elsewhere.asked
        engine.close()


def test_no_proxy_of_the_environment_is_asked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(Served()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        engine = opened(served)
        assert ask(engine, QUESTION)[0].text == "好。"
        assert not proxy.asked
        engine.close()
