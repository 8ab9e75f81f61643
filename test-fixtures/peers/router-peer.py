#!/usr/bin/env python3
"""Embeds the texts of a file, one a line, with Python's onnxruntime as Penstock's router does: the peer of `penstock bench route`.

usage: router-peer.py MODEL.onnx TOKENIZER.json TEXTS
needs: pip install onnxruntime==1.29.0 tokenizers numpy
Prints processor time a text (this whole process), resident memory, and the time from its start to the first vector.

With - for TEXTS, as `penstock bench route --peer` starts it: a text a line on standard input, and for each a line with the seconds of
processor time its embedding took; what reading and answering takes is not counted.
"""
import os
import resource
import sys
import time

began = time.monotonic()
import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

model, tokenizer_file, texts_file = sys.argv[1:4]
options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(tokenizer_file)
tokenizer.no_padding()
tokenizer.enable_truncation(512)


def embed(text):
    ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
    hidden = session.run(
        None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    )[0]
    vector = hidden[0, 0]
    return vector / np.linalg.norm(vector)


if texts_file == "-":
    for line in sys.stdin.buffer:
        text = line.decode("utf-8").rstrip("\n")
        before = time.process_time()
        embed(text)
        print(time.process_time() - before, flush=True)
    sys.exit()
with open(texts_file, encoding="utf-8") as file:
    texts = [line.rstrip("\n") for line in file if line.strip()]
embed(texts[0])
print(f"onnxruntime {ort.__version__}, start to first vector {time.monotonic() - began:.2f} s")
for text in texts[:50]:
    embed(text)
before = time.process_time()
for text in texts:
    embed(text)
print(f"{1e3 * (time.process_time() - before) / len(texts):.2f} ms of processor time a text, {len(texts)} texts")
with open("/proc/self/status") as status:
    kib = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
print(f"{kib * 1.024 / 1000:.0f} MB resident")
