"""Builds what compares pictures: the library of similar cases and the check of drawn pictures.

Imports the model libraries; `workers.eyes` is what a worker without them may import.
"""

from functools import partial
from typing import Final

from core.domain.errors import ModelUnavailable
from core.ontology import Ontology
from workers.devices import Device
from workers.eyes import NONE, Eyes, Wanted
from workers.models import read_entry
from workers.retrieval.consulting import Consulting
from workers.retrieval.embedding import Embedder, PairEmbedder, build_embedder
from workers.retrieval.files import load_index
from workers.retrieval.library import open_library
from workers.verifier import Reader, Verifier
from workers.verifier.heads import load_heads
from workers.verifier.rules import PictureRules
from workers.verifier.zero_shot import ZeroShotReader

WORDS: Final = "words"


def build(wanted: Wanted, ontology: Ontology, device: Device) -> Eyes:
    """Load the embedder, once, and what stands on it.

    Raises:
        ModelUnavailable: Something is missing, damaged, or made with another embedder.
    """
    entry = read_entry(wanted.models_file, "embedder", wanted.embedder)
    embedder = build_embedder(entry, device)
    verifier = _verifier(wanted, ontology, embedder)
    if wanted.cases == NONE:
        return Eyes(verifier=verifier)
    library = open_library(wanted.root / wanted.cases, embedder)
    return Eyes(
        consultant=partial(Consulting, library=library),
        verifier=verifier,
        example=lambda condition_id: library.example(condition_id, None),
    )


def _verifier(wanted: Wanted, ontology: Ontology, embedder: Embedder) -> Verifier | None:
    if wanted.verifier == NONE:
        return None
    copies = None
    if wanted.trained_on != NONE:
        copies = load_index(wanted.root / wanted.trained_on, embedder.name)
    return PictureRules(
        reader=_reader(wanted, ontology, embedder),
        ontology=ontology,
        embedder=embedder,
        trained_on=copies,
    )


def _reader(wanted: Wanted, ontology: Ontology, embedder: Embedder) -> Reader:
    if wanted.verifier != WORDS:
        return load_heads(wanted.root / wanted.verifier, embedder)
    if not isinstance(embedder, PairEmbedder):
        raise ModelUnavailable(
            f"the embedder {wanted.embedder!r} has no words; choose a CLIP- or SigLIP-type one, "
            "or a folder of heads"
        )
    return ZeroShotReader(embedder=embedder, ontology=ontology)
