"""Trains LoRA adapters on real or rendered pictures, and compares strategies.

`lora` is the trainer, `sweep` the experiment; docs/training.md is the manual. Knows diffusers,
PEFT and accelerate; knows nothing of chats, cases or the worker.
"""
