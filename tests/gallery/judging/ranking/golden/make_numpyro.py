"""Golden posteriors of small juries, sampled with NumPyro: the model of `ranking.model`.

Made once, in an environment of its own (numpyro 0.22.0, jax 0.10.2), in ten minutes:

    PYTHONPATH=. python tests/gallery/judging/ranking/golden/make_numpyro.py

Qualities are above the mean of all demos. The priors are written out here, not imported, so that
the product cannot change them unnoticed.
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.infer import MCMC, NUTS

from gallery.judging.ranking.simulation import Evening, Jury, evening

numpyro.enable_x64()
FOLDER = Path(__file__).parent
JURIES = {
    "few": (Jury(demos=6, jurors=3, looks=3, order=0.3), 11),
    "sprint": (Jury(demos=20, jurors=6, looks=3, comparisons=30, order=0.3), 12),
    "lively": (Jury(demos=12, jurors=5, looks=4, comparisons=10), 13),
}
OUTCOMES = {"right": 0, "equal": 1, "left": 2}
CHAINS, WARMUP, SAMPLES = 4, 1500, 6000


def log_between(upper, lower):
    """log(F(upper) - F(lower)), the ends infinite."""
    gap = jnp.where(jnp.isfinite(upper - lower), jnp.expm1(lower - upper), -1.0)
    above = jnp.where(
        jnp.isposinf(upper), 0.0, jax.nn.log_sigmoid(jnp.where(jnp.isposinf(upper), 0.0, upper))
    )
    below = jnp.where(
        jnp.isneginf(lower), 0.0, jax.nn.log_sigmoid(-jnp.where(jnp.isneginf(lower), 0.0, lower))
    )
    return above + below + jnp.log(-gap)


def model(shape, data):
    D, J, C, K = shape
    scale = {
        name: numpyro.sample(name, dist.LogNormal(jnp.log(median), 0.5))
        for name, median in (
            ("quality", 1.0),
            ("criterion", 0.5),
            ("taste", 0.5),
            ("severity", 0.7),
            ("threshold", 1.5),
        )
    }

    def normal(name, size):
        return numpyro.sample(name, dist.Normal(jnp.zeros(size), 1.0).to_event(len(size)))

    theta = scale["quality"] * normal("z_quality", (D, 1)) + scale["criterion"] * normal(
        "z_own", (D, C)
    )
    theta = numpyro.deterministic("theta", theta)
    severity = numpyro.deterministic("s", scale["severity"] * normal("z_severity", (J,)))
    a = jnp.exp(numpyro.deterministic("log_a", 0.25 * normal("z_a", (J,))))
    taste = scale["taste"] * normal("z_taste", (data["looks"],))
    order = numpyro.sample("order", dist.Normal(0.0, 0.3))
    support = dist.constraints.ordered_vector
    cuts = numpyro.sample("cuts", dist.ImproperUniform(support, (C,), (K - 1,)))
    padded = jnp.concatenate([jnp.full((C, 1), -jnp.inf), cuts, jnp.full((C, 1), jnp.inf)], axis=1)
    numpyro.factor("width", dist.Normal(0.0, scale["threshold"]).log_prob(cuts).sum())
    numpyro.factor("steps", 0.5 * log_between(-padded[:, :-1], -padded[:, 1:]).sum())
    juror, criterion, step = data["juror"], data["criterion"], data["step"]
    m = (
        theta[data["demo"], criterion]
        + taste[data["look"]]
        - severity[juror]
        + order * data["moment"]
    )
    lower, upper = padded[criterion, step], padded[criterion, step + 1]
    t1 = jnp.where(step == 0, jnp.inf, a[juror] * (m - jnp.where(step == 0, 0.0, lower)))
    t2 = jnp.where(step == K - 1, -jnp.inf, a[juror] * (m - jnp.where(step == K - 1, 0.0, upper)))
    numpyro.factor("scores", log_between(t1, t2).sum())
    if len(data["left"]):
        side = numpyro.sample("side", dist.Normal(0.0, 0.3))
        half = numpyro.sample("equal", dist.LogNormal(jnp.log(0.5), 0.7))
        sharper = jnp.exp(numpyro.sample("sharper", dist.Normal(0.0, 0.5)))
        quality = theta @ data["share"]
        apart = quality[data["left"]] - quality[data["right"]]
        z = sharper * a[data["by"]] * apart + side
        outcome = data["outcome"]
        t1 = jnp.where(outcome == 0, jnp.inf, jnp.where(outcome == 1, z + half, z - half))
        t2 = jnp.where(outcome == 2, -jnp.inf, jnp.where(outcome == 1, z - half, z + half))
        numpyro.factor("pairs", log_between(t1, t2).sum())


def data_of(night: Evening):
    keys = [scale.key for scale in night.scales]
    looks = sorted({(score.juror, score.demo) for score in night.scores})
    last = {j: max(s.position for s in night.scores if s.juror == j) for j in night.jurors}
    share = np.array([scale.share for scale in night.scales])
    return {
        "juror": np.array([score.juror for score in night.scores]),
        "demo": np.array([score.demo for score in night.scores]),
        "criterion": np.array([keys.index(score.criterion) for score in night.scores]),
        "step": np.array([score.value - 1 for score in night.scores]),
        "moment": np.array(
            [score.position / max(last[score.juror], 1) - 0.5 for score in night.scores]
        ),
        "look": np.array([looks.index((score.juror, score.demo)) for score in night.scores]),
        "looks": len(looks),
        "share": share / share.sum(),
        "by": np.array([pair.juror for pair in night.comparisons], dtype=int),
        "left": np.array([pair.left for pair in night.comparisons], dtype=int),
        "right": np.array([pair.right for pair in night.comparisons], dtype=int),
        "outcome": np.array(
            [OUTCOMES[pair.outcome.value] for pair in night.comparisons], dtype=int
        ),
    }


def golden(night: Evening) -> dict:
    data = data_of(night)
    shape = len(night.demos), len(night.jurors), len(night.scales), 5
    kernel = NUTS(model, target_accept_prob=0.95)
    sampler = MCMC(
        kernel,
        num_warmup=WARMUP,
        num_samples=SAMPLES,
        num_chains=CHAINS,
        chain_method="sequential",
        progress_bar=False,
    )
    sampler.run(jax.random.PRNGKey(0), shape, data)
    draws = sampler.get_samples(group_by_chain=True)
    quality = np.asarray(draws["theta"] @ data["share"])
    quality = quality - quality.mean(-1, keepdims=True)
    theta = np.asarray(draws["theta"])
    theta = theta - theta.mean(2, keepdims=True)
    flat = quality.reshape(-1, quality.shape[-1])
    places = np.argsort(np.argsort(-flat, axis=1), axis=1)
    names = ("quality", "criterion", "taste", "severity", "order")
    summary = numpyro.diagnostics.summary({"quality": quality}, group_by_chain=True)["quality"]
    print(
        f"effective draws {summary['n_eff'].min():.0f}, R-hat {summary['r_hat'].max():.4f}, ",
        end="",
    )
    print(f"divergences {int(sampler.get_extra_fields()['diverging'].sum())}")
    return {
        "scores": [[s.juror, s.demo, s.criterion, s.value, s.position] for s in night.scores],
        "comparisons": [[c.juror, c.left, c.right, c.outcome.value] for c in night.comparisons],
        "demos": len(night.demos),
        "jurors": len(night.jurors),
        "scales": [[s.key, s.lowest, s.highest, s.share] for s in night.scales],
        "quality": flat.mean(0).round(5).tolist(),
        "deviation": flat.std(0).round(5).tolist(),
        "lower": np.quantile(flat, 0.05, axis=0).round(5).tolist(),
        "upper": np.quantile(flat, 0.95, axis=0).round(5).tolist(),
        "podium": (places < 3).mean(0).round(5).tolist(),
        "criteria": theta.mean((0, 1)).round(5).tolist(),
        "severity_of_jurors": np.asarray(draws["s"]).mean((0, 1)).round(5).tolist(),
        "log_consistency": np.asarray(draws["log_a"]).mean((0, 1)).round(5).tolist(),
        "spreads": {name: round(float(np.asarray(draws[name]).mean()), 5) for name in names},
    }


if __name__ == "__main__":
    found = {}
    for name, (jury, seed) in JURIES.items():
        print(name, end=": ", flush=True)
        found[name] = golden(evening(jury, np.random.default_rng(seed)))
        (FOLDER / "numpyro.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
