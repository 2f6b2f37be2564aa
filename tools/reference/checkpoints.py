"""Writes the golden checkpoints of test/golden/checkpoints with PyTorch itself.

Made with PyTorch 2.13.0, NumPy 2.4.6, safetensors 0.8.0:  python tools/reference/checkpoints.py
and with PyTorch 1.13.1 (no NumPy needed):                 python tools/reference/checkpoints.py --tag torch1.13
Each file's tensors are listed byte for byte in expected-TAG.json, as PyTorch reads them back.
"""

import argparse
import collections
import io
import json
import pathlib
import pickle
import struct
import sys
import types
import zipfile

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--out", default="test/golden/checkpoints")
parser.add_argument("--tag", default="torch2.13")
options = parser.parse_args()
OUT = pathlib.Path(options.out)
OUT.mkdir(parents=True, exist_ok=True)
expected = {}


def raw(tensor):
    tensor = tensor.detach().contiguous()
    width = tensor.element_size()
    if tensor.numel() == 0:
        return ""
    ints = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[width]
    pattern = {1: "B", 2: "h", 4: "i", 8: "q"}[width]
    values = tensor.reshape(-1).view(ints).tolist() if tensor.dtype != torch.bool else [int(v) for v in tensor.reshape(-1)]
    return struct.pack(f"<{len(values)}{pattern}", *values).hex()


def describe(state_dict):
    return {
        name: {"dtype": str(t.dtype).replace("torch.", ""), "shape": list(t.shape), "hex": raw(t)}
        for name, t in state_dict.items()
        if isinstance(t, torch.Tensor)
    }


def record(name, format, state_dict):
    expected[name] = {"format": format, "tensors": describe(state_dict)}


def everything():
    special = [0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan"), 1e-7, 65504.0]
    base = torch.arange(24.0).reshape(2, 3, 4)
    state = collections.OrderedDict()
    for kind in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        state[f"special.{str(kind)[6:]}"] = torch.tensor(special, dtype=kind)
    for kind in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8):
        info = torch.iinfo(kind)
        state[f"range.{str(kind)[6:]}"] = torch.tensor([[info.min, 0, 1], [2, 3, info.max]], dtype=kind)
    state["bool"] = torch.tensor([True, False, True])
    state["scalar"] = torch.tensor(2.5)
    state["bn.num_batches_tracked"] = torch.tensor(7)
    state["empty"] = torch.empty(0, 3)
    state["base"] = base
    state["view.transposed"] = base.transpose(0, 2)
    state["view.offset"] = base[1]
    state["view.strided"] = base[:, ::2, 1:3]
    state["view.expanded"] = torch.tensor([1.0, 2.0]).expand(3, 2)
    state["view.int64"] = torch.arange(6).reshape(2, 3).t()
    state["view.bfloat16"] = torch.arange(6.0).bfloat16().reshape(2, 3).t()
    state["conv.weight"] = torch.nn.Parameter(torch.arange(2 * 3 * 2 * 2.0).reshape(2, 3, 2, 2).to(memory_format=torch.channels_last))
    state["tied.weight"] = state["conv.weight"]
    state._metadata = collections.OrderedDict([("", {"version": 1}), ("bn", {"version": 2})])
    return state


def save(value, name, **how):
    torch.save(value, OUT / name, **how)


def fake_class(module, name, bases=(object,)):
    """A class of a library that need not be installed: only its name reaches the file."""
    parts = module.split(".")
    for i in range(len(parts)):
        path = ".".join(parts[: i + 1])
        sys.modules.setdefault(path, types.ModuleType(path))
    made = type(name, bases, {"__module__": module})
    setattr(sys.modules[module], name, made)
    return made


