"""The embedded demo pack: a world of procedurally rendered skin and the models trained on it.

Nothing here needs a download. The renderer draws twelve conditions on six skin tones from a
seed; the trainers make a small vision-language model and a small Stable Diffusion from those
drawings. The models know rendered skin only, and say nothing about real skin.

Importing this package needs numpy and Pillow, never torch: the trainers import that themselves.
"""

from workers.demo_pack.renderer import Render, render
from workers.demo_pack.scene import CONDITIONS, HELD_OUT, SITES, Scene, sample_scene

__all__ = ["CONDITIONS", "HELD_OUT", "SITES", "Render", "Scene", "render", "sample_scene"]
