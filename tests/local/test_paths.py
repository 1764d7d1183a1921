import os
from pathlib import Path

import pytest

from local.paths import Folders, Refused, claim, throwaway


def test_sockets_are_beside_the_data_when_the_path_is_short(tmp_path: Path) -> None:
    assert Folders(Path("/srv/beanworks")).sockets == Path("/srv/beanworks/run")


@pytest.mark.parametrize("folder", ["/srv/" + "long" * 25, "/srv/with a blank", "/srv/größe", "/srv/per%cent"])
def test_sockets_move_when_their_path_is_too_long_or_unfit_for_a_url(folder: str) -> None:
    sockets = Folders(Path(folder)).sockets
    assert len(os.fsencode(sockets / ".s.PGSQL.5432")) < 107
    assert sockets.parent == Path("/tmp")
    assert sockets != Folders(Path(folder + "2")).sockets


def test_data_folder_is_used_by_one_stack_at_a_time(tmp_path: Path) -> None:
    with claim(tmp_path / "var"), pytest.raises(Refused, match="already running"), claim(tmp_path / "var"):
        pass
    with claim(tmp_path / "var"):
        pass


def test_a_throwaway_stack_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with throwaway() as folders:
        sockets = folders.sockets
        assert sockets.is_dir()
    assert not sockets.exists()
    assert list(deep.iterdir()) == []


def test_data_folders_are_readable_by_the_owner_only(tmp_path: Path) -> None:
    with claim(tmp_path / "var") as folders:
        for folder in (folders.var, folders.run, folders.logs):
            assert folder.stat().st_mode & 0o777 == 0o700


def test_data_folder_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(Refused, match="BEANWORKS_VAR"), claim(file):
        pass
