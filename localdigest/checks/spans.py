"""Protected spans and addresses: lost, changed, or made up."""

from __future__ import annotations

import re
import unicodedata

from localdigest.checks.registry import ANY, TEXT, Case, check
from localdigest.text import spans


@check("span-changed", of=TEXT, ask="keep", order=240)
def changed(case: Case) -> list[str]:
    """A formula, URL, piece of code, version or citation that the draft does not have as it was."""
    # White space inside LaTeX does not count as a change.
    draft, squeezed = case.draft, "".join(case.draft.split())
    lost = [
        span
        for span in case.source_spans
        if span not in draft and not (span.startswith(("$", "\\")) and "".join(span.split()) in squeezed)
        and not (span.startswith("[") and "".join(span.split()) in unicodedata.normalize("NFKC", squeezed))
        and not (spans.SIZE.fullmatch(span) and span in re.sub(r"(?<=\d)[×xX*](?=\d)", "x", squeezed))
    ]  # fmt: skip
    for match in spans.AUTHORS.finditer(case.source):
        # `(Smith et al., 2020)` may become （Smith 等，2020）, but neither name nor year may go.
        parts = re.findall(rf"[A-ZÀ-ÖØ-ÞČŁŚŠŽ][\w'’-]+|{spans.YEAR}", match[1])
        if any(part not in draft for part in parts):
            lost.append(match[0])
    return lost


@check("url-invented", of=ANY, ask="invented", order=280)
def new_addresses(case: Case) -> list[str]:
    """An address, with a scheme or without, or one of e-mail, that the source does not have."""
    return list(dict.fromkeys(case.draft[start:end] for start, end in places_of_new(case.draft, case.source)))


def _address(written: str) -> str:
    """It without what leads to the same page with it and without."""
    return re.sub(r"^(?:https?://)?(?:www\.(?=[^/]+\.))?|/$", "", written)


def places_of_new(text: str, source: str) -> list[tuple[int, int]]:
    """Places of the addresses in `text` that `source` does not have."""
    known = {_address(source[start:end]) for start, end in spans.contacts(source)}

    def there(written: str) -> bool:
        if _address(written) in known:
            return True
        # A site without a page of it: `Character.AI`, or one of whose pages the source gives the address.
        site = rf"(?<![A-Za-z0-9-]){re.escape(written)}(?![\w-])"
        return not re.search(r"/|^www\.", written) and bool(re.search(site, source, re.IGNORECASE))

    return [(start, end) for start, end in spans.contacts(text) if not there(text[start:end])]
