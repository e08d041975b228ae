import pytest

from inference.checkpoints import save_bundle
from tests.bench import generation, tpu
from tests.bench.__main__ import command, main, parser
from tests.bench.models import SD15, SMALL
from tests.bench.report import Report
from tests.tiny import tiny_bundle


def test_a_table_has_names_on_the_left_and_figures_on_the_right():
    report = Report("Title", ("", "ms"), (("ours", "1.0"), ("theirs", "10.0")), ("A note.",))
    assert str(report).splitlines() == [
        "Title",
        "",
        "          ms",
        "------  ----",
        "ours     1.0",
        "theirs  10.0",
        "",
        "A note.",
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["speed"],
            "must be one of generation, old_flax, tpu, gallery, sessions, uploads, assignment, "
            "jurors, turns, plan, got 'speed'; choose one",
        ),
        (["--runs", "0"], "must be a whole number from 1, got '0'; choose one"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(arguments, sentence, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert sentence in capsys.readouterr().err


def test_each_benchmark_says_how_to_repeat_it_alone():
    chosen = parser().parse_args(["--runs", "3", "--model", "owner/name"])
    assert command("generation", chosen).endswith("generation --model owner/name --runs 3")
    assert command("old_flax", chosen).endswith("old_flax --runs 3")
    assert command("sessions", chosen).endswith("sessions --pictures 10000")
    assert command("jurors", chosen).endswith("jurors --jurors 50")
    assert command("turns", chosen) == "python -m tests.bench turns"
    assert command("plan", chosen).endswith(
        "plan --hosts 48 --visitors 10000 --every 30 --steps 20 --controlnets 3 --within 5"
    )
    assert command("tpu", chosen) == "python -m tests.bench tpu"
    assert command("gallery", chosen).endswith("--savers 50 --submissions 10000 --seconds 60")


def test_two_programs_in_turn_add_up_but_share_their_temporary_memory():
    first = {"flops": 1.0, "accessed": 2.0, "temporary": 3.0, "arguments": 4.0}
    second = {"flops": 10.0, "accessed": 20.0, "temporary": 30.0, "arguments": 40.0}
    assert tpu.in_turn(first, second) == {
        "flops": 11.0,
        "accessed": 22.0,
        "temporary": 30.0,
        "arguments": 44.0,
    }


@pytest.mark.parametrize("model", [SD15, SMALL], ids=["SD15", "SMALL"])
def test_a_control_map_ends_on_the_latent_grid(model):
    halvings = len(model.conditioning_embedding_out_channels) - 1
    assert 2**halvings == model.downscale


@pytest.mark.slow
def test_the_parts_of_a_picture_add_up_to_it(tmp_path):
    save_bundle(tmp_path / "tiny", tiny_bundle(tmp_path))
    report = generation.bench(model=str(tmp_path / "tiny"), runs=1)
    names = [row[0] for row in report.rows]
    assert names == [*generation.PARTS.values(), "all else", "the picture"]
    *parts, whole = (float(row[-1]) for row in report.rows)
    assert sum(parts) == pytest.approx(whole, abs=0.01)
