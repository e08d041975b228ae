"""The start of a process: from its first line to the first picture, with what an earlier one kept.

Beside it, in turns, the same with JAX's own cache alone, which wants each program traced and
lowered before it looks for it.
"""

import json
import os
import subprocess
import sys
import tempfile
from statistics import median

from tests.bench.environments import ROOT
from tests.bench.report import Report

TAKES = "a minute or two"
BARS = {"first picture": 4.0, "model loaded": 0.3}
"""Seconds on two quiet cores: from the first line, and once JAX is there."""

START = """
import json, sys, time
began = time.perf_counter()
parts = {}

def ended(part):
    parts[part] = time.perf_counter() - began - sum(parts.values())

import jax
ended("JAX imported")
from inference.pipeline import Pipeline
from inference.program_cache import remember_compilations
from inference.request import GenerationRequest
from training.loop.compiling import remember_steps
ended("core imported")
from transformers import CLIPTokenizer
ended("tokenizer's library imported")
(remember_compilations if sys.argv[1] == "ours" else remember_steps)()
pipeline = Pipeline.load("embedded")
ended("model loaded")
for _ in pipeline.generate(GenerationRequest(prompt="a red apple, flat icon")):
    pass
ended("picture painted")
parts["first picture"] = time.perf_counter() - began
print(json.dumps(parts))
"""
WAYS = {"ours": "programs kept by us", "jax": "JAX's cache alone"}


def bench(*, runs: int) -> Report:
    """`runs` starts in each way, after one that fills its cache."""
    parts: dict[str, dict[str, list[float]]] = {way: {} for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(runs + 1):
            for way in WAYS:
                started = _started(way, folder)
                if turn:
                    for part, seconds in started.items():
                        parts[way].setdefault(part, []).append(seconds)
    found = {way: {part: median(all_) for part, all_ in parts[way].items()} for way in WAYS}
    rows = [
        [part, *(f"{found[way][part]:.2f} s" for way in WAYS), _ratio(found, part)]
        for part in found["ours"]
    ]
    bars = [
        f"bar: {part} in {bar:g} s: {'met' if found['ours'][part] <= bar else 'missed'}"
        for part, bar in BARS.items()
    ]
    columns = ["part", *WAYS.values(), "ratio"]
    return Report(f"Start of a process, median of {runs}, in turns", columns, rows, bars)


def _ratio(found: dict[str, dict[str, float]], part: str) -> str:
    return f"{found['ours'][part] / found['jax'][part]:.2f}"


def _started(way: str, folder: str) -> dict[str, float]:
    unset = ("JAX_COMPILATION_CACHE_DIR", "JAX_ENABLE_COMPILATION_CACHE")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment["XDG_CACHE_HOME"] = f"{folder}/{way}"
    ran = subprocess.run(
        [sys.executable, "-c", START, way],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout.splitlines()[-1])
