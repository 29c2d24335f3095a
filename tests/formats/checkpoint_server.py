"""Run `explorer.training.tf_checkpoint` repeatedly, each time in a forked process with TensorFlow already imported.

    python -m tests.formats.checkpoint_server PREFIX
writes a checkpoint to PREFIX, then reads commands from stdin (JSON lists of arguments, one per line) and prints each
result.
"""

import json
import os
import signal
import sys
import tempfile
import traceback

import numpy as np

from explorer.training import tf_checkpoint
from explorer.training.optim.tensorflow import tensorflow

SECONDS = 10
VECTORS = np.random.default_rng(0).standard_normal((8, 5)).astype(np.float32)


def answer(words: list[str]) -> dict:
    """Status, output and peak memory (kB) of one command; status -14 after SECONDS."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            signal.alarm(SECONDS)
            status = 0
            try:
                tf_checkpoint.main(*words)
            except BaseException:
                traceback.print_exc()
                status = 1
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        _, status, used = os.wait4(child, 0)
        output = [(file.seek(0), file.read().decode(errors="replace"))[1] for file in (out, err)]
    return {
        "returncode": os.waitstatus_to_exitcode(status), "stdout": output[0], "stderr": output[1], "kB": used.ru_maxrss,
    }  # fmt: skip


def main(prefix: str) -> None:
    tf = tensorflow()
    kept = tf.Variable(VECTORS, name="words/embeddings"), tf.Variable(np.ones((30, 20), np.float32), name="out/kernel")
    tf.train.Checkpoint(kept=list(kept)).write(prefix)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
