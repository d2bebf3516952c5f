"""Listings of one paper in the forms that arXiv answers with."""

from __future__ import annotations


def one(
    title: str = "T",
    summary: str = "S",
    *,
    extra: str = "",
    author: str = "A. Author",
    name: str = "2512.14687v1",
) -> bytes:
    """An API answer with one entry; arguments are XML."""
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">'
        "<id>http://arxiv.org/api/x</id><entry>"
        f"<id>http://arxiv.org/abs/{name}</id><published>2025-12-16T17:44Z</published><title>{title}</title>"
        f"<summary>{summary}</summary><author><name>{author}</name></author>"
        f'<category term="cs.SD"/><category term="eess.AS"/>{extra}</entry></feed>'
    ).encode()


def oai(metadata: str, header: str = "<header/>", after: str = "") -> bytes:
    return (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>'
        f"<record>{header}<metadata>{metadata}</metadata></record>{after}</ListRecords></OAI-PMH>"
    ).encode()
