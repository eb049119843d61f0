"""Denoising of many pictures at once, each with its own prompt, seed, adapter and schedule.

``sitting`` is one picture in the making, ``schedule`` its way through the noise, ``easel`` what
lets pictures share forward passes; a family (``unets``, ``flows``) says how a kind of pipeline is
called.
"""
