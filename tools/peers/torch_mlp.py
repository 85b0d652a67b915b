#!/usr/bin/env python3
"""The chapter's dropout network in PyTorch on a CPU, eager. Prints a line an epoch: epoch N  train_loss L  seconds S"""
import os
import time

import torch
from torch import nn

from _data import arguments, training_data

a = arguments(__doc__).parse_args()
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
torch.manual_seed(a.seed)
pixels, labels = training_data(a.data)
x, y = torch.from_numpy(pixels), torch.from_numpy(labels.astype("int64"))
net = nn.Sequential(nn.Linear(784, a.hidden), nn.ReLU(), nn.Dropout(0.5), nn.Linear(a.hidden, a.hidden), nn.ReLU(),
                    nn.Dropout(0.5), nn.Linear(a.hidden, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for epoch in range(1, a.epochs + 1):
    start = time.perf_counter()
    total = 0.0
    for rows in torch.randperm(len(x)).split(a.batch):
        optimizer.zero_grad()
        loss = criterion(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        total += float(loss) * len(rows)
    print(f"epoch {epoch}  train_loss {total / len(x):.4f}  seconds {time.perf_counter() - start:.4f}", flush=True)
