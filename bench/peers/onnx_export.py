"""A network through PyTorch's own exporter: onnx_export.py NAME WEIGHTS FILE SIDE (a batch of any size). NAME is "unet", the
bench's own network, or "nvidia/mit-b0", that of transformers with the bench's bands and classes."""
import json, struct, sys, warnings
import torch
from unet import Unet

name, weights, file, side = *sys.argv[1:4], int(sys.argv[4])
bands, classes = 5, 19
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


class Segformer(torch.nn.Module):
    def __init__(self, state):
        super().__init__()
        import transformers as hf

        config = hf.SegformerConfig(num_channels=bands, num_labels=classes, attn_implementation="eager")
        # Not load_state_dict: later versions of transformers call the same weights otherwise.
        self.inner = hf.SegformerForSemanticSegmentation.from_pretrained(None, config=config, state_dict=state)

    def forward(self, x):
        logits = self.inner(pixel_values=x).logits
        return torch.nn.functional.interpolate(logits, size=(side, side), mode="bilinear", align_corners=False)


state = read_safetensors(weights)
if name == "unet":
    net = Unet(bands, classes)
    net.load_state_dict(state)
else:
    net = Segformer(state)
net.eval()
torch.onnx.export(
    net,
    (torch.randn(1, bands, side, side),),
    file,
    dynamo=False,
    opset_version=17,
    input_names=["images"],
    output_names=["logits"],
    dynamic_axes={"images": {0: "batch"}, "logits": {0: "batch"}},
)
print(json.dumps({"seconds": [0], "torch": torch.__version__}))
