"""What a continuous build takes of tests that are longer than its time: a part of their cases, another one each day."""
import os
import time


def share(cases, parts):
    """The cases, in their order; where CI is set one in `parts` of them, which is another one each day."""
    if not os.environ.get("CI"):
        return list(cases)
    return list(cases)[int(time.time()) // 86400 % parts::parts]
