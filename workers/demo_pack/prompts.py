"""The words of the demo models: names of conditions, tones and severities, and the one prompt.

Standard library only, so a bot can build the prompt without loading a model.
"""

NAMES: dict[str, str] = {
    "melanocytic-nevus": "melanocytic nevus",
    "melanoma": "melanoma",
    "basal-cell-carcinoma": "basal cell carcinoma",
    "seborrheic-keratosis": "seborrheic keratosis",
    "psoriasis": "psoriasis",
    "eczema": "eczema",
    "acne": "acne",
    "vitiligo": "vitiligo",
    "tinea-corporis": "tinea corporis",
    "urticaria": "urticaria",
    "herpes-zoster": "herpes zoster",
    "impetigo": "impetigo",
    "plain-skin": "healthy skin",
}
TONES: tuple[str, ...] = ("very light", "light", "medium", "olive", "brown", "very dark")
SEVERITIES: tuple[str, ...] = ("mild", "moderate", "severe")


def prompt(condition_id: str, tone: int, site: str, severity: int) -> str:
    """Text-to-image prompt of the demo Stable Diffusion.

    Args:
        condition_id: A key of `NAMES`.
        tone: Fitzpatrick type, 1 (I) to 6 (VI).
        site: Body site, for example "arm".
        severity: 1 mild, 2 moderate, 3 severe.

    Raises:
        KeyError: If the condition is not one that the demo models know.
    """
    words = f"{SEVERITIES[severity - 1]} {NAMES[condition_id]} on {TONES[tone - 1]} skin"
    return f"photo of {words}, {site}"
