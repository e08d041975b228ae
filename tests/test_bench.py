import numpy as np
import pytest

from inference.checkpoints import save_bundle
from inference.serving.ticket import Ticket
from tests.bench import endurance, generation, hlo, kernels, peers, serving, tpu
from tests.bench.__main__ import command, main, parser
from tests.bench.models import SD15, SMALL
from tests.bench.report import Report
from tests.bench.simulation.load import mixed
from tests.bench.simulation.machine import TWO_CORES
from tests.inference.serving.painted import painted
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
            "must be one of start, generation, peers, old_flax, tpu, training, gallery, sessions, "
            "uploads, assignment, jurors, crowd, live, serving, endurance, turns, plan, got "
            "'speed'; choose one",
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
    assert command("peers", chosen).endswith("peers --runs 3")
    assert command("old_flax", chosen).endswith("old_flax --runs 3")
    assert command("sessions", chosen).endswith("sessions --pictures 10000")
    assert command("jurors", chosen).endswith("jurors --jurors 50")
    assert command("crowd", chosen).endswith("crowd --people 50")
    assert command("live", chosen).endswith("live --people 1")
    assert command("turns", chosen) == "python -m tests.bench turns"
    assert command("plan", chosen).endswith(
        "plan --hosts 48 --visitors 10000 --every 30 --steps 20 --controlnets 3 --within 5"
    )
    assert command("tpu", chosen) == "python -m tests.bench tpu"
    assert command("gallery", chosen).endswith("--savers 50 --submissions 10000 --seconds 60")


def test_two_programs_in_turn_add_up_but_share_their_temporary_memory():
    first = {"cycles": 1, "temporary": 3, "kernels": 1, "kinds": {"norms": 1}}
    second = {"cycles": 10, "temporary": 30, "kernels": 2, "kinds": {"norms": 4, "copies": 6}}
    assert tpu.in_turn(first, second) == {
        "cycles": 11,
        "temporary": 30,
        "kernels": 3,
        "kinds": {"norms": 5, "copies": 6},
    }


HLO = """
%fused (a: bf16[2,8]) -> bf16[2,8] {
  ROOT %b = bf16[2,8]{1,0} negate(%a), backend_config={"estimated_cycles":"99"}
}

ENTRY %main (p: bf16[3,3,320,320]) -> bf16[2,64,320] {
  %p = bf16[3,3,320,320]{3,2,1,0:T(8,128)(2,1)} parameter(0)
  %start = (bf16[3,3,320,320]{3,2,1,0:T(8,128)S(3)}, bf16[3,3,320,320]{3,2,1,0}, u32[]{:S(2)}) copy-start(%p)
  %done = bf16[3,3,320,320]{3,2,1,0:T(8,128)S(3)} copy-done(%start)
  %x = f32[2,64,320]{2,1,0:T(8,128)S(3)} fusion(%done), kind=kLoop, calls=%fused, metadata={op_name="jit(f)/conv1/conv_general_dilated"}, backend_config={"window_config":{"estimated_cycles":"1000"}}
  %y = f32[2,64,320]{2,1,0} custom-call(%x), custom_call_target="tpu_custom_call", frontend_attributes={kernel_metadata={
"xprof_metadata":"{\"block_q\": 512}"
}}, metadata={op_name="jit(f)/attn1/pallas_call"}
  ROOT %z = bf16[2,64,320]{2,1,0} fusion(%y, %x), kind=kLoop, calls=%fused, metadata={op_name="jit(f)/norm1/mul"}, backend_config={"estimated_cycles":"50"}
}
"""  # noqa: E501 - as XLA writes it


def test_an_estimate_adds_up_cycles_and_what_goes_to_hbm():
    told = hlo.estimate(HLO)
    assert (told.cycles, told.kernels) == (1050, 1)
    assert told.cycles_by_kind["convolutions"] == 1000
    assert told.cycles_by_kind["norms"] == 50
    weights, y, z = 2 * 9 * 320 * 320, 4 * 2 * 64 * 320, 2 * 2 * 64 * 320
    assert told.hbm_bytes == weights + 2 * y + z, "y is written and read again"


