#!/usr/bin/env python3
"""Makes a Core ML package from a PyTorch checkpoint of Depth Anything V2.

    python convert_dav2.py vits depth_anything_v2_vits.pth -o DepthAnythingV2Small.mlpackage
    python convert_dav2.py vits depth_anything_v2_vits.pth --check

The package takes an RGB image of one of the enumerated sizes, normalises it
inside, computes in float16 and answers with an array "depth" of the same size:
disparity as the network gives it (not scaled for each picture), larger is
nearer. See README.md for what has been run and what has not.
"""

import argparse
import sys

import torch
import torch.nn.functional as F
from torch import nn

PATCH = 14  # pixels
GRID = 37  # patches a side of the trained position embedding (518 / 14)

# Width x height, the default first. Every side is a multiple of 28: then all
# of the decoder's resizing has constant factors (an odd number of patches
# would be halved to 19 and doubled to 38), and one traced graph serves every
# size. 504 is the multiple nearest to the 518 of training.
SIZES = ["504x504", "896x504", "756x504", "672x504", "504x756", "504x672", "504x896", "448x252", "252x448"]

MODELS = {
    "vits": dict(features=64, out_channels=[48, 96, 192, 384]),
    "vitb": dict(features=128, out_channels=[96, 192, 384, 768]),
    "vitl": dict(features=256, out_channels=[256, 512, 1024, 1024]),
}

LICENCES = {"vits": "Apache-2.0", "vitb": "CC-BY-NC-4.0 (not for commercial use)", "vitl": "CC-BY-NC-4.0 (not for commercial use)"}


def cubic(x, a=-0.75):
    """The cubic convolution kernel of torch.nn.functional.interpolate."""
    x = x.abs()
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return torch.where(x <= 1, near, torch.where(x < 2, far, torch.zeros_like(x)))


def resizing(patches, offset):
    """The matrix [patches, GRID] that resizes one side of the position
    embedding, as the network's bicubic interpolation does: sample positions
    shifted by its offset (0.1), taps outside the grid clamped to its edge."""
    scale = GRID / (patches + offset)
    source = scale * (torch.arange(patches, dtype=torch.float64) + 0.5) - 0.5
    taps = torch.floor(source)[:, None] + torch.arange(-1, 3, dtype=torch.float64)
    matrix = torch.zeros(patches, GRID, dtype=torch.float64)
    matrix.scatter_add_(1, taps.clamp(0, GRID - 1).long(), cubic(source[:, None] - taps))
    return matrix


class Positions(nn.Module):
    """The position embedding for any even number of patches, as two matrix
    products. The matrices of every side are constants in a table, from which
    the traced graph picks by the picture's size: no bicubic operation, which
    Core ML lacks, and nothing computed in float16 that needs more."""

    def __init__(self, dino, sides):
        super().__init__()
        dim = dino.pos_embed.shape[-1]
        with torch.no_grad():
            self.register_buffer("class_token", dino.pos_embed[:, :1].clone())
            self.register_buffer("grid", dino.pos_embed[:, 1:].reshape(GRID, GRID, dim).clone())
        most = max(sides)
        table = torch.zeros(most + 1, most, GRID, dtype=torch.float64)
        for n in sides:
            table[n, :n] = resizing(n, dino.interpolate_offset)
        self.register_buffer("table", table.float())

    def side(self, n):
        # While tracing n is a tensor, and picking by it becomes part of the graph.
        index = n.reshape(1) if isinstance(n, torch.Tensor) else torch.tensor([n])
        return torch.index_select(self.table, 0, index)[0, :n]

    def forward(self, high, wide):
        dim = self.grid.shape[-1]
        rows = torch.matmul(self.side(high), self.grid.reshape(GRID, GRID * dim))  # [high, GRID * dim]
        both = torch.matmul(self.side(wide), rows.reshape(high, GRID, dim))  # [high, wide, dim]
        return torch.cat((self.class_token, both.reshape(1, high * wide, dim)), dim=1)


class Traceable(nn.Module):
    """Depth Anything V2 with the same weights and the same results, written so
    that a trace holds for all sizes. Takes RGB 0..1, [1,3,H,W]; gives
    disparity [1,H,W]."""

    def __init__(self, model, sides):
        super().__init__()
        self.dino, self.head = model.pretrained, model.depth_head
        self.layers = model.intermediate_layer_idx[model.encoder]
        self.positions = Positions(self.dino, sides)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1))

    def features(self, x, high, wide):
        tokens = self.dino.patch_embed(x)
        tokens = torch.cat((self.dino.cls_token.expand(tokens.shape[0], -1, -1), tokens), dim=1)
        tokens = tokens + self.positions(high, wide)
        taken = []
        for i, block in enumerate(self.dino.blocks):
            tokens = block(tokens)
            if i in self.layers:
                taken.append(self.dino.norm(tokens)[:, 1:])
        return taken

    def forward(self, image):
        high, wide = image.shape[-2] // PATCH, image.shape[-1] // PATCH
        maps = []
        for i, t in enumerate(self.features((image - self.mean) / self.deviation, high, wide)):
            m = t.permute(0, 2, 1).reshape(1, t.shape[-1], high, wide)
            maps.append(self.head.resize_layers[i](self.head.projects[i](m)))
        s = self.head.scratch
        # Without a size the fusion blocks double, which is what the sizes ask for.
        path = s.refinenet4(s.layer4_rn(maps[3]))
        path = s.refinenet3(path, s.layer3_rn(maps[2]))
        path = s.refinenet2(path, s.layer2_rn(maps[1]))
        path = s.refinenet1(path, s.layer1_rn(maps[0]))
        # 8 values a patch become its 14 pixels.
        out = F.interpolate(s.output_conv1(path), scale_factor=PATCH / 8, mode="bilinear", align_corners=True)
        return F.relu(s.output_conv2(out)).squeeze(1)


