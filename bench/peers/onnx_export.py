"""The bench's network through PyTorch's own exporter: onnx_export.py WEIGHTS FILE SIDE (a batch of any size)."""
import json, struct, sys, warnings
import torch
from unet import Unet

weights, file, side = sys.argv[1], sys.argv[2], int(sys.argv[3])
warnings.filterwarnings("ignore")


def read_safetensors(path):
    with open(path, "rb") as f:
        (length,) = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(length))
        data = bytearray(f.read())
    types = {"F32": torch.float32, "I64": torch.int64}
    return {
        name: torch.frombuffer(data[slice(*entry["data_offsets"])], dtype=types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


net = Unet(5, 19).eval()
net.load_state_dict(read_safetensors(weights))
torch.onnx.export(
    net,
    (torch.randn(1, 5, side, side),),
    file,
    dynamo=False,
    opset_version=17,
    input_names=["images"],
    output_names=["logits"],
    dynamic_axes={"images": {0: "batch"}, "logits": {0: "batch"}},
)
print(json.dumps({"seconds": [0], "torch": torch.__version__}))
