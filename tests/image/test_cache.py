"""An image is the same bytes in every build, and one that is kept is the one that was built."""

import hashlib
import os
import subprocess
import sys

import pytest
from gilmok.image.build import the_image
from gilmok.image.cache import CachedImage
from gilmok.image.image import Image

SMALL = Image(
    {"names.json": b"{}", "a.mpy": bytes(range(256))},
    {"gilmok_wire/a.py": "길목 = 1\n"},
    {"gilmok_wire.a": "a"},
    {"READY": "abs"},
    {("gilmok_wire.a", "READY"): "ready", ("gilmok_wire.a", "ROOM"): 8, ("gilmok_wire.a", "_END"): b"\xff\x00"},
    {("gilmok_wire.a", "f"): "f_a"},
)
BUILD = """
import hashlib
from gilmok.image.build import the_image
print(hashlib.sha256(repr(sorted(the_image().files.items())).encode()).hexdigest())
"""


@pytest.fixture
def image():
    """Return the image as it is kept for all tests."""
    return the_image()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "gilmok"


def test_what_is_kept_is_what_was_built(cache):
    place = CachedImage({"a.py": "1"})
    assert place.load() is None
    place.save(SMALL)
    assert CachedImage({"a.py": "1"}).load() == SMALL and CachedImage({"a.py": "2"}).load() is None
    assert [path.name for path in cache.iterdir()] == [place.path.name], "nothing half-written is left"


def test_one_that_is_damaged_is_none(cache):
    place = CachedImage({"a.py": "1"})
    place.save(SMALL)
    whole = place.path.read_bytes()
    for damaged in (b"", whole[:-1], b"[]", b"{}", whole.replace(b'"files": {', b'"files": {"b.mpy": 1, '), b"\xff"):
        place.path.write_bytes(damaged)
        assert place.load() is None
    place.save(SMALL)
    assert place.load() == SMALL


def test_four_are_kept_those_that_were_used_last(cache):
    places = [CachedImage({"a.py": str(number)}) for number in range(6)]
    for at, place in enumerate(places[:4]):
        place.save(SMALL)
        os.utime(place.path, (at, at))
    assert places[0].load() == SMALL
    for place in places[4:]:
        place.save(SMALL)
    assert {path.name for path in cache.iterdir()} == {places[at].path.name for at in (0, 3, 4, 5)}


def test_where_nothing_can_be_written_it_is_built_each_time(cache):
    cache.parent.mkdir()
    cache.write_text("a file in the place of the folder")
    place = CachedImage({"a.py": "1"})
    place.save(SMALL)
    assert place.load() is None


def test_an_image_is_the_same_bytes_in_every_build(image, cache):  # in this order: what is built here must not be what it is compared with
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    built = subprocess.run([sys.executable, "-c", BUILD], env=environment, capture_output=True, text=True, check=True)
    assert len(list(cache.glob("image-*.json"))) == 1, "it was built, and not taken from elsewhere"
    assert built.stdout.strip() == hashlib.sha256(repr(sorted(image.files.items())).encode()).hexdigest()
