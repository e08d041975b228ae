"""What a single file of weights is, by the names in it, and what to do with it.

Such files are whole, and not what is loaded here: a model is a folder in the diffusers layout. So
whoever hands one in is told what it is.
"""

import re
from collections.abc import Collection
from pathlib import Path

from inference.checkpoints.safetensors_file import tensor_names
from inference.errors import DamagedWeights

CONVERT = (
    "turn it into a folder with diffusers' StableDiffusionPipeline.from_single_file(FILE)"
    ".save_pretrained(FOLDER) and give the folder"
)
_CONVERT_CONTROLNET = (
    "turn it into a folder with diffusers' ControlNetModel.from_single_file(FILE)"
    ".save_pretrained(FOLDER) and give the folder"
)
FUSE = (
    "load its base model in diffusers, fuse it with load_lora_weights(FILE) and fuse_lora(), save "
    "that with save_pretrained(FOLDER) and give the folder"
)

UPSCALER = "an upscaler, which enlarges what a model has painted"
LORA = "a LoRA, which is a difference to a base model and no model by itself"

KINDS: tuple[tuple[str, str, str], ...] = (
    (
        r"(^|\.)lora_controlnet$|^input_blocks\..*\.(up|down)$",
        "a Control-LoRA, which is a difference to a base model and no ControlNet by itself",
        "give a whole ControlNet: a folder or repository with config.json",
    ),
    (
        r"(^|[._])lora([._]|$)|lora_(up|down|[AB])\b|\.hada_w|\.lokr_w|\.oft_",
        LORA,
        FUSE,
    ),
    (
        r"^(control_model\.|input_hint_block\.|zero_convs\.)",
        "a ControlNet in the layout of its paper's code",
        _CONVERT_CONTROLNET,
    ),
    (
        r"^(model\.diffusion_model|first_stage_model|cond_stage_model|conditioner)\.",
        "a whole checkpoint in one file, in the layout of Stable Diffusion's first code",
        CONVERT,
    ),
    (
        r"^(emb_params|string_to_param|clip_l|clip_g)$|^<[^>]*>$",
        "a textual inversion embedding, which is a word for a model and no model by itself",
        "load its base model in diffusers, add it with load_textual_inversion(FILE), save that "
        "with save_pretrained(FOLDER) and give the folder",
    ),
    (
        r"^(image_proj|ip_adapter)\.",
        "an IP-Adapter, which needs an image encoder that is not here",
        "give a base model, with ControlNets if you like",
    ),
    (r"^body\.\d+\.(weight|bias)$", UPSCALER, "give it with --upscaler, beside a model"),
    (r"^adapter\.|^body\.\d+\.", "a T2I-Adapter", "give a ControlNet instead"),
    (
        r"^(double_blocks|single_blocks|joint_blocks|transformer_blocks)\.",
        "a transformer, of a family that is not here",
        "give a model of the Stable Diffusion 1.x or 2.x family",
    ),
    (
        r"(^|\.)(weight_scale|scale_weight|scaled_fp8|SCB)$|\.(absmax|quant_map)$",
        "weights of few bits with scales of their own beside them",
        "save them as F16, BF16 or F32, with the scales multiplied in",
    ),
    (
        r"^(down_blocks|up_blocks|mid_block|time_embedding|controlnet_\w+|encoder|decoder|"
        r"text_model)\.",
        "one network's weights without their config.json",
        "give the folder or repository that it came in",
    ),
)
"""What names to look for, what they belong to, and the remedy; the first that is found wins."""

WEIGHTS = (".safetensors", ".msgpack", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".onnx")


def kind_of(names: Collection[str]) -> tuple[str, str] | None:
    """What a file with tensors of these names is, and what to do with it; None if nobody knows."""
    for pattern, kind, remedy in KINDS:
        if any(re.search(pattern, name) for name in names):
            return kind, remedy
    return None


def described(path: Path) -> tuple[str, str]:
    """What the file is, and what to do with it. Opens nothing that could run code."""
    suffix = path.suffix.lower()
    if suffix == ".safetensors":
        try:
            names = tensor_names(path)
        except DamagedWeights:
            return "a safetensors file that is not whole", "download it again, as a folder"
        found = kind_of(names)
        return found or ("a file of weights that are not known here", f"if a model is: {CONVERT}")
    if suffix in (".ckpt", ".pt", ".pth", ".bin"):
        return "a file of pickled weights, which can run code when they are read", (
            "look for the same as safetensors, in a folder or repository in the diffusers layout"
        )
    if suffix in WEIGHTS:
        return f"a single {suffix} file", "give the folder that it lies in, with its config.json"
    return "a file", "give the folder that it lies in"
