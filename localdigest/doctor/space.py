"""The workspace: its model, folders, library, the user's own texts, its lock."""

from __future__ import annotations

import os
import shutil

from localdigest import files
from localdigest.doctor.report import Asked, Found, note, well, wrong
from localdigest.flows import brief
from localdigest.messages import _, told
from localdigest.models import catalogue
from localdigest.pages import contents
from localdigest.store import Store
from localdigest.workspace import lock as locks

LITTLE = 200 << 20
"""Bytes: about a day's PDFs."""


def mode(asked: Asked) -> Found:
    """Whether a digest here opens sockets."""
    engine = asked.space.config.engine
    if engine.kind == "endpoint":
        return well(_("endpoint: digests send what they work on to {url}, and nowhere else", engine.url))
    return well(_("local: digests open no socket, unless --cluster is given"))


def model(asked: Asked) -> Found:
    if asked.space.config.engine.kind == "endpoint":
        return well(_("{name}: the server's own; its bytes are not known here", asked.spec.name))
    if asked.unknown:
        return wrong(asked.unknown)
    path = catalogue.locate(asked.spec, catalogue.models_folder())
    return well(_("{path}: the bytes of {name}", path, asked.spec.name))


def disk(asked: Asked) -> Found:
    space = asked.space
    named = (space.root, space.pdfs, space.posts, space.exports, files.state_folder(), catalogue.models_folder())
    folders = [folder for folder in dict.fromkeys(named) if folder.is_dir()]
    for folder in folders if asked.there else ():
        if folder != catalogue.models_folder():  # which may be everybody's
            files.make_folder(folder)  # it is there: only tried
    free = {folder: shutil.disk_usage(folder).free for folder in folders}
    least = min(free, key=lambda folder: free[folder])
    if free[least] < LITTLE:
        says = _("{folder}: only {size} MiB free", least, free[least] >> 20)
        return wrong(says, _("free some space there; a day's PDFs are about 200 MiB"))
    return well(_("folders are writable, with at least {size:.1f} GiB free", free[least] / 2**30))


def library(asked: Asked) -> Found:
    if not asked.there:
        return _no_workspace(asked)
    path = asked.space.library
    if not path.exists():
        return well(_("{path}: none yet", path))
    with Store(path) as store:
        store.verify()
    return well(_("{path}: whole", path))


def _no_workspace(asked: Asked) -> Found:
    says = _("{root} is no workspace; the defaults are looked at", asked.space.root)
    return note(says, _("`localdigest init` makes one"))


def texts(asked: Asked) -> Found:
    """Prompts, terms, rules and interests, the user's own among them, as a run would read them."""
    space = asked.space
    for each in asked.each_model():
        brief.load(space, dict.fromkeys(brief.TASKS, each.spec))
    contents.chooser(space)
    own = [
        str(path.relative_to(space.root))
        for folder in (space.prompts, space.glossary)
        if folder.is_dir()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    says = _("{language}: prompts and terms can be read, as can [select]", space.config.language)
    return well(says + (_("; your own: {names}", ", ".join(own)) if own else ""))


def lock(asked: Asked) -> Found:
    if not asked.there:
        return well(_("free"))
    holder = locks.holder(asked.space.root)
    if holder is None:
        return well(_("free"))
    says = _("held by {owner}", told(holder))
    return note(says, _("wait until it ends, or stop it; a lock ends with its process") if os.name != "nt" else "")
