"""Each place in Clonal that allocates, changes files or calls OpenCL fails at its first and at its last call, in a run of its own; at some
points all that follow fail too. Afterwards as in every_point.py, which takes every call. Where CI is set a third of the places fail, others each day.

ctest: PLATFORMS pocl LABELS long TIMEOUT 2400

every_site.py [VERB...]: without one, all but sweep, whose thousands of runs take longer than the others' together"""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import today  # noqa: E402
from _faults import CODES, KINDS, count_points, make_verbs, pool_of_workers, try_points

# How many places of a call's way count, its own and its callers': 2 tells apart what the one function that allocates was called for.
DEPTHS = {"train": 2, "train watched": 2, "eval": 2, "reproduce": 2, "sweep": 2, "train without a cache": 1, "verify": 1}
GOES_ON = {"train": 10, "train watched": 4, "eval": 4, "sweep": 4}  # points of each kind from which on all fail


def choose(points, depth, seen):
    """(how many places are new, the numbers of the first and last point of each)"""
    numbers = {}
    for point in points:
        numbers.setdefault((point.function, point.site[:depth], depth), []).append(point.number)
    new = [found for place, found in numbers.items() if place not in seen]
    seen.update(numbers)
    return len(new), sorted({number for found in new for number in (found[0], found[-1])})


def main(words):
    verbs, seen, total, wrong = make_verbs(), set(), 0, 0
    with pool_of_workers() as pool:
        for verb in (verbs[name] for name in words or [name for name in verbs if name != "sweep"]):
            for kind in KINDS:
                points = count_points(verb, kind)
                places, numbers = choose(points, DEPTHS[verb.name], seen)
                numbers = today.share(numbers, 3)
                print(f"{verb.name}, {kind}: {len(points)} points, {places} places not yet tried: {len(numbers)} runs", flush=True)
                some = [1 + i * len(points) // GOES_ON.get(verb.name, 1) for i in range(GOES_ON.get(verb.name, 0))]
                for on, chosen in ((False, numbers), (True, some)):
                    codes, bad = try_points(pool, verb, kind, chosen, on) if chosen else ({}, 0)
                    total += sum(codes.values())
                    wrong += bad
                    if verb.name == "train" and not any(codes.get(code) for code in CODES[kind]):
                        print(f"WRONG: no fault of {kind} was felt")
                        wrong += 1
    print(f"{total} runs with a fault, {wrong} wrong")
    return 1 if wrong or not total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