def load(encoder, checkpoint):
    """The reference implementation with the checkpoint's weights; None leaves
    them random, which is enough for --check."""
    try:
        from depth_anything_v2.dpt import DepthAnythingV2
    except ImportError as e:
        sys.exit(f"{e}: clone https://github.com/DepthAnything/Depth-Anything-V2 and add it to PYTHONPATH")
    model = DepthAnythingV2(encoder=encoder, **MODELS[encoder])
    if checkpoint and checkpoint.endswith(".safetensors"):
        from safetensors.torch import load_file

        model.load_state_dict(load_file(checkpoint))
    elif checkpoint:
        model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    else:
        # Random positions of the initial, tiny size would hide a wrong resizing.
        nn.init.normal_(model.pretrained.pos_embed)
        # And an answer cut off at zero everywhere would compare equal.
        nn.init.constant_(model.depth_head.scratch.output_conv2[2].bias, 1)
    return model.eval()


def parse_sizes(words):
    sizes = []
    for word in words:
        w, h = (int(n) for n in word.split("x"))
        if w % 28 or h % 28 or min(w, h) < 28:
            sys.exit(f"{word}: both sides must be multiples of 28")
        sizes.append((w, h))
    return sizes


def check(model, traceable, sizes):
    """Compares a trace, taken at the first size, with the reference
    implementation at every size. Returns whether all agree."""
    mean, deviation = traceable.mean, traceable.deviation
    w, h = sizes[0]
    traced = torch.jit.trace(traceable, torch.rand(1, 3, h, w))
    good = True
    for w, h in sizes:
        image = torch.rand(1, 3, h, w, generator=torch.Generator().manual_seed(w * h))
        with torch.no_grad():
            want, got = model((image - mean) / deviation), traced(image)
        span = (want.max() - want.min()).item()
        worst = (want - got).abs().max().item() / max(span, 1e-12)
        fine = got.shape == want.shape and span > 1e-6 and worst < 1e-4
        good = good and fine
        print(f"{w} x {h}: largest difference {worst:.1e} of the range{'' if fine else '  WRONG'}")
    return good


def convert(traceable, encoder, sizes, out):
    import coremltools as ct
    import numpy as np

    w, h = sizes[0]
    with torch.no_grad():
        traced = torch.jit.trace(traceable, torch.rand(1, 3, h, w))
    shapes = [(1, 3, h, w) for w, h in sizes]
    shape = shapes[0] if len(shapes) == 1 else ct.EnumeratedShapes(shapes=shapes, default=shapes[0])
    package = ct.convert(
        traced,
        inputs=[ct.ImageType(name="image", shape=shape, scale=1 / 255.0, color_layout=ct.colorlayout.RGB)],
        outputs=[ct.TensorType(name="depth", dtype=np.float16)],
        convert_to="mlprogram",
        compute_precision=ct.precision.FLOAT16,
        minimum_deployment_target=ct.target.macOS14,
        skip_model_load=sys.platform != "darwin",
    )
    package.short_description = "Depth Anything V2, relative disparity, larger is nearer"
    package.author = "Depth Anything V2 authors; converted with Spatial Maker's script"
    package.license = LICENCES[encoder]
    package.input_description["image"] = "RGB picture of one of the enumerated sizes, stretched to fit"
    package.output_description["depth"] = "disparity [1, height, width], not normalised"
    package.save(out)
    print(f"{out}: {', '.join(f'{w}x{h}' for w, h in sizes)}; {LICENCES[encoder]}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("encoder", choices=MODELS)
    p.add_argument("checkpoint", nargs="?", help=".pth or .safetensors; --check also works without one, on random weights")
    p.add_argument("-o", "--output", help="the .mlpackage to write")
    p.add_argument("--sizes", nargs="+", default=SIZES, metavar="WxH", help="sizes the package takes, the default first (one: fixed)")
    p.add_argument("--check", action="store_true", help="compare with the reference implementation instead; needs no coremltools")
    a = p.parse_args()
    if not a.check and not (a.checkpoint and a.output):
        p.error("a checkpoint and --output are needed")
    sizes = parse_sizes(a.sizes)
    torch.manual_seed(0)
    model = load(a.encoder, a.checkpoint)
    traceable = Traceable(model, {side // PATCH for size in sizes for side in size}).eval()
    if a.check:
        sys.exit(0 if check(model, traceable, sizes) else 1)
    convert(traceable, a.encoder, sizes, a.output)


if __name__ == "__main__":
    main()
