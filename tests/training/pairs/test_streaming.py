"""Batches for training: exact resuming, hosts, other data, damaged rows, the Hub."""

import io
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub
from training.errors import HubRefusal, UnusableDataset
from training.pairs.index import PairIndex, open_pairs
from training.pairs.sources.circles import circle
from training.pairs.streaming import Batch, PairStream, Position

__all__ = ["served_hub", "small_hub"]
COUNT, SIZE = 22, 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Row groups of three, in two files, and one file of another split."""
    root = tmp_path_factory.mktemp("pairs")
    for name, numbers in (
        ("train-0", range(10)),
        ("train-1", range(10, COUNT)),
        ("validation-0", range(50, 53)),
    ):
        samples = [circle(number, size=SIZE, seed=0) for number in numbers]
        table = pa.table(
            {
                "image": [{"bytes": sample.image, "path": None} for sample in samples],
                "conditioning_image": [sample.conditioning for sample in samples],
                "text": [f"{number} {s.text}" for number, s in zip(numbers, samples, strict=True)],
            }
        )
        pq.write_table(table, root / f"{name}.parquet", row_group_size=3)
    return root


@pytest.fixture(scope="module")
def pairs(folder: Path) -> PairIndex:
    return open_pairs(folder)


def batches(pairs: PairIndex, count: int, **more: object) -> list[Batch]:
    asked = {"batch_size": 4, "size": SIZE, "seed": 3, "window": 10_000, **more}
    with PairStream(pairs, **asked) as stream:  # type: ignore[arg-type]
        return list(islice(stream, count))


def maps_of(batch: Batch) -> np.ndarray:
    assert batch.conditioning is not None
    return batch.conditioning


def same(one: Batch, other: Batch) -> bool:
    return (
        one.texts == other.texts
        and np.array_equal(one.images, other.images)
        and np.array_equal(maps_of(one), maps_of(other))
    )


def test_a_batch_is_pictures_maps_and_words_that_belong_together(pairs: PairIndex) -> None:
    (batch,) = batches(pairs, 1)
    assert batch.images.shape == maps_of(batch).shape == (4, SIZE, SIZE, 3)
    assert batch.images.dtype == maps_of(batch).dtype == np.uint8
    for image, conditioning, text in zip(batch.images, maps_of(batch), batch.texts, strict=True):
        number, _, words = text.partition(" ")
        sample = circle(int(number), size=SIZE, seed=0)
        assert words == sample.text
        assert np.array_equal(image, _pixels(sample.image))
        assert sample.conditioning is not None
        assert np.array_equal(conditioning, _pixels(sample.conditioning))


def test_every_pair_of_the_split_comes_once_in_an_epoch(pairs: PairIndex) -> None:
    texts = [text for batch in batches(pairs, 11) for text in batch.texts]
    for epoch in (texts[:COUNT], texts[COUNT:]):
        assert sorted(int(text.split()[0]) for text in epoch) == list(range(COUNT))


def test_from_any_position_it_goes_on_to_the_same_batches(pairs: PairIndex) -> None:
    whole = batches(pairs, 14)
    for done in (1, 2, 5, 6, 11):
        position = Position(**asdict(whole[done - 1].position))
        went_on = batches(pairs, 14 - done, position=position)
        assert all(map(same, went_on, whole[done:])), done


def test_another_batch_size_goes_on_with_the_next_pair(pairs: PairIndex) -> None:
    whole = [text for batch in batches(pairs, 14) for text in batch.texts]
    position = batches(pairs, 3)[-1].position
    texts = [t for b in batches(pairs, 4, position=position, batch_size=7) for t in b.texts]
    assert texts == whole[12 : 12 + 28]


@pytest.mark.parametrize("hosts", [2, 4])
def test_all_hosts_together_get_the_batches_that_one_would(pairs: PairIndex, hosts: int) -> None:
    alone = batches(pairs, 8)
    apart = [batches(pairs, 8, host=host, hosts=hosts) for host in range(hosts)]
    for number, batch in enumerate(alone):
        parts = [each[number] for each in apart]
        assert tuple(text for part in parts for text in part.texts) == batch.texts
        assert np.array_equal(np.concatenate([part.images for part in parts]), batch.images)
        assert {part.position for part in parts} == {batch.position}


def test_pictures_of_another_size_are_fitted(pairs: PairIndex) -> None:
    (batch,) = batches(pairs, 1, size=32)
    assert batch.images.shape == (4, 32, 32, 3)


def test_a_position_in_other_data_is_refused(folder: Path, pairs: PairIndex) -> None:
    held_out = open_pairs(folder, split="validation")
    assert held_out.rows == 3
    position = Position(4, 3, pairs.digest)
    with pytest.raises(UnusableDataset, match="got other data"):
        batches(held_out, 1, position=position)
    with pytest.raises(UnusableDataset, match="got another seed"):
        batches(pairs, 1, position=position, seed=4)
    with pytest.raises(UnusableDataset, match="a multiple of the number of hosts"):
        batches(pairs, 1, hosts=3)


def test_a_damaged_row_is_named(folder: Path, tmp_path: Path) -> None:
    rows = pq.read_table(folder / "train-0.parquet").to_pylist()
    rows[7]["image"]["bytes"] = rows[7]["image"]["bytes"][:90]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "train-0.parquet", row_group_size=3)
    with pytest.raises(
        UnusableDataset, match=r"in row 7 of .*train-0\.parquet the picture must be"
    ):
        batches(open_pairs(tmp_path), 3)


def test_nothing_is_left_running_when_it_is_closed(pairs: PairIndex) -> None:
    with PairStream(pairs, batch_size=2, size=SIZE, seed=0) as stream:
        next(iter(stream))
        thread = stream._thread
    assert not thread.is_alive()


def test_from_the_hub_come_the_same_batches(
    folder: Path, pairs: PairIndex, small_hub: ServedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", small_hub.address)
    files = {f"data/{path.name}": path.read_bytes() for path in folder.iterdir()}
    small_hub.hub.add_dataset("ada-l/circles", files=files)
    remote = open_pairs("ada-l/circles")
    small_hub.hub.change("dataset", "ada-l/circles", {"data/train-0.parquet": b"other"})
    assert all(map(same, batches(remote, 8), batches(pairs, 8)))
    with pytest.raises(HubRefusal, match=r"got 40[14]"):
        open_pairs("ada-l/nowhere")


@pytest.mark.parametrize("name", ["nowhere", "./nowhere"])
def test_what_is_no_data_is_one_sentence(name: str) -> None:
    with pytest.raises(UnusableDataset, match="data must be a folder of pairs"):
        open_pairs(name)


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
