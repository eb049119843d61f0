"""Draws a case as one HTML file that needs nothing else: for keeping, printing, or a doctor."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from typing import Final, assert_never

from bots.web_chat.site import Site
from bots.web_chat.wire import SHOWN
from core.domain.replies import Block, Gallery, NextStep, Picture, Ranking
from core.ports import BoardEntry

_STYLE: Final = """
:root { color-scheme: light; font: 16px/1.6 system-ui, sans-serif; color: #1c2b2a }
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
article { border-top: 1px solid #d9dedc; padding: 1rem 0; break-inside: avoid }
h2 { font-size: .85rem; color: #52635f; margin: 0 } h3 { margin: .8rem 0 .2rem }
figure { display: inline-block; margin: .5rem .5rem 0 0; width: 15rem; vertical-align: top }
img { width: 100%; border-radius: .5rem } figcaption, .quiet { font-size: .85rem; color: #52635f }
.step { border-left: .3rem solid #0f5e59; padding: .2rem 1rem }
meter { width: 8rem } p { white-space: pre-line }
"""


async def export_page(site: Site, entries: Iterable[BoardEntry], locale: str) -> str:
    """Return the page. Everything in it is escaped; no part of it can run."""
    parts = [await _article(site, entry, locale) for entry in entries if _kept(entry)]
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'"
    title = escape(site.text(locale, "web-title"))
    limits = escape(site.text(locale, "web-hero-limits"))
    return (
        f'<!doctype html><html lang="{escape(locale)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f'<p class="quiet">{limits}</p>{"".join(parts)}</body></html>'
    )


def _kept(entry: BoardEntry) -> bool:
    return entry.reply.stage == "final"


async def _article(site: Site, entry: BoardEntry, locale: str) -> str:
    who = site.text(locale, "web-you" if entry.author == "user" else "web-assistant")
    when = datetime.fromtimestamp(entry.at_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
    blocks = [await _block(site, block, locale) for block in entry.reply.blocks]
    return f"<article><h2>{escape(who)} · {when}</h2>{''.join(blocks)}</article>"


async def _block(site: Site, block: Block, locale: str) -> str:
    match block.kind:
        case "heading":
            return f"<h3>{escape(block.text)}</h3>"
        case "paragraph":
            quiet = ' class="quiet"' if block.quiet else ""
            return "".join(f"<p{quiet}>{escape(part)}</p>" for part in block.text.split("\n\n"))
        case "ranking":
            return _ranking(block)
        case "next_step":
            return _next_step(block, site.text(locale, f"web-level-{block.level}"))
        case "gallery":
            return await _gallery(site, block, locale)
        case "download":
            return f'<p class="quiet">{escape(block.caption)}</p>'
        case _ as unreachable:
            assert_never(unreachable)


def _ranking(ranking: Ranking) -> str:
    rows = (
        f"<li><strong>{escape(p.lay_name)}</strong> ({escape(p.medical_name)}): "
        f"{escape(p.words)} "
        f'<meter value="{p.likelihood:.3f}"></meter> {escape(p.about)}</li>'
        for p in ranking.possibilities
    )
    return f"<ol>{''.join(rows)}</ol>"


def _next_step(step: NextStep, level: str) -> str:
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in step.reasons)
    return (
        f'<div class="step"><p class="quiet">{escape(level)}</p><h3>{escape(step.title)}</h3>'
        f"<p>{escape(step.text)}</p><ul>{reasons}</ul></div>"
    )


async def _gallery(site: Site, gallery: Gallery, locale: str) -> str:
    return "".join([await _figure(site, picture, locale) for picture in gallery.pictures])


async def _figure(site: Site, picture: Picture, locale: str) -> str:
    data = await site.services.blobs.get(picture.blob) if picture.blob else None
    if data is None or picture.media_type not in SHOWN:
        return f'<p class="quiet">{escape(picture.alt)}</p>'
    # A synthetic picture's caption begins with its mark; without a caption the mark stands alone.
    words = picture.caption or (site.text(locale, "web-synthetic") if picture.synthetic else "")
    source = f"data:{picture.media_type};base64,{base64.b64encode(data).decode()}"
    return (
        f'<figure><img src="{source}" alt="{escape(picture.alt)}">'
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )
