"""`localdigest deliver`: a real SMTP server and a real HTTP server on this machine take what it sends."""

from __future__ import annotations

import json
import re
import socket
import sys
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from localdigest import store
from localdigest.deliver import channels
from localdigest.messages.errors import DeliveryFailed
from localdigest.records import Evidence, Point
from localdigest.render.letter import Letter
from tests.kit.digests import explained, paper, translated
from tests.kit.places import ROOT
from tests.kit.program import Done, localdigest
from tests.kit.workspaces import changed, space_of

mail_server = pytest.importorskip("tests.kit.mail_server", reason="needs the extra `dev`: aiosmtpd")
DAY = "2025-12-17"
GIST = "声码器比CNN快十倍 <b>且更好</b>。"
SHOWN = GIST.replace("CNN", " CNN ")
"""As it is typeset."""
LOADING = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""apprise asks for that module where it may be gone."""
SECRET = "s3cret-key"  # noqa: S105 (the test's own)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A finished day of one paper, whose letter holds what a mail program might act on."""
    space = space_of(tmp_path / "digest", ('mode = "announced"', 'mode = "submitted"'))
    one = paper(1, "A <script>fast</script> vocoder")
    made = translated(one, "译文一。")
    assert made.translation
    gist = Point(GIST, (Evidence(0, "Abstract."),))
    with store.Store(space.library) as library:
        library.add_papers([one])
        library.save("t", replace(made, translation=replace(made.translation, gist=gist)))
        library.save("e", explained(one, Point("十倍。", (Evidence(3, "Ten times."),))))
    return space.root


def mailing(root: Path, port: int, *more: tuple[str, str]) -> None:
    changed(
        root,
        ('smtp = ""', f'smtp = "smtp://me@127.0.0.1:{port}"'),
        ('sender = ""', 'sender = "Digest <me@example.org>"'),
        ("recipients = []", 'recipients = ["lab@example.org"]'),
        *more,
    )


def deliver(root: Path, *arguments: str, **more: str) -> Done:
    more = {"LOCALDIGEST_SMTP_PASSWORD": mail_server.PASSWORD, **more}
    return localdigest("-C", root, "deliver", *arguments, cwd=None, models=None, **more)


def loudly(root: Path, *arguments: str, **more: str) -> Done:
    """With all that is logged, where a secret has no place either."""
    more = {"LOCALDIGEST_SMTP_PASSWORD": mail_server.PASSWORD, **more}
    return localdigest("-v", "-C", root, "deliver", *arguments, cwd=None, models=None, **more)


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    return text.get_content(), html.get_content()


def test_a_day_goes_out_once_by_mail_as_html_and_as_text(root: Path) -> None:
    with mail_server.smtp() as inbox:
        mailing(root, inbox.port)
        first, second = loudly(root, "--date", DAY), deliver(root, "--date", DAY)
        assert (first.code, first.out) == (0, f"mail: {DAY} sent\n")
        assert f"mail: delivering {DAY}\n" in first.err
        assert second.code == 0
        assert f"mail: {DAY} was sent on" in second.out
        again = deliver(root, "--date", DAY, "--again", "--json")
    assert json.loads(again.out) == {
        "what": DAY, "channels": [{"channel": "mail", "sent": True, "refused": [], "error": ""}]
    }  # fmt: skip
    assert len(inbox.messages) == 2
    assert inbox.logins == [(b"me", mail_server.PASSWORD.encode())] * 2
    message = inbox.messages[0]
    assert message["Subject"] == f"arXiv Daily – {DAY}"
    assert message["To"] == "lab@example.org"
    assert message["Message-ID"].endswith("@example.org>")
    text, html = parts(message)
    assert SHOWN in text
    assert re.search(r"^- 十倍。（.*3.*）$", text, re.MULTILINE)
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "https://arxiv.org/abs/2512.00001v1" in html
    assert mail_server.PASSWORD not in first.err + again.err + first.out


def test_a_wrong_password_and_a_server_nobody_vouches_for_are_errors_without_the_password(
    root: Path, tmp_path: Path
) -> None:
    with mail_server.smtp() as inbox:
        mailing(root, inbox.port)
        done = loudly(root, "--date", DAY, LOCALDIGEST_SMTP_PASSWORD="wrong-" + SECRET)
        assert done.code == 8
        assert "mail: not sent: 127.0.0.1: " in done.err
        assert SECRET not in done.err
        before = inbox.port
    with mail_server.smtp(mail_server.unknown_certificate(tmp_path)) as inbox:
        changed(root, ("smtp://me@127.0.0.1", "smtps://me@127.0.0.1"), (f":{before}", f":{inbox.port}"))
        done = deliver(root, "--date", DAY)
        assert done.code == 8
        assert "certificate verify failed" in done.err.lower()
        assert (inbox.logins, inbox.messages) == ([], [])


