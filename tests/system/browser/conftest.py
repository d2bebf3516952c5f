"""Fixtures of all tests in a browser: it is started once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from localdigest.pages import site
from localdigest.render import html
from localdigest.render.forms import Wishes
from tests.kit.reader import CHROMIUM, Reader, day

sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright (pip install -e '.[dev]')")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("site")
    for number, when in enumerate((date(2025, 12, 16), date(2025, 12, 17), date(2026, 1, 5))):
        (where / f"{when}.html").write_text(html.to_html(day(number, when)), encoding="utf-8")
        site.write_record(where, day(number, when))
    site.write_index(where, "zh-CN", Wishes())
    return where


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture
def make_reader(browser: Any) -> Iterator[Any]:
    readers: list[Reader] = []

    def make(width: int = 1280, height: int = 900, **options: Any) -> Reader:
        page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
        reader = Reader(page)
        page.on("console", lambda message: reader.troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: reader.troubles.append(str(error)))
        page.on("request", lambda request: reader.requests.append(request.url))
        page.set_default_timeout(10_000)
        readers.append(reader)
        return reader

    yield make
    for reader in readers:
        reader.page.context.close()
        assert reader.troubles == []
        outside = [url for url in reader.requests if not url.startswith(("file:", "data:", "http://127.0.0.1:"))]
        assert outside == []


@pytest.fixture
def reader(make_reader: Any) -> Reader:
    made: Reader = make_reader()
    return made


@pytest.fixture
def today(folder: Path) -> Path:
    return folder / "2026-01-05.html"
