"""A client of the local arXiv, with a short interval, and one question for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from localdigest.arxiv.client import AddressError, Answer, Client, TransientError
from tests.kit.arxiv_server import Arxiv, feed

INTERVAL = 0.02
PAGE = feed(["2512.00012v1"], 1)


def connector(arxiv: Arxiv, said: list[str], folder: Path) -> Callable[..., Client]:
    """Makes clients that keep ledger and cache in `folder`."""

    def connect(**options: object) -> Client:
        settings: dict[str, object] = {
            "interval": INTERVAL,
            "on_event": lambda text: said.append(str(text)),
            "ledger": folder / "ledger.jsonl",
            "answers": folder / "cache",
        }
        addresses = {"api_url": f"{arxiv.url}/api/query", "pdf_url": f"{arxiv.url}/pdf"}
        return Client("lab@example.org", **addresses, **(settings | options))  # type: ignore[arg-type]

    return connect


def ask(client: Client, start: int = 0, **options: float) -> bytes:
    """One page of the API; different starts are different addresses."""

    def read(answer: Answer) -> bytes:
        if answer.status != 200:
            raise AddressError(f"status {answer.status}")
        if b"</feed>" not in answer.body:
            raise TransientError("gave no listing", trouble="broken")
        return answer.body

    return client.get(f"{client.api_url}?start={start}&max_results=1", 2**20, read, **options)  # type: ignore[arg-type]