def test_a_server_elsewhere_that_cannot_encrypt_gets_neither_password_nor_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels, "_is_here", lambda _host: False)
    with mail_server.smtp() as inbox:
        server = urlsplit(f"smtp://me@127.0.0.1:{inbox.port}")
        mail = channels.Mail(server, "me@example.org", ("lab@example.org",), "whole", mail_server.PASSWORD)
        with pytest.raises(DeliveryFailed, match="STARTTLS"):
            mail.send(Letter("A day", "Text.", "<p>Text.</p>"))
    assert (inbox.logins, inbox.messages) == ([], [])


def test_recipients_that_are_refused_are_named_and_the_others_have_it(root: Path) -> None:
    with mail_server.smtp() as inbox:
        mailing(root, inbox.port, ('"lab@example.org"', f'"lab@example.org", "{mail_server.REFUSED}"'))
        done = deliver(root, "--date", DAY)
    assert done.out == f"mail: {DAY} sent, but not to {mail_server.REFUSED}\n"
    assert len(inbox.messages) == 1


def test_chats_get_the_gists_by_apprise_and_one_that_fails_stops_no_other(root: Path) -> None:
    pytest.importorskip("apprise", reason="needs the extra `deliver`")
    changed(root, ("channels = []", 'channels = ["broken", "lab"]'), ('url = ""', 'url = "https://lab.example/arxiv/"'))
    secrets = root / "deliver.secrets.toml"
    with mail_server.chat() as (port, posts), mail_server.chat(500) as (other, _):
        secrets.write_text(f'lab = "json://127.0.0.1:{port}/{SECRET}"\nbroken = "json://127.0.0.1:{other}/{SECRET}"\n')
        if sys.platform != "win32":
            secrets.chmod(0o644)
            assert "chmod 600" in deliver(root, "--date", DAY).trouble
        secrets.chmod(0o600)
        done = loudly(root, "--date", DAY)
        assert done.code == 8
        assert done.out == f"lab: {DAY} sent\n"
        assert "broken: not sent" in done.err
        assert SECRET not in done.out + done.err
        repaired = {"LOCALDIGEST_CHANNEL_BROKEN": f"json://127.0.0.1:{port}/mended"}
        assert deliver(root, "--date", DAY, "--to", "broken", **repaired).code == 0
    assert [path for path, _ in posts] == [f"/{SECRET}", "/mended"]
    told = json.loads(posts[0][1])
    assert told["title"] == f"arXiv Daily – {DAY}"
    assert SHOWN in told["message"]
    assert "https://arxiv.org/abs/2512.00001v1" in told["message"]
    assert f"https://lab.example/arxiv/{DAY}.html" in told["message"]
    assert "十倍。" not in told["message"].replace(SHOWN, "")


def test_a_week_is_written_of_the_pages_that_there_are(root: Path, tmp_path: Path) -> None:
    assert localdigest("-C", root, "render", "--date", DAY).code == 0
    letter = tmp_path / "week.html"
    done = localdigest("-C", root, "deliver", "--week", "-o", letter)
    assert (done.code, done.out) == (0, f"{letter}\n")
    html = letter.read_text("utf-8")
    assert "arXiv Weekly – 2025-W51" in html
    assert "声码器比 CNN 快十倍 &lt;b&gt;" in html
    year, week, _ = date(2025, 12, 17).isocalendar()
    assert f"{year}-W{week}" == "2025-W51"
    with mail_server.smtp() as inbox:
        mailing(root, inbox.port)
        assert deliver(root, "--week", "--date", DAY).out == "mail: 2025-W51 sent\n"
        assert "mail: 2025-W51 was sent on" in deliver(root, "--week", "--date", DAY).out
    (message,) = inbox.messages
    assert message["Subject"] == "arXiv Weekly – 2025-W51"
    text, html = parts(message)
    assert SHOWN in text
    assert "十倍。" not in text.replace(GIST, "")  # gists and links, whatever a day's letter has


