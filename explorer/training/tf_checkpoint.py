"""Read variables of a TensorFlow checkpoint in a separate process; no model is built or run.

python -m explorer.training.tf_checkpoint PREFIX [VARIABLE FILE] prints the variables as JSON, name -> [key, shape], or
saves one as an .npy file.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from explorer.training.optim.tensorflow import tensorflow

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


def tables(prefix: str) -> dict[str, tuple[str, list[int]]]:
    """Two-dimensional variables: name -> key in the checkpoint, shape.

    prefix: path of the checkpoint's files without their endings, `.../variables/variables`. The name is that of the
    layer if the checkpoint stores it, else the key.
    """
    reader = tensorflow().train.load_checkpoint(prefix)
    types = reader.get_variable_to_dtype_map()
    names, tables_by_name = _names(reader), {}
    for key, shape in sorted(reader.get_variable_to_shape_map().items()):
        unlike = "optimizer" in key.lower() or "OPTIMIZER_SLOT" in key or key.startswith("_all_variables")
        if len(shape) == 2 and (types[key].is_floating or types[key].is_integer) and not unlike:
            name = names.get(key) or key.removesuffix(VALUE)
            tables_by_name[name if name not in tables_by_name else key] = (key, list(map(int, shape)))
    return tables_by_name


def _names(reader: Any) -> dict[str, str]:
    """Key -> full name, from the object graph of newer checkpoints."""
    if not reader.has_tensor(GRAPH):
        return {}
    from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

    graph = TrackableObjectGraph.FromString(reader.get_tensor(GRAPH))
    attributes = (attribute for node in graph.nodes for attribute in node.attributes)
    return {attribute.checkpoint_key: attribute.full_name for attribute in attributes}


def main(prefix: str, key: str | None = None, file: str | None = None) -> None:
    """Run the command line."""
    if key is None or file is None:
        sys.stdout.write(json.dumps(tables(prefix)) + "\n")
    else:
        found = tensorflow().train.load_checkpoint(prefix).get_tensor(key)
        np.save(file, np.asarray(found, np.float32))


if __name__ == "__main__":
    main(*sys.argv[1:])
