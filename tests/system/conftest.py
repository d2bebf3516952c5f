"""What system tests share in a session: the 0.5B model's file, an undisturbed day."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from localdigest.messages.errors import ModelError
from localdigest.models import catalogue
from tests.kit import faults
from tests.kit.places import SMALL_MODEL


@pytest.fixture(scope="session")
def small_model() -> Path:
    """The 0.5B model's file; a test that needs it skips where it was never fetched."""
    try:
        return catalogue.locate(catalogue.load_catalogue(()).find(SMALL_MODEL), catalogue.models_folder())
    except ModelError:
        pytest.skip(f"needs {SMALL_MODEL}: localdigest models pull {SMALL_MODEL}")


@pytest.fixture(scope="session")
def _undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    faults.reference(folder)
    return folder


@pytest.fixture
def undisturbed(_undisturbed: Path, tmp_path: Path) -> Path:
    """A folder with the sample day as the scripted engine makes it when nobody disturbs it (`faults.reference`)."""
    shutil.copytree(_undisturbed, tmp_path, dirs_exist_ok=True)
    return tmp_path
