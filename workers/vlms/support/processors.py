"""Processors without torchvision.

Families that also take videos (Qwen-VL, LLaVA-OneVision, SmolVLM, InternVL) refuse to load their
processor where torchvision is missing. Here it is put together from the parts that photos need.
"""

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from transformers import AutoConfig, AutoImageProcessor, AutoProcessor, AutoTokenizer
from transformers.utils import cached_file

_NOT_ARGUMENTS: Final = (
    "auto_map", "chat_template", "image_processor", "processor_class", "tokenizer",
    "video_processor",
)  # fmt: skip

_PLAIN: Final = (
    "{% for m in messages %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}IMAGE{% endif %}{% endfor %}{% endfor %}"
    "{% for m in messages %}{{ m['role'] }}: {% for c in m['content'] %}"
    "{% if c['type'] == 'text' %}{{ c['text'] }}{% endif %}{% endfor %}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
"""For checkpoints without a chat template (PaliGemma): all photos first, as they were trained."""


class NoVideo:
    """Stands where a video processor is expected; only ever asked for constants."""

    model_input_names: Final = ()
    merge_size: Final = 2
    temporal_patch_size: Final = 2
    num_frames: Final = 0
    fps: Final = 0

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refuse.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("videos are not supported")


def load_processor(source: str, revision: str) -> Any:
    """Return a checkpoint's processor.

    Args:
        source: Folder or hub id.
        revision: Commit or tag of a hub id.

    Raises:
        OSError: A file is missing or cannot be fetched.
        ValueError: The checkpoint has no processor that takes photos and text.
    """
    try:
        processor = AutoProcessor.from_pretrained(source, revision=revision)
    except (ImportError, ValueError, AttributeError) as refusal:
        processor = _composed(source, revision, refusal)
    if not processor.chat_template:
        processor.chat_template = _PLAIN.replace("IMAGE", getattr(processor, "image_token", ""))
    return processor


def _composed(source: str, revision: str, refusal: Exception) -> Any:
    settings = _json(source, revision, "preprocessor_config.json")
    settings |= _json(source, revision, "processor_config.json")
    model_type = AutoConfig.from_pretrained(source, revision=revision).model_type
    if "processor_class" not in settings:
        raise ValueError(f"no processor for {model_type!r}: {refusal}") from refusal
    module = import_module(f"transformers.models.{model_type}.processing_{model_type}")
    image_only = _image_only(getattr(module, settings["processor_class"]))
    tokenizer = AutoTokenizer.from_pretrained(source, revision=revision)
    known = inspect.signature(image_only.__init__).parameters
    arguments = {
        key: settings[key] for key in known if key in settings and key not in _NOT_ARGUMENTS
    }
    return image_only(
        image_processor=AutoImageProcessor.from_pretrained(source, revision=revision),
        tokenizer=tokenizer,
        video_processor=NoVideo(),
        chat_template=_template(source, revision) or tokenizer.chat_template,
        **arguments,
    )


def _image_only(family: Any) -> Any:
    """Return a subclass of a processor that does not insist on a video processor."""

    def check(self: Any, name: str, argument: Any) -> Any:
        if name == "video_processor":
            return NoVideo
        return family.check_argument_for_proper_class(self, name, argument)

    return type(family.__name__, (family,), {"check_argument_for_proper_class": check})


def _template(source: str, revision: str) -> str | None:
    path = _file(source, revision, "chat_template.jinja")
    if path is not None:
        return path.read_text(encoding="utf-8")
    template = _json(source, revision, "chat_template.json").get("chat_template")
    return str(template) if template else None


def _json(source: str, revision: str, name: str) -> dict[str, Any]:
    path = _file(source, revision, name)
    return dict(json.loads(path.read_bytes())) if path else {}


def _file(source: str, revision: str, name: str) -> Path | None:
    path = cached_file(
        source,
        name,
        revision=revision,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    return Path(path) if path else None
