"""Archives: members, path traversal, size limits."""

import stat
import zipfile

import numpy as np
import pytest

from explorer.errors import BadData
from explorer.formats import Limits, choices, detect, read

VECTORS = np.random.default_rng(0).standard_normal((3, 2)).astype(np.float32)


def zipped(path, **files: bytes | str):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def npy(tmp_path) -> bytes:
    np.save(tmp_path / "made.npy", VECTORS)
    return (tmp_path / "made.npy").read_bytes()


def test_vectors_with_an_item_table_in_the_archive(tmp_path):
    metadata = "title,year\nA,1990\nB,1991\nC,1992\n"
    path = zipped(
        tmp_path / "v.zip", **{"x/vectors.npy": npy(tmp_path), "x/facts.csv": metadata, "README.md": "# hello"}
    )
    assert detect(path) == "zip"
    assert choices(path) == ["x/vectors.npy"]
    found = read(path)
    np.testing.assert_array_equal(found.vectors, VECTORS)
    assert found.companion.items["title"].tolist() == ["A", "B", "C"]


def test_one_of_several_files_is_chosen(tmp_path):
    path = zipped(
        tmp_path / "v.zip", **{"a.txt": "x 1 2\ny 3 4\n", "b.csv": "key,v0,v1,w0,w1,w2\nk,1,2,3,4,5\nl,1,2,3,4,5\n"}
    )
    assert choices(path) == ["a.txt", "b.csv :: w0 ... w2", "b.csv :: v0 ... v1"]
    assert read(path).items["key"].tolist() == ["x", "y"]
    assert read(path, choice="b.csv :: v0 ... v1").vectors.tolist() == [[1, 2], [1, 2]]
    with pytest.raises(BadData, match=r"'none'"):
        read(path, choice="none")


@pytest.mark.parametrize("name", ["../out.csv", "/tmp/out.csv", "a/../../out.csv", "..\\out.csv", "C:/out.csv"])
def test_member_outside_the_archive_is_refused(tmp_path, name):
    path = zipped(tmp_path / "sub.zip", **{"v.npy": npy(tmp_path), "a.csv": "a,b\n1,2\n", name: "a,b\n1,2\n"})
    with pytest.raises(BadData, match="points outside"):
        read(path)
    assert not (tmp_path / "out.csv").exists() and not (tmp_path.parent / "out.csv").exists()


def test_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("v.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BadData, match="is a link"):
        read(tmp_path / "v.zip")


def test_archive_bomb_is_stopped_at_its_real_size(tmp_path):
    path = zipped(tmp_path / "v.zip", **{"v.csv": b"a,b\n" + b"1,2\n" * 1_000_000})
    raw = bytearray(path.read_bytes())
    assert len(raw) < 20_000
    for place in (22, raw.rfind(b"PK\x01\x02") + 24):  # the declared size, in both headers
        raw[place : place + 4] = (100).to_bytes(4, "little")
    (tmp_path / "liar.zip").write_bytes(raw)
    for name in ("v.zip", "liar.zip"):
        with pytest.raises(BadData):
            read(tmp_path / name, limit=Limits(bytes=100_000))
    with pytest.raises(BadData, match="more than 100,000 bytes"):
        read(tmp_path / "v.zip", limit=Limits(bytes=100_000))


def test_too_many_members_and_archive_without_vectors(tmp_path):
    many = zipped(tmp_path / "many.zip", **{f"{n}.txt": "a 1 2\n" for n in range(20)})
    with pytest.raises(BadData, match="20 files; at most 10"):
        read(many, limit=Limits(members=10))
    with pytest.raises(BadData, match="contains no file with vectors"):
        read(zipped(tmp_path / "none.zip", **{"a.md": "# nothing"}))


def test_pickle_member_is_refused(tmp_path):
    with pytest.raises(BadData, match="is a pickle"):
        read(zipped(tmp_path / "p.zip", **{"model": b"\x80\x04K\x01."}))
    with pytest.raises(BadData, match="is a pickle"):
        read(zipped(tmp_path / "torch.pt", **{"archive/data.pkl": b"\x80\x02.", "archive/version": "3"}))
