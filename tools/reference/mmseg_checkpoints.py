"""Writes small checkpoints in the layouts of InternImage's authors and of mmsegmentation 1.x with PyTorch itself.

    python tools/reference/mmseg_checkpoints.py          (PyTorch 2.13.0)

The names and shapes are those of the published networks, but only of a few small tensors of each kind; the numbers are
recipe.py's. What surrounds them (plain data, the optimiser, mmengine's history buffers) is as the runners save it.
"""
import collections
import pathlib
import sys
import types

import numpy as np
import recipe
import torch

FOLDER = pathlib.Path(__file__).parents[2] / "test" / "golden" / "checkpoints"
CLASSES = ("building", "road", "water", "tree")
PALETTE = [[219, 14, 154], [147, 142, 123], [21, 83, 174], [70, 228, 131]]


def weights(shapes):
    state = collections.OrderedDict()
    for name, shape in shapes.items():
        counter = name.endswith("num_batches_tracked")
        state[name] = torch.tensor(160000) if counter else torch.from_numpy(np.array(recipe.weight(name, shape)))
    # What torch.nn.Module.state_dict attaches.
    state._metadata = collections.OrderedDict([("", {"version": 1}), ("decode_head.conv_seg", {"version": 1})])
    return state


def norm(name, width):
    shapes = {f"{name}.{key}": [width] for key in ("weight", "bias", "running_mean", "running_var")}
    return {**shapes, f"{name}.num_batches_tracked": []}


def affine(name, *shape):
    return {f"{name}.weight": list(shape), f"{name}.bias": [shape[0]]}


HEADS = {
    **norm("decode_head.psp_modules.0.1.bn", 512),
    **norm("decode_head.fpn_bottleneck.bn", 512),
    **affine("decode_head.conv_seg", 4, 512, 1, 1),
    **norm("auxiliary_head.convs.0.bn", 256),
    **affine("auxiliary_head.conv_seg", 4, 256, 1, 1),
}

INTERN_IMAGE = {
    **affine("backbone.patch_embed.conv1", 32, 3, 3, 3),
    **affine("backbone.patch_embed.norm1.1", 32),
    "backbone.levels.0.blocks.0.gamma1": [64],
    **affine("backbone.levels.0.blocks.0.norm1.0", 64),
    **affine("backbone.levels.0.blocks.0.dcn.dw_conv.0", 64, 1, 3, 3),
    **affine("backbone.levels.0.blocks.0.dcn.offset", 72, 64),
    **affine("backbone.levels.0.blocks.0.dcn.mask", 36, 64),
    **affine("backbone.levels.0.downsample.norm.1", 128),
    **HEADS,
}

SWIN = {
    **affine("backbone.patch_embed.projection", 96, 3, 4, 4),
    **affine("backbone.patch_embed.norm", 96),
    **affine("backbone.stages.0.blocks.0.norm1", 96),
    "backbone.stages.0.blocks.0.attn.w_msa.relative_position_bias_table": [169, 3],
    "backbone.stages.0.blocks.0.attn.w_msa.proj.bias": [96],
    "backbone.stages.0.blocks.0.ffn.layers.0.0.bias": [384],
    "backbone.stages.0.downsample.norm.weight": [384],
    **affine("backbone.norm3", 768),
    **HEADS,
}

MASK2FORMER = {
    **affine("backbone.patch_embed.projection", 96, 3, 4, 4),
    **affine("backbone.norm0", 96),
    **affine("decode_head.pixel_decoder.input_convs.0.gn", 256),
    **affine("decode_head.pixel_decoder.encoder.layers.0.norms.0", 256),
    "decode_head.pixel_decoder.level_encoding.weight": [3, 256],
    "decode_head.transformer_decoder.layers.0.self_attn.attn.in_proj_bias": [768],
    **affine("decode_head.transformer_decoder.post_norm", 256),
    **affine("decode_head.cls_embed", 5, 256),
    "decode_head.query_embed.weight": [100, 256],
    "decode_head.level_embed.weight": [3, 256],
}


class HistoryBuffer:
    """Stands for mmengine.logging.history_buffer.HistoryBuffer: a class that nobody who reads the file has."""

    def __init__(self):
        self._max_length = 1000000
        self._set_default_statistics = True
        self._log_history = np.linspace(2, 1, 4)
        self._count_history = np.ones(4, dtype=np.int64)
        self._statistics_methods = collections.OrderedDict()


def pretend_mmengine():
    for name in ("mmengine", "mmengine.logging", "mmengine.logging.history_buffer"):
        sys.modules[name] = types.ModuleType(name)
    HistoryBuffer.__module__ = "mmengine.logging.history_buffer"
    HistoryBuffer.__qualname__ = "HistoryBuffer"
    sys.modules[HistoryBuffer.__module__].HistoryBuffer = HistoryBuffer


def intern_image():
    """mmcv 1.x's runner: the classes and the configuration's text beside the weights."""
    meta = {
        "env_info": "sys.platform: linux\nPython: 3.7.10\nPyTorch: 1.11.0\nMMSegmentation: 0.27.0+unknown",
        "seed": 0,
        "exp_name": "upernet_internimage_t_512_160k_ade20k.py",
        "mmseg_version": "0.27.0+unknown",
        "config": "norm_cfg = dict(type='SyncBN', requires_grad=True)\nmodel = dict(type='EncoderDecoder')\n",
        "CLASSES": CLASSES,
        "PALETTE": PALETTE,
        "epoch": 128,
        "iter": 160000,
        "mmcv_version": "1.5.0",
        "time": "Sat Oct  1 05:12:48 2022",
        "hook_msgs": {},
    }
    return {"meta": meta, "state_dict": weights(INTERN_IMAGE)}


def mmengine_file(shapes):
    """mmengine's runner: history buffers, the optimiser's tensors and the schedulers beside the weights."""
    state = weights(shapes)
    meta = {
        "cfg": "crop_size = (512, 512)\nmodel = dict(type='EncoderDecoder')\n",
        "seed": 1912,
        "experiment_name": "20230807_120000",
        "time": "20230807_180000",
        "mmengine_version": "0.8.4",
        "dataset_meta": {"classes": CLASSES, "palette": PALETTE},
        "epoch": 0,
        "iter": 160000,
    }
    moments = {"step": torch.tensor(160000.0), "exp_avg": torch.zeros(8), "exp_avg_sq": torch.zeros(8)}
    return {
        "meta": meta,
        "state_dict": state,
        "message_hub": {
            "log_scalars": {"train/loss": HistoryBuffer()},
            "runtime_info": {"iter": 159999, "dataset_meta": meta["dataset_meta"]},
            "resumed_keys": {"train/loss": True},
        },
        "optimizer": {"state": {0: moments}, "param_groups": [{"lr": 6e-5, "betas": (0.9, 0.999), "params": [0]}]},
        "param_schedulers": [{"start_factor": 1e-6, "end": 1500, "by_epoch": False, "_last_lr": [6e-5]}],
    }


pretend_mmengine()
torch.save(intern_image(), FOLDER / "internimage-authors.pth")
torch.save(mmengine_file(SWIN), FOLDER / "mmseg1-upernet-swin.pth")
torch.save(mmengine_file(MASK2FORMER), FOLDER / "mmseg1-mask2former-swin.pth")