def test_mail_may_have_the_gists_and_chats_all_of_an_unfinished_day_once(root: Path) -> None:
    pytest.importorskip("apprise", reason="needs the extra `deliver`")
    with store.Store(root / "library.db") as library:
        library.add_papers([replace(paper(2), published=paper(1).published)])
    with mail_server.smtp() as inbox, mail_server.chat() as (port, posts):
        mailing(root, inbox.port, ("channels = []", 'channels = ["lab"]'), ('mail = "whole"', 'mail = "gists"'),
                ('message = "gists"', 'message = "whole"'))  # fmt: skip
        where = {"LOCALDIGEST_CHANNEL_LAB": f"json://127.0.0.1:{port}/"}
        assert deliver(root, "--date", DAY, **where).code == 3
        assert (inbox.messages, posts) == ([], [])
        first, second = (deliver(root, "--date", DAY, "--unfinished", **where) for _time in range(2))
    assert first.out == f"mail: {DAY} sent\nlab: {DAY} sent\n"
    assert f"lab: {DAY} was sent on" in second.out
    assert (len(inbox.messages), len(posts)) == (1, 1)
    text, _html = parts(inbox.messages[0])
    assert SHOWN in text
    assert "十倍。" not in text.replace(GIST, "")
    assert "十倍。" in json.loads(posts[0][1])["message"]


LETTER = Letter("arXiv Daily", f"arXiv Daily\n\n{GIST}\n", f"<p>{GIST}</p>")


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
def test_a_letter_goes_by_tls_to_a_server_that_an_authority_vouches_for(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the start, or by STARTTLS, which this server asks for before anything else."""
    context, ours = mail_server.unknown_certificate(tmp_path, "mail.test"), socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: ours("127.0.0.1", *rest, **more))
    with mail_server.smtp(**{"tls" if scheme == "smtps" else "starttls": context}) as inbox:
        address = urlsplit(f"{scheme}://me@mail.test:{inbox.port}")
        mail = channels.Mail(address, "me@example.org", ("lab@example.org",), "whole", mail_server.PASSWORD)
        with pytest.raises(DeliveryFailed, match=r"(?i)certificate verify failed"):
            mail.send(LETTER)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
        assert mail.send(LETTER) == ()
    (message,) = inbox.messages
    assert parts(message)[0].split() == LETTER.text.split()
    assert inbox.logins == [(b"me", mail_server.PASSWORD.encode())]


def test_nothing_goes_unencrypted_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: ours("127.0.0.1", *rest, **more))
    with mail_server.smtp() as inbox:  # that offers no STARTTLS
        address = urlsplit(f"smtp://me@mail.test:{inbox.port}")
        mail = channels.Mail(address, "me@example.org", ("lab@example.org",), "whole", mail_server.PASSWORD)
        with pytest.raises(DeliveryFailed, match="STARTTLS"):
            mail.send(LETTER)
    assert (inbox.logins, inbox.messages) == ([], [])


@LOADING
def test_apprise_takes_the_addresses_that_the_page_shows() -> None:
    apprise = pytest.importorskip("apprise", reason="needs the extra `deliver`")
    page = (ROOT / "docs" / "deliver.md").read_text("utf-8")
    shown = re.findall(r"`((?:feishu|wecombot|tgram|ntfys|mailtos)://[^`]+)`", page)
    assert len(shown) == 5
    for address in shown:
        whole = address.replace("tgram://TOKEN", "tgram://123456789:" + "A" * 35).replace("/CHAT", "/12345678")
        whole = whole.replace("...", "me:pw@example.org").replace("TOKEN", "a" * 36).replace("KEY", "a" * 36)
        assert apprise.Apprise.instantiate(whole), address


@LOADING
def test_a_long_message_comes_in_as_many_as_the_service_takes() -> None:
    pytest.importorskip("apprise", reason="needs the extra `deliver`")
    text = "arXiv Daily\n\n" + "".join(f"{number}. {GIST}\n" for number in range(400))
    with mail_server.chat() as (port, posts):
        channels.Chat("phone", "gists", f"ntfy://127.0.0.1:{port}/digest").send(Letter("arXiv Daily", text, ""))
    told = "".join(body.decode() for _path, body in posts)
    assert len(posts) > 1
    assert {path.partition("?")[0] for path, _body in posts} <= {"/", "/digest"}
    assert [number for number in range(400) if f"{number}. " not in told] == []


def test_what_cannot_be_sent_is_said_before_anything_is(root: Path) -> None:
    assert "nobody to deliver to" in deliver(root, "--date", DAY).trouble
    mailing(root, 9)
    two = replace(paper(2), published=paper(1).published)
    with store.Store(root / "library.db") as library:
        library.add_papers([two])
    done = deliver(root, "--date", DAY)
    assert done.code == 3
    assert "is not finished" in done.trouble
    assert "no channel lab under [deliver]" in deliver(root, "--to", "lab").trouble
    changed(root, ("smtp://me@127", "smtp://me:pw@127"))
    done = deliver(root, "--date", DAY)
    assert "a password has no place here" in done.trouble
