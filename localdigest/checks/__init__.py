"""Checks: source and draft in, findings out. Pure; nothing here knows of models.

Every check needs no reference: it compares what must survive (numbers by value, protected spans, names, terms) and
looks for what a small model does wrong (English left over, loops, preambles, cut endings). Every module here is loaded,
so a new one registers its checks by being there.
"""

from __future__ import annotations

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_module.name)