KERNELS = """
  %splash_mha_fwd_residuals.4 = (f32[512,128]{1,0:T(8,128)}, bf16[8,4096,40]{2,1,0:T(8,128)(2,1)}) custom-call(%a, %b), custom_call_target="tpu_custom_call", operand_layout_constraints={s8[1,8,8]{2,1,0}, bf16[8,4096,40]{2,1,0}, bf16[8,4096,40]{2,1,0}}, frontend_attributes={kernel_metadata={
  ROOT %splash_mha_dkv_no_residuals.8 = (f32[512,40]{1,0}, bf16[2,8,1024,80]{3,2,1,0}) custom-call(%a), custom_call_target="tpu_custom_call", operand_layout_constraints={s8[1,2,2]{2,1,0}, bf16[2,8,1024,80]{3,2,1,0}, bf16[2,8,2048,80]{3,2,1,0}}, frontend_attributes={kernel_metadata={
"""  # noqa: E501 - as XLA writes it


def test_the_arithmetic_in_attention_kernels_is_told_from_their_shapes():
    forward = 2 * 2 * 8 * 4096 * 4096 * 40
    of_keys_and_values = 2 * 4 * 2 * 8 * 1024 * 2048 * 80
    assert kernels.attention_flops(KERNELS) == forward + of_keys_and_values


def test_a_peer_is_compared_turn_by_turn():
    times = np.array([[1.0, 2.0, 0.5], [3.0, 3.0, 1.5], [2.0, 8.0, 1.0]])
    assert peers.row("norm", times)[1:] == ["2000.0", "3000.0", "1000.0", "0.50", "2.00"]
    assert set(peers.BARS) <= set(peers.WORKS)


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


def test_each_way_of_serving_answers_every_request_once_and_the_bars_are_said():
    class Quick:
        """An engine whose pictures are there at once."""

        def submit(self, request, *, client):
            ticket = Ticket(0, request, lambda number: None)
            ticket.end(painted(request))
            return ticket

    bench = serving.Bench(Quick())
    arrivals = mixed(count=60, rate=600.0, lane=TWO_CORES.lane)
    outcomes = {
        (0.8, serve.__name__): bench.run(serve, arrivals)
        for serve in (bench.ours, bench.one_at_a_time, bench.whole_runs)
    }
    for done in outcomes.values():
        assert sorted(one.came for one in done) == [arrival.at for arrival in arrivals]
        assert all(one.ended >= one.came for one in done)
    said = serving.verdict(outcomes, alone=1000.0)
    assert len(said) == 4
    assert said[0].endswith("at most 3: held")
    assert serving.verdict(outcomes, alone=1e-9)[0].endswith("NOT HELD")


def test_endurance_counts_what_has_no_end_and_what_was_refused_without_a_word() -> None:
    tally = endurance.Tally(seconds=[1.0, 2.0], compilations=[7, 9])
    tally.ends.update({"result": 5, "cancelled": 2, "lost": 1, "failed: device": 1})
    tally.refused.update({"400": 3, "503": 1, "503!": 1, "500": 1})
    full = endurance.FILLED
    tally.memory += [(0.0, 0, 900_000_000), (130.0, full - 1, 950_000_000)]
    found = {row[0]: row[1] for row in endurance.report(tally, 600).rows}
    assert found == {
        "accepted jobs without an end": "2",
        "refusals without a word or a time": "2",
        "compilations": "2",
        "growth of memory, MB": "not settled",
    }
    tally.memory += [(200.0, full, 1_000_000_000), (600.0, 2 * full, 1_030_000_000)]
    assert endurance.report(tally, 600).rows[-1][1] == "30"
