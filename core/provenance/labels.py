"""The machine-readable label: IPTC's digital source type, in XMP.

Source: IPTC NewsCodes "Digital Source Type", cv.iptc.org/newscodes/digitalsourcetype, and IPTC
Photo Metadata Standard 2025.1 (``DigitalSourceType``, ``AISystemUsed``). The standard keeps both
fields in XMP only; the old binary IPTC block (IIM) has no place for them.
"""

from typing import Final
from xml.sax.saxutils import quoteattr

from core.domain.provenance import Making

_IPTC: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPES: Final[dict[Making, str]] = {
    "generated": _IPTC + "trainedAlgorithmicMedia",
    "schematic": _IPTC + "algorithmicMedia",
    "composite": _IPTC + "compositeWithTrainedAlgorithmicMedia",
}
SYNTHETIC: Final = tuple(kind.encode() for kind in SOURCE_TYPES.values())
"""Addresses that label a file as synthetic, whoever made it."""

_XMP: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    "Iptc4xmpExt:DigitalSourceType={source_type} Iptc4xmpExt:AISystemUsed={system}/>"
    "</rdf:RDF></x:xmpmeta>"
)


def xmp(making: Making, system: str) -> str:
    """Return the XMP packet of a picture.

    Args:
        making: How it was made.
        system: Which model made it.
    """
    return _XMP.format(source_type=quoteattr(SOURCE_TYPES[making]), system=quoteattr(system))
