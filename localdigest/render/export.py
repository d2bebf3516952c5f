"""The JSON export, schema `localdigest/1`. Pure: records in, text out."""

from __future__ import annotations

import msgspec

from localdigest.records import Digest, Paper, Provenance, Replacement, Result
from localdigest.render.entries import changes, counts, entries, gist, late, local

SCHEMA = "localdigest/1"


def to_json(digest: Digest) -> str:
    """The export, schema `localdigest/1`; keys in a fixed order, two-space indent, newline at the end."""
    start, end = local(digest)
    announced = {"announcements": [day.isoformat() for day in digest.window.days]} if digest.window.days else {}
    papers = []
    for paper, translated, explained in entries(digest):
        papers.append(paper_json(paper, translated, explained, late=late(digest, paper)))
    export = {
        "schema": SCHEMA,
        "day": digest.window.day.isoformat(),
        "language": digest.language,
        "window": {"mode": digest.window.mode, "start": start.isoformat(), "end": end.isoformat()} | announced,
        "outcome": digest.outcome,
        "reason": str(digest.reason or ""),
        "sources": digest.sources,
        "remarks": digest.remarks,
        "counts": counts(digest),
        "left_out": digest.left_out,
        "papers": papers,
        "replacements": [_replacement_json(replacement) for replacement in digest.replacements],
    }
    return msgspec.json.format(msgspec.json.encode(export), indent=2).decode() + "\n"


def paper_json(paper: Paper, translated: Result, explained: Result, **more: object) -> dict[str, object]:
    """One paper of the export; `more` stands between its abstract and what was made of it."""
    fields = msgspec.to_builtins(paper)
    return {
        **{name: value for name, value in fields.items() if name not in ("abstract", "announced")},
        "abs_url": paper.abs_url,
        "pdf_url": paper.pdf_url,
        "abstract": paper.abstract,
        **more,
        "gist": gist_json(translated, explained),
        "translation": result_json(translated),
        "breakdown": result_json(explained),
    }


def gist_json(translated: Result | None, explained: Result | None) -> dict[str, object] | None:
    """The paper in one sentence; None where there is none. Evidence of the listing's abstract has page 0."""
    found = gist(translated, explained)
    return (
        {name: msgspec.to_builtins(getattr(found, name)) for name in ("text", "verified", "evidence")}
        if found
        else None
    )


def _replacement_json(replacement: Replacement) -> dict[str, object]:
    paper, previous = replacement.paper, replacement.previous
    return {
        "id": paper.id,
        "version": paper.version,
        "previous_version": previous.version if previous else None,
        "title": paper.title,
        "comment": paper.comment,
        "abs_url": paper.abs_url,
        "abstract": paper.abstract,
        "changes": changes(previous.abstract, paper.abstract) if previous else None,
    }


def result_json(result: Result) -> dict[str, object]:
    """What was made of a paper, or why it was not."""
    if result.status != "done":
        return {"status": result.status, "reason": str(result.reason)}
    content = msgspec.to_builtins(result.translation if result.task == "translate" else result.breakdown)
    if content["gist"] is None:
        del content["gist"]
    if not content.get("figures", True):
        del content["figures"]
    for finding in (*content["findings"], *content.get("title_findings", ())):
        if finding["sentence"] is None:
            del finding["sentence"]
        if not finding["values"]:
            del finding["values"]
    if result.task == "translate" and not content["title"] and not content["title_findings"]:
        del content["title"], content["title_findings"]  # not asked for
    if not content.get("confidence", True):
        del content["confidence"]  # of a model that does not tell
    return {"status": "done", **content, "provenance": _provenance_json(result.provenance)}


def _provenance_json(provenance: Provenance | None) -> dict[str, object]:
    """The seed stands beside the sampling, not in it: with another seed it is still the same method."""
    fields: dict[str, object] = {}
    for name, value in (msgspec.to_builtins(provenance) if provenance else {}).items():
        if name == "sampling":
            fields[name] = {
                key: setting
                for key, setting in value.items()
                if key != "seed" and (setting or key != "presence_penalty")
            }
            fields["seed"] = value["seed"]
        elif value or name != "evaluated_tokens":
            fields[name] = value
    return fields
