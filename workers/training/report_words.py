"""The words and the look of the experiment's report."""

from collections.abc import Sequence
from html import escape
from statistics import mean
from typing import Final

from workers.training.figures import Result, Standing, seed_spread
from workers.training.grid import Plan

STYLE: Final = """<style>
:root{color-scheme:light dark;--ink:#1d2730;--soft:#5b6770;--line:#d5dbe0;--page:#fff;--one:#0b6e6e;
--two:#c2571a}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebef;--soft:#a3afb8;--line:#39444d;--page:#141a1f;
--one:#4fc1b8;--two:#f0935b}}
body{background:var(--page);color:var(--ink);font:16px/1.55 system-ui,sans-serif;margin:0}
main{max-width:760px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:1.7rem;line-height:1.25}h2{font-size:1.2rem;margin:2.2em 0 .5em}
.lead{border-left:4px solid var(--one);padding:.2em 0 .2em 1em;font-size:1.05rem}
figure{margin:1em 0}td small{display:block}figcaption,small{color:var(--soft);font-size:.85rem}
svg{width:100%;height:auto}svg text{fill:var(--ink);font:13px system-ui,sans-serif}
svg .small{fill:var(--soft);font-size:12px}.grid{stroke:var(--line)}.mark{stroke:var(--soft);
stroke-dasharray:4 3}.span{stroke:var(--soft);stroke-width:2}.dot0{fill:var(--one)}
.dot1{fill:var(--page);stroke:var(--one);stroke-width:2.5}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.85rem}
th,td{padding:.35em .6em;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child{text-align:left;font-weight:500}thead th{color:var(--soft);font-weight:500}
.strip{margin:.8em 0}.strip img{width:100%;max-width:586px;height:auto;display:block}
code{font-size:.85rem;overflow-wrap:anywhere}
</style>"""

PAPER: Final = """<p>SkinGEN (B. Lin et al., IUI 2025, arXiv 2404.14755) tells that many trials with
LoRA led its authors to the strategies that suit pictures of skin conditions best, and that the
settings have to follow the size and the nature of the training set. Its tables were not at hand
here, so its numbers cannot be set beside these. What can be compared is the kind of claim, and here
it is a careful one: whether a choice matters is for the figures above to tell, and a difference
counts only if it is larger than what another seed does.
The published recipes that come closest (<i>skin-diff</i> and <i>MAGIC</i>, both with one
unified adapter, a word of its own for each class, and a phrase for tone or site) train for about
3,000 steps of four pictures on hundreds to thousands of photographs; this experiment is smaller
by a factor of ten and more, on drawings.</p>"""

LIMITS: Final = """<ul><li>The pictures are rendered skin, not photographs. A strategy that wins
here need not win on real data; run the sweep on yours.</li>
<li>The classifier judges what it can see at 96 pixels. It has learned from renders only and was
never used to choose a checkpoint, a seed or a step here; but it ranks the strategies, so the
figure of the winner is a little flattered.</li>
<li>All cells have the same number of steps. A strategy that learns slowly and ends higher would
lose here.</li>
<li>The number of pictures per cell is small: differences of less than the seeds' spread are not
differences.</li></ul>"""


def conclusion(
    rows: Sequence[Standing], bases: Sequence[Result], results: Sequence[Result], planned: int
) -> str:
    """Return the winner in three sentences, with what must be known to believe it."""
    best, floor = rows[0], mean(base["recognised"] for base in bases)
    spread = seed_spread(rows)
    strategy = best.strategy
    words = (
        f"<b>{escape(strategy.name)}</b> won: rank {strategy.rank}, {strategy.adapters} adapters, "
        f"captions with {strategy.captions}, {strategy.images} pictures of each condition. "
        f"{mean(best.recognised):.0%} of its pictures were recognised, against {floor:.0%} without "
        "an adapter."
    )
    if spread is None:
        words += " One seed was run, so nothing is known of the spread."
    else:
        words += f" Between two seeds a strategy moved by {spread:.0%} on average."
        if len(best.recognised) == 1:
            words += (
                " The winner itself was run with one seed only: with another it may well fall "
                "back among the others."
            )
        close = [row for row in rows[1:] if mean(best.recognised) - mean(row.recognised) < spread]
        if close:
            words += f" {len(close)} other strategies are within that spread of the winner."
    if len(results) < planned:
        words += f" {len(results)} of {planned} cells are finished."
    return f'<p class="lead">{words}</p>'


def method(plan: Plan, bases: Sequence[Result], results: Sequence[Result], planned: int) -> str:
    """Return what was done, in numbers."""
    first = results[0]
    seeds = sorted({result["cell"]["seed"] for result in results})
    pictures = sum(result["pictures"] for result in results)
    kept = mean(base["base"] for base in bases)
    weights = escape(str(first["facts"]["weights"]))
    return f"""<p>The demo Stable Diffusion (<code>{escape(plan.base.as_posix())}</code>, weights
<code>{weights}</code>) never saw the held-out conditions. Every strategy is trained with
<code>workers.training.lora</code> for {plan.steps} steps of {plan.batch} pictures, shared out
among its adapters (so every condition is seen equally often, but an adapter of its own takes a
third of the steps), at a peak rate of {plan.rate:g} in {plan.precision}, on attention and
convolutions; alpha is four times the square root of the rank. Then {plan.each} pictures of each
held-out condition are drawn ({plan.drawing_steps} steps, guidance 2.5) with the captions' own
style, and the independent classifier says what it sees; <i>certainty</i> is the probability that it
gives the right answer. <i>Base kept</i> is the share of {first["base_pictures"]} pictures of the
nine base conditions that is recognised with the adapters on, against {kept:.0%} without.</p>
<p>{len(results)} of {planned} cells, seeds {", ".join(map(str, seeds))} (pictures, first weights,
order and noise differ by seed), {pictures:,} judged pictures of held-out conditions.
Again: <code>python -m workers.training.sweep --steps {plan.steps} --batch {plan.batch} --rate
{plan.rate:g} --each {plan.each} --drawing-steps {plan.drawing_steps}</code>.</p>"""
