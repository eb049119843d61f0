"""What the demo model is taught to say about each condition, in plain words.

Nothing here names a drug or a dose, promises that a spot is harmless, or tells somebody not to
see a clinician.

Source: condensed by hand from the DermNet topic pages that the painters name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Sentences about one condition.

    Attributes:
        lay: Everyday name.
        findings: What a photo shows, as a noun phrase.
        signs: The two most telling signs, as a noun phrase.
        cause: Why people get it, as a whole sentence.
        step: What to do next, as a whole sentence without a treatment.
        alike: Condition ids that are easily taken for it.
    """

    lay: str
    findings: str
    signs: str
    cause: str
    step: str
    alike: tuple[str, str]


FACTS: dict[str, Facts] = {
    "melanocytic-nevus": Facts(
        lay="a mole",
        findings="one small round spot of an even brown with a smooth border",
        signs="the single colour and the even border",
        cause="A mole is a cluster of pigment cells; genes and sun in childhood play a part.",
        step="Have it looked at if it is new, changes, bleeds or differs from your other moles.",
        alike=("melanoma", "seborrheic-keratosis"),
    ),
    "melanoma": Facts(
        lay="a skin cancer of pigment cells",
        findings="one uneven dark patch with a notched border and several colours",
        signs="the uneven shape and the mix of colours",
        cause="Melanoma grows from pigment cells; sun, genes and many moles raise the risk.",
        step="Please see a dermatologist within days.",
        alike=("melanocytic-nevus", "seborrheic-keratosis"),
    ),
    "basal-cell-carcinoma": Facts(
        lay="a slow skin cancer",
        findings="one pearly dome with a rolled shiny border and fine vessels",
        signs="the pearly shine and the rolled border",
        cause="It grows from cells at the base of the skin, mostly after years of sun.",
        step="Please see a clinician in the next weeks, as it needs a proper check.",
        alike=("melanocytic-nevus", "seborrheic-keratosis"),
    ),
    "seborrheic-keratosis": Facts(
        lay="a wart-like growth that comes with age",
        findings="one waxy warty plaque that looks stuck on, with furrows and tiny plugs",
        signs="the stuck-on edge and the tiny plugs",
        cause="It comes with age and runs in families; it does not spread to others.",
        step="Have a clinician confirm it, above all if it is new or changes.",
        alike=("melanoma", "melanocytic-nevus"),
    ),
    "psoriasis": Facts(
        lay="a long-lasting scaly rash",
        findings="raised red plaques with a sharp border under silvery scale",
        signs="the sharp border and the silvery scale",
        cause="The immune system makes skin cells grow too fast; genes and stress play a part.",
        step="A clinician can confirm it and talk through treatment with you.",
        alike=("eczema", "tinea-corporis"),
    ),
    "eczema": Facts(
        lay="an itchy dry rash",
        findings="a red rough area without a clear border, with dry flakes and scratch marks",
        signs="the blurred border and the dry rough surface",
        cause="A weak skin barrier lets dryness and irritants in; the immune system answers.",
        step="A clinician can confirm it; gentle skin care helps in the meantime.",
        alike=("psoriasis", "tinea-corporis"),
    ),
    "acne": Facts(
        lay="spots and pimples",
        findings="scattered small red bumps, some with a yellow head, and blackheads",
        signs="the mix of bumps, yellow heads and blackheads",
        cause="Pores clog with oil and dead cells; hormones and skin germs add to it.",
        step="A pharmacist or clinician can advise you, above all if it scars.",
        alike=("herpes-zoster", "impetigo"),
    ),
    "vitiligo": Facts(
        lay="loss of skin colour",
        findings="flat chalk-white patches with a sharp border and a normal surface",
        signs="the chalk-white colour and the normal surface",
        cause="The immune system attacks pigment cells; it is not catching.",
        step="Protect the pale skin from sun and ask a dermatologist about it.",
        alike=("tinea-corporis", "eczema"),
    ),
    "tinea-corporis": Facts(
        lay="ringworm, a fungus of the skin",
        findings="a ring with a raised red scaly edge and a clearer middle",
        signs="the ring shape and the scaly edge",
        cause="A fungus grows outwards in the skin; it comes from people, pets or soil.",
        step="See a pharmacist or clinician, and do not share towels until then.",
        alike=("psoriasis", "eczema"),
    ),
    "urticaria": Facts(
        lay="hives",
        findings="smooth raised wheals with pale middles and a red flare, without scale",
        signs="the pale middles and the smooth surface",
        cause="Skin cells release histamine after an infection, a food or for no clear reason.",
        step="See a clinician if it lasts; trouble breathing or a swollen face is an emergency.",
        alike=("eczema", "tinea-corporis"),
    ),
    "herpes-zoster": Facts(
        lay="shingles",
        findings="clusters of small blisters on red skin that run in a band",
        signs="the clustered blisters and the band",
        cause="The chickenpox virus wakes up in one nerve, years after the first illness.",
        step="Please see a clinician within two days, and at once if it is near an eye.",
        alike=("impetigo", "acne"),
    ),
    "impetigo": Facts(
        lay="a catching skin infection",
        findings="raw red patches under thick honey-coloured crusts",
        signs="the honey colour and the thick crusts",
        cause="Bacteria enter through small breaks in the skin; it passes on by touch.",
        step="See a clinician soon, wash hands often and do not share towels.",
        alike=("herpes-zoster", "eczema"),
    ),
}