def containers():
    state = everything()
    for protocol in (2, 3, 4, 5):
        name = f"{options.tag}-zip-protocol{protocol}.pth"
        save(state, name, pickle_protocol=protocol)
        record(name, "torch-zip", torch.load(OUT / name, weights_only=False))
        name = f"{options.tag}-legacy-protocol{protocol}.pth"
        save(state, name, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        record(name, "torch-legacy", torch.load(OUT / name, weights_only=False))


def trainers():
    model_checkpoint = fake_class("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
    attribute_dict = fake_class("lightning_fabric.utilities.data", "AttributeDict", (dict,))
    history_buffer = fake_class("mmengine.logging.history_buffer", "HistoryBuffer")
    state = collections.OrderedDict()
    state["model.seg_model.encoder.conv1.weight"] = torch.arange(6.0).reshape(2, 3)
    state["model.seg_model.segmentation_head.0.bias"] = torch.arange(3.0).half()
    state["model.enc.0.weight"] = torch.ones(2, 2)
    state["criterion.weight"] = torch.tensor([1.0, 0.0, 1.0])
    hyper = attribute_dict(lr=0.02, classes=19, folder=pathlib.PurePosixPath("/data/flair"), names=("urban", "water"))
    hyper["criterion"] = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 0.5]))
    weight = torch.nn.Parameter(torch.arange(4.0))
    optimizer = torch.optim.Adam([weight], lr=0.02)
    weight.grad = torch.ones(4)
    optimizer.step()
    lightning = {
        "epoch": 65,
        "global_step": 8125,
        "pytorch-lightning_version": "1.8.6",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"current": {"completed": 65}}}},
        "callbacks": {
            model_checkpoint: {"best_model_score": torch.tensor(0.5443), "best_model_path": "ckpt.ckpt"},
            "EarlyStopping{'monitor': 'val_loss'}": {"wait_count": 3, "stopped_epoch": 0, "best_score": torch.tensor(0.55)},
        },
        "optimizer_states": [optimizer.state_dict()],
        "lr_schedulers": [{"factor": 0.5, "best": float("inf"), "num_bad_epochs": 0}],
        "hparams_name": "kwargs",
        "hyper_parameters": hyper,
        "args": argparse.Namespace(conf="flair.yaml", strict=True),
        "device": torch.device("cuda", 0),
        "dtype": torch.bfloat16,
        "size": torch.Size([2, 3]),
    }
    save(lightning, "lightning.ckpt")
    record("lightning.ckpt", "torch-zip", state)
    buffer = history_buffer()
    buffer.__dict__.update(_log_history=[1.0, 0.5], _count_history=[1, 1])
    seg = collections.OrderedDict()
    seg["backbone.patch_embed.proj.weight"] = torch.arange(8.0).reshape(2, 4)
    seg["decode_head.conv_seg.bias"] = torch.arange(3.0)
    mmseg = {"meta": {"epoch": 160, "CLASSES": ("a", "b")}, "state_dict": seg, "message_hub": {"loss": buffer}, "optimizer": {}}
    save(mmseg, "mmseg.pth", _use_new_zipfile_serialization=False)
    record("mmseg.pth", "torch-legacy", seg)
    ema = {name: tensor + 1 for name, tensor in seg.items()}
    save({"model": seg, "state_dict_ema": ema, "epoch": 3}, "timm.pth")
    record("timm.pth", "torch-zip", seg)
    save({"module." + name: tensor for name, tensor in seg.items()}, "data-parallel.pth")
    record("data-parallel.pth", "torch-zip", {"module." + name: tensor for name, tensor in seg.items()})


def big_endian():
    """What a big-endian machine writes: PyTorch reads it back by its `byteorder` entry."""
    state = everything()
    source = io.BytesIO()
    torch.save(state, source)
    pickled = []

    class Finder(pickle.Unpickler):
        def persistent_load(self, saved):
            pickled.append((saved[2], saved[1]))
            return torch.storage.TypedStorage(wrap_storage=torch.UntypedStorage(saved[4] * saved[1]().element_size()), dtype=saved[1].dtype, _internal=True)

        def find_class(self, module, name):
            return getattr(torch, name) if module == "torch" else super().find_class(module, name)

    name = "big-endian.pth"
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(OUT / name, "w") as write:
        Finder(io.BytesIO(read.read("archive/data.pkl"))).load()
        widths = {key: kind().element_size() for key, kind in pickled}
        for entry in read.namelist():
            content = read.read(entry)
            if entry == "archive/byteorder":
                content = b"big"
            if entry.startswith("archive/data/"):
                width = widths[entry.split("/")[-1]]
                content = b"".join(content[i : i + width][::-1] for i in range(0, len(content), width))
            write.writestr(zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0)), content)
    loaded = torch.load(OUT / name, weights_only=False)
    assert describe(loaded) == describe(state)
    record(name, "torch-zip", loaded)


def legacy_parts():
    """Parts of storages, as PyTorch before 0.4 saved them: `(key, first element, size)` at the end of the reference."""
    whole = torch.arange(10.0)
    class Part:
        def __init__(self, storage, offset, size):
            self.id = ("storage", torch.FloatStorage, "77", "cpu", 10, (f"part{offset}", offset, size))

    class Rebuild:
        def __init__(self, part, size):
            self.part, self.size = part, size

        def __reduce__(self):
            return torch._utils._rebuild_tensor, (self.part, 1, (self.size,), (1,))

    class Pickler(pickle._Pickler):
        def persistent_id(self, value):
            return value.id if isinstance(value, Part) else None

    name = "legacy-parts.pth"
    state = collections.OrderedDict(a=Rebuild(Part(whole, 2, 4), 3), b=Rebuild(Part(whole, 5, 5), 2))
    with open(OUT / name, "wb") as file:
        for value in (torch.serialization.MAGIC_NUMBER, torch.serialization.PROTOCOL_VERSION):
            pickle.dump(value, file, protocol=2)
        pickle.dump({"protocol_version": 1001, "little_endian": False, "type_sizes": {"short": 2, "int": 4, "long": 4}}, file, protocol=2)
        Pickler(file, protocol=2).dump(state)
        pickle.dump(["77"], file, protocol=2)
        file.write(struct.pack("<q", 10) + struct.pack("<10f", *whole.tolist()))
    loaded = torch.load(OUT / name, weights_only=False)
    assert loaded["a"].tolist() == [3.0, 4.0, 5.0] and loaded["b"].tolist() == [6.0, 7.0]
    record(name, "torch-legacy", loaded)


