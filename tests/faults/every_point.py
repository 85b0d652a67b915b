"""Each allocation, each change of a file and each OpenCL call of Clonal's fails once, in a run of its own; and, from every seventh of them
on, all that follow: an exit code with its cause or the right digest, and then the run goes on to the digest of the C reference.

ctest: PLATFORMS pocl LABELS long hours TIMEOUT 28800 SERIAL

every_point.py [--stride N] [VERB...] [KIND...]: train, "train watched", eval, reproduce, sweep, "train without a cache", verify; memory, file, opencl. Where
no verb is named, the last three verbs have each 7th, 20th and 200th of their points fail, since they have tens of thousands."""
import sys

from _faults import KINDS, count_points, make_verbs, pool_of_workers, try_points

STRIDES = {"sweep": 7, "train without a cache": 20, "verify": 200}


def main(words):
    stride = 1
    if words[:1] == ["--stride"]:
        stride, words = int(words[1]), words[2:]
    verbs, wrong = make_verbs(), 0
    names = [word for word in words if word in verbs]
    with pool_of_workers() as pool:
        for verb in (verbs[name] for name in names or verbs):
            for kind in [word for word in words if word in KINDS] or KINDS:
                count = len(count_points(verb, kind))
                step = stride * (1 if names else STRIDES.get(verb.name, 1))
                print(f"{verb.name}, {kind}: {count} points" + (f", one in {step}" if step > 1 else ""), flush=True)
                wrong += try_points(pool, verb, kind, range(1, count + 1, step))[1]
                wrong += try_points(pool, verb, kind, range(1, count + 1, 7 * step), on=True)[1]
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
