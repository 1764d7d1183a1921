import os
from pathlib import Path

import pytest

from local.places import Places, Refused, claimed, throwaway


def test_sockets_lie_beside_the_data_when_the_path_is_short(tmp_path: Path) -> None:
    assert Places(Path("/srv/beanworks")).sockets == Path("/srv/beanworks/run")


@pytest.mark.parametrize("folder", ["/srv/" + "long" * 25, "/srv/with a blank", "/srv/größe", "/srv/per%cent"])
def test_sockets_move_where_their_path_fits_a_socket_and_a_url(folder: str) -> None:
    sockets = Places(Path(folder)).sockets
    assert len(os.fsencode(sockets / ".s.PGSQL.5432")) < 107
    assert sockets.parent == Path("/tmp")
    assert sockets != Places(Path(folder + "2")).sockets


def test_the_same_data_is_claimed_once(tmp_path: Path) -> None:
    with claimed(tmp_path / "var"), pytest.raises(Refused, match="already running"), claimed(tmp_path / "var"):
        pass
    with claimed(tmp_path / "var"):
        pass


def test_a_throwaway_stack_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with throwaway() as places:
        sockets = places.sockets
        assert sockets.is_dir()
    assert not sockets.exists()
    assert list(deep.iterdir()) == []


def test_only_the_owner_may_look_into_it(tmp_path: Path) -> None:
    with claimed(tmp_path / "var") as places:
        for folder in (places.var, places.run, places.logs):
            assert folder.stat().st_mode & 0o777 == 0o700
