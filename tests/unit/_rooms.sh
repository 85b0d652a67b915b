# Read by layering.sh and layering_links.sh: the rooms of host/ and the public headers, each with its level.
# shellcheck shell=sh disable=SC2034 # used where it is read
rooms="base 0 runtime 1 gemm 2 ir 3 ops 4 optim 4 data 4 compile 5 model 6 run 7 sweep 8 evidence 9"
public_headers="export 0 status 0 statistics 0 cache 0 device 1 random 1 gemm 2 graph 3 optimizer 4 data 4 model 6 monte_carlo 6 tune 6 watch 6 run 7 sweep 8 verify 9
    clonal 10"
