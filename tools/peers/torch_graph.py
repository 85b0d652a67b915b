#!/usr/bin/env python3
"""The chapter's dropout network in PyTorch on a CUDA GPU, a step captured as a CUDA graph; TF32 is off.
Prints a line an epoch: epoch N  train_loss L  seconds S (whole batches alone, told for all samples)"""
import time

import torch
from torch import nn

from _data import arguments, training_data

a = arguments(__doc__).parse_args()
torch.manual_seed(a.seed)
torch.backends.cuda.matmul.allow_tf32 = False
pixels, labels = training_data(a.data)
x, y = torch.from_numpy(pixels).cuda(), torch.from_numpy(labels.astype("int64")).cuda()
net = nn.Sequential(nn.Linear(784, a.hidden), nn.ReLU(), nn.Dropout(0.5), nn.Linear(a.hidden, a.hidden), nn.ReLU(),
                    nn.Dropout(0.5), nn.Linear(a.hidden, 10)).cuda()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
rows = torch.arange(a.batch, device="cuda")
total = torch.zeros((), device="cuda")


def step():
    optimizer.zero_grad(set_to_none=False)
    loss = criterion(net(x[rows]), y[rows])
    loss.backward()
    optimizer.step()
    total.add_(loss.detach())


side = torch.cuda.Stream()
side.wait_stream(torch.cuda.current_stream())
with torch.cuda.stream(side):
    for _ in range(3):
        step()
torch.cuda.current_stream().wait_stream(side)
graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    step()
for epoch in range(1, a.epochs + 1):
    total.zero_()
    torch.cuda.synchronize()
    start = time.perf_counter()
    order = torch.randperm(len(x), device="cuda")
    steps = len(x) // a.batch
    for i in range(steps):
        rows.copy_(order[i * a.batch:(i + 1) * a.batch])
        graph.replay()
    torch.cuda.synchronize()
    seconds = (time.perf_counter() - start) / (steps * a.batch) * len(x)
    print(f"epoch {epoch}  train_loss {total.item() / steps:.4f}  seconds {seconds:.4f}", flush=True)
