"""What a person may name as SOURCE, and what is read from it."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inference.images import read_image
from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub
from tests.training.pairs.photos import encoded, photo, photo_folder, photo_parquet, photo_tar
from training.errors import HubRefusal, UnusableDataset
from training.pairs.sources.folder import spoken
from training.pairs.sources.opening import open_source
from training.pairs.sources.source import Missing, Sample, Source

__all__ = ["served_hub", "small_hub"]


def opened(name: Path | str, **more: object) -> Source:
    return open_source(str(name), **{"size": 64, "seed": 0, "rows": 3, **more})  # type: ignore[arg-type]


def read(source: Source, skip: int = 0) -> list[Sample | Missing]:
    return [sample for part in source.parts for sample in part.read(skip)]


def texts(source: Source) -> list[str]:
    return [each.text for each in read(source) if isinstance(each, Sample)]


def test_a_folder_with_a_table_of_either_kind(tmp_path: Path) -> None:
    source = opened(photo_folder(tmp_path / "json", 5, license=["mit"] * 5))
    assert texts(source) == [f"picture {n}" for n in range(5)]
    assert source.columns == ("license",)
    assert [part.rows for part in source.parts] == [3, 2]
    folder = photo_folder(tmp_path / "parquet", 3)
    (folder / "metadata.jsonl").unlink()
    table = pa.table({"file_name": ["002.jpg"], "text": ["the last"]})
    pq.write_table(table, folder / "metadata.parquet")
    assert texts(opened(folder)) == ["the last"]
    folder = photo_folder(tmp_path / "csv", 2)
    (folder / "metadata.jsonl").unlink()
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([["file_name", "caption"], ["001.jpg", "a\n line  with, all"]])
    assert texts(opened(folder)) == ["a line with, all"]


def test_a_folder_with_texts_beside_pictures_or_with_names_alone(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("deep/a-red_apple (2).jpg", "03_blue teapot.PNG", "IMG.webp"):
        photo(1).save(tmp_path / name)
    assert texts(opened(tmp_path)) == ["blue teapot", "IMG", "a red apple"]
    (tmp_path / "IMG.txt").write_text("a photo\nof a cat")
    assert texts(opened(tmp_path)) == ["", "a photo of a cat", ""]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a-red_apple.png", "a red apple"),
        ("0012.jpg", ""),
        ("9f8e7d6c.png", ""),
        ("7up.png", "7up"),
    ],
)
def test_a_name_says_what_words_are_in_it(name: str, words: str) -> None:
    assert spoken(name) == words


def test_a_table_names_no_file_outside_its_folder(tmp_path: Path) -> None:
    photo(0).save(tmp_path / "secret.png")
    folder = photo_folder(tmp_path / "photos", 1)
    (folder / "metadata.jsonl").write_text('{"file_name": "../secret.png", "text": "x"}\n')
    (found,) = read(opened(folder))
    assert isinstance(found, Missing)
    assert "outside the folder" in found.why


def test_parquet_is_read_from_any_row_on(tmp_path: Path) -> None:
    path = photo_parquet(
        tmp_path / "photos.parquet", 10, watermark_score=[n / 10 for n in range(10)]
    )
    source = opened(path, rows=7)
    whole = read(source)
    assert [each.key for each in whole] == [f"photos.parquet:{n}" for n in range(10)]
    assert texts(source) == [f"picture {n}" for n in range(10)]
    assert source.columns == ("watermark_score",)
    assert list(source.parts[0].read(5)) == whole[5:7]
    assert list(source.parts[1].read(0)) == whole[7:]


def test_parquet_brings_its_own_maps_and_rows_without_a_picture_are_missing(tmp_path: Path) -> None:
    one, two = encoded(photo(1)), encoded(photo(2))
    table = pa.table({"image": [one, None], "conditioning_image": [two, two], "text": ["a", "b"]})
    pq.write_table(table, tmp_path / "pairs.parquet")
    source = opened(tmp_path)
    assert source.has_maps
    first, second = read(source)
    assert isinstance(first, Sample)
    assert (first.image, first.conditioning) == (one, two)
    assert isinstance(second, Missing)


def test_a_row_group_that_cannot_be_read_costs_its_own_rows(tmp_path: Path) -> None:
    path = photo_parquet(tmp_path / "photos.parquet", 9, group=3)
    with pq.ParquetFile(path) as file:
        chunks = [file.metadata.row_group(1).column(at) for at in range(3)]
    content = bytearray(path.read_bytes())
    for chunk in chunks:
        at = chunk.dictionary_page_offset or chunk.data_page_offset
        content[at : at + 12] = b"x" * 12
    path.write_bytes(content)
    source = opened(path, rows=9)
    whole = read(source)
    assert [type(each) for each in whole] == [Sample] * 3 + [Missing] * 3 + [Sample] * 3
    assert all(list(source.parts[0].read(skip)) == whole[skip:] for skip in range(9))


def test_addresses_of_pictures_are_no_pictures(tmp_path: Path) -> None:
    pq.write_table(pa.table({"url": ["https://a.b/c.jpg"], "text": ["x"]}), tmp_path / "u.parquet")
    with pytest.raises(UnusableDataset, match="fetch the pictures first"):
        opened(tmp_path)


def test_webdataset_is_read_from_any_sample_on(tmp_path: Path) -> None:
    photo_tar(tmp_path / "00000.tar", 4, license=["mit", "cc0", "mit", "mit"])
    photo_tar(tmp_path / "00001.tar", 3)
    source = opened(tmp_path)
    whole = read(source)
    assert [part.rows for part in source.parts] == [4, 3]
    assert texts(source) == [f"picture {n}" for n in (0, 1, 2, 3, 0, 1, 2)]
    assert whole[1].columns == {"license": "cc0"}  # type: ignore[union-attr]
    assert read_image(whole[1].image).size == (120, 96)  # type: ignore[union-attr]
    assert list(source.parts[0].read(3)) == whole[3:4]


@pytest.mark.parametrize("name", ["photos.parquet", "photos.tar"])
def test_a_broken_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PAR1 no, neither" * 100)
    with pytest.raises(UnusableDataset, match="cannot be read"):
        opened(tmp_path)


def test_the_first_so_many_alone(tmp_path: Path) -> None:
    photo_folder(tmp_path / "folder", 5)
    photo_parquet(tmp_path / "parquet" / "a.parquet", 5)
    photo_tar(tmp_path / "tar" / "a.tar", 5)
    for kind in ("folder", "parquet", "tar"):
        assert texts(opened(tmp_path / kind, limit=4)) == [f"picture {n}" for n in range(4)]
    assert opened("fill50k", limit=4).rows == 4
    assert opened("fill50k", rows=1000).rows == 50_000


def test_a_data_set_on_the_hub(
    small_hub: ServedHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_parquet(tmp_path / "a.parquet", 4)
    content = (tmp_path / "a.parquet").read_bytes()
    card = {"license": "cc-by-4.0"}
    files = {"data/train-0.parquet": content, "data/train-1.parquet": content}
    small_hub.hub.add_dataset("ada-l/skies", card=card, files={**files, "data/test-0.parquet": b""})
    small_hub.hub.add_dataset(
        "ada-l/tars", files={"0.tar": photo_tar(tmp_path / "t", 2).read_bytes()}
    )
    pictures = {
        "sky/a.jpg": encoded(photo(1)),
        "metadata.csv": b"file_name,text\nsky/a.jpg,a sky\n",
    }
    small_hub.hub.add_dataset("ada-l/folder", files=pictures)
    small_hub.hub.add_dataset("ada-l/script", files={"script.py": b"print()"})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", small_hub.address)
    source = opened("ada-l/skies")
    assert (source.rows, source.license, source.hub_id) == (8, "cc-by-4.0", "ada-l/skies")
    assert texts(source) == [f"picture {n}" for n in range(4)] * 2
    assert opened("ada-l/skies", files="*-1.parquet").rows == 4
    assert texts(opened("ada-l/tars")) == ["picture 0", "picture 1"]
    assert texts(opened("ada-l/folder")) == ["a sky"]
    with pytest.raises(UnusableDataset, match="made by a script"):
        opened("ada-l/script")
    with pytest.raises(HubRefusal, match=r"open to you, got 40[14]"):
        opened("ada-l/nowhere")


@pytest.mark.parametrize("name", ["no-such-folder", "./photos", "a/b/c", "a b/c"])
def test_what_is_no_source_is_one_sentence(name: str) -> None:
    with pytest.raises(UnusableDataset, match="SOURCE must be"):
        opened(name)