class Evil:
    def __reduce__(self):
        import os

        return os.system, ("echo executed",)


def refused():
    save({"state_dict": {"w": torch.zeros(1)}, "callbacks": Evil()}, "evil.pth")
    save({"w": torch.zeros(1), "evil": Evil()}, "evil-legacy.pth", _use_new_zipfile_serialization=False)
    save(torch.nn.Sequential(torch.nn.Linear(2, 1)), "whole-model.pth")
    save({"w": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8)}, "quantised.pth")
    save({"w": torch.ones(2, 2).to_sparse()}, "sparse.pth")
    save({"w": torch.ones(2, dtype=torch.complex64)}, "complex.pth")
    save({"w": torch.ones(2, dtype=torch.uint16)}, "uint16.pth")
    save({"w": torch.ones(2).to(torch.float8_e4m3fn)}, "float8.pth")
    save({"w": torch.ones(2, device="meta")}, "meta.pth")
    save({"epoch": 3, "lr": 0.1}, "no-weights.pth")
    save([torch.ones(2)], "list.pth")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 1)), OUT / "torchscript.pt")
    torch.save({"w": torch.ones(3)}, OUT / "deflated.tmp")
    with zipfile.ZipFile(OUT / "deflated.tmp") as read, zipfile.ZipFile(OUT / "deflated.pth", "w", zipfile.ZIP_DEFLATED) as write:
        for entry in read.namelist():
            write.writestr(zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0)), read.read(entry), zipfile.ZIP_DEFLATED)
    (OUT / "deflated.tmp").unlink()


def others():
    import numpy as np
    import safetensors.torch

    state = {name: tensor.detach().clone(memory_format=torch.contiguous_format) for name, tensor in everything().items() if name != "tied.weight"}
    safetensors.torch.save_file(state, OUT / "reference.safetensors", metadata={"format": "pt", "note": "é"})
    record("reference.safetensors", "safetensors", safetensors.torch.load_file(OUT / "reference.safetensors"))

    numpy_values = {
        "array": np.arange(6, dtype=">f4").reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6, dtype="u4").reshape(2, 3)),
        "double": np.float64(0.25),
        "count": np.int64(12),
        "flag": np.bool_(True),
        "texts": np.array(["a", "b"]),
    }
    for protocol in (2, 5):
        name = f"numpy-protocol{protocol}.pth"
        save({"state_dict": {"w": torch.arange(3.0)}, **numpy_values}, name, pickle_protocol=protocol)
        record(name, "torch-zip", {"w": torch.arange(3.0)})
    with open(OUT / "plain.pkl", "wb") as file:
        pickle.dump({"model": {"w": np.arange(4, dtype="f4"), "b": np.float32(1)}, "matching_heuristics": True}, file)
    record("plain.pkl", "pickle", {"w": torch.arange(4.0)})

    torch.serialization.set_crc32_options(False)
    save({"w": torch.arange(3.0)}, "no-checksums.pth")
    torch.serialization.set_crc32_options(True)
    record("no-checksums.pth", "torch-zip", {"w": torch.arange(3.0)})

    arrays = {
        "f8": np.array([0.5, np.nan, -np.inf]),
        "f4-fortran": np.asfortranarray(np.arange(24, dtype="f4").reshape(2, 3, 4)),
        "f2": np.array([1, 65504, 6e-8, np.nan], dtype="f2"),
        "u2-big": np.array([[1, 2, 65535]], dtype=">u2"),
        "i8-big-fortran": np.asfortranarray(np.arange(6, dtype=">i8").reshape(2, 3)),
        "b1": np.array([True, False]),
        "i1": np.array([-128, 127], dtype="i1"),
        "u8": np.array([2**64 - 1], dtype="u8"),
        "scalar": np.array(7, dtype="i4"),
        "empty": np.empty((0, 4), dtype="f4"),
    }
    listing = {}
    for name, array in arrays.items():
        np.save(OUT / f"{name}.npy", array)
        plain = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
        listing[name] = {"dtype": str(plain.dtype), "shape": list(array.shape), "hex": plain.tobytes().hex()}
    np.savez(OUT / "arrays.npz", **arrays)
    np.savez_compressed(OUT / "compressed.npz", **arrays, zeros=np.zeros((100, 100), "f4"))
    np.save(OUT / "structured.npy", np.zeros(2, dtype=[("x", "f4"), ("y", "i4")]))
    np.save(OUT / "complex.npy", np.zeros(2, dtype="c8"))
    (OUT / "expected-numpy.json").write_text(json.dumps(listing, indent=1) + "\n")


containers()
if options.tag == "torch2.13":
    trainers()
    big_endian()
    legacy_parts()
    refused()
    others()
(OUT / f"expected-{options.tag}.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
