# Two images from one file: `bot` is light and has no model library, `worker` runs the models.
FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN groupadd --system skingen && useradd --system --gid skingen --home /app skingen \
    && mkdir -p /app/data && chown -R skingen:skingen /app/data
COPY pyproject.toml constraints.txt README.md ./
COPY core ./core
COPY config ./config
VOLUME /app/data

FROM base AS bot
COPY bots ./bots
RUN pip install -c constraints.txt '.[bots]' && pip uninstall --yes skingen-bot
USER skingen
ENTRYPOINT ["python", "-m", "bots"]
CMD ["web"]

FROM base AS worker
# Debian's slim image has no OpenMP runtime, which torch and scikit-image load.
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
COPY workers ./workers
COPY models ./models
# The NVIDIA base libraries come with the wheel of torch itself.
RUN pip install -c constraints.txt '.[workers]' && pip uninstall --yes skingen-bot
# glibc gives freed tensors back to the system at once; keeping them halves the time on a CPU.
ENV MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=268435456
USER skingen
ENTRYPOINT ["python", "-m", "workers"]
