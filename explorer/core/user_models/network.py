"""Neural network that predicts ratings from a user and an item vector, evaluated with numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from explorer.core.normal_equations import solve
from explorer.errors import BadRequest

STEPS = 30  # most Gauss-Newton steps for a new user
HALVINGS = 10  # most halvings of one step until the loss falls
ALONG = 32  # points of the integral of integrated gradients
LEAST = 1e-3  # least weight of the squared user vector per rating; a network may be trained with 0
BLOCK = 1 << 16  # pairs evaluated at once


@dataclass(frozen=True, eq=False)
class Network:
    """Dense layers over [user vector, item vector], with ReLU after each but the last, which has one output.

    weights: kernel (inputs, outputs) and bias (outputs,) of each layer in turn, float32. l2: weight of the squared user
    vector per rating in the loss. The output is the rating minus the mean of all ratings.
    """

    weights: tuple[np.ndarray, ...]
    l2: float

    @classmethod
    def read(cls, name: str, settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray], size: int) -> Network:
        """Read the network of an artifact. Raises BadRequest if its arrays are missing, as in a database.

        name: of the artifact. settings: what `parameters` returned. arrays: by name. size: of a user or item vector.
        """
        parts = []
        for number, (inputs, outputs) in enumerate(pairwise((2 * size, *settings["hidden"], 1)), start=1):
            for kind, shape in (("kernel", (inputs, outputs)), ("bias", (outputs,))):
                part = arrays.get(f"network_{number}_{kind}", np.empty(0))
                if part.shape != shape:
                    file = f"model/network_{number}_{kind}.npy"
                    raise BadRequest(
                        f"{name} cannot predict: {file} is missing or not of shape {shape}. Load the "
                        "artifact from the folder it was trained into, or train again."
                    )
                parts.append(np.asarray(part, np.float32))
        return cls(tuple(parts), float(settings["l2"]))

    def parameters(self) -> dict[str, Any]:
        """What the manifest of the artifact stores: layer sizes and l2."""
        return {"hidden": [len(bias) for bias in self.weights[1:-1:2]], "l2": self.l2}

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays that the artifact stores, by name."""
        kinds = ("kernel", "bias")
        return {f"network_{n // 2 + 1}_{kinds[n % 2]}": weight for n, weight in enumerate(self.weights)}

    def __call__(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """The output for pairs of vectors: (n,) float32. users, items: (n, d)."""
        found = [self._output(users[n : n + BLOCK], items[n : n + BLOCK]) for n in range(0, len(items), BLOCK)]
        return np.concatenate(found) if found else np.empty(0, np.float32)

    def scores(self, user: np.ndarray, items: np.ndarray) -> np.ndarray:
        """The output for one user vector (d,) and items (n, d): (n,) float32."""
        return self(np.broadcast_to(np.asarray(user, np.float32), items.shape), items)

    def _output(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        values = np.hstack([users, items]).astype(np.float32, copy=False)
        for kernel, bias in zip(self.weights[:-2:2], self.weights[1:-2:2], strict=True):
            values = np.maximum(values @ kernel + bias, 0)
        return (values @ self.weights[-2] + self.weights[-1])[:, 0]

    def gradient(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Gradient of the output with respect to the user vector: (n, d) float32."""
        values, active = np.hstack([users, items]).astype(np.float32, copy=False), []
        for kernel, bias in zip(self.weights[:-2:2], self.weights[1:-2:2], strict=True):
            values = np.maximum(values @ kernel + bias, 0)
            active.append(values > 0)
        back = np.broadcast_to(self.weights[-2].T, (len(values), len(self.weights[-2])))
        for kernel, on in zip(self.weights[-4::-2], reversed(active), strict=True):
            back = (back * on) @ kernel.T
        return back[:, : users.shape[1]]

    def user(
        self, items: np.ndarray, stars: np.ndarray, known: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Vector (d,) of a user from their ratings, and what each rating adds to it, (d, m).

        Minimizes the training objective over this user alone by Gauss-Newton. The start is the best of 0 and `known`,
        user vectors (u, d) of the training data. items: (m, d), the rated ones. stars: (m,) ratings minus the mean. The
        parts are those of the ridge regression that approximates the network near the solution; the remainder, caused
        by the kinks of ReLU, is distributed equally, so that the parts sum to the vector.
        """
        l2 = max(self.l2, LEAST) * len(stars)

        def outputs(vector: np.ndarray) -> np.ndarray:
            return self.scores(vector, items).astype(float)

        def loss(vector: np.ndarray) -> float:
            return float(np.square(stars - outputs(vector)).sum() + l2 * vector @ vector)

        starts = np.zeros((1, items.shape[1])) if known is None else np.vstack([np.zeros((1, items.shape[1])), known])
        losses = l2 * np.square(starts, dtype=float).sum(axis=1)
        for item, star in zip(items, stars, strict=True):
            losses += np.square(star - self(starts, np.broadcast_to(item, starts.shape)))
        vector = starts[int(np.argmin(losses))].astype(float)
        for _ in range(STEPS):
            slope = self.gradient(np.broadcast_to(vector, items.shape), items).astype(float)
            residual = stars - outputs(vector)
            normal = slope.T @ slope + l2 * np.eye(len(vector))
            step, before = solve(normal, slope.T @ residual - l2 * vector), loss(vector)
            length = next((0.5**n for n in range(HALVINGS) if loss(vector + 0.5**n * step) < before - 1e-9), None)
            if length is None:
                break
            vector = vector + length * step
        slope = self.gradient(np.broadcast_to(vector, items.shape), items).astype(float)
        normal = slope.T @ slope + l2 * np.eye(len(vector))
        parts = solve(normal, slope.T * (stars - outputs(vector) + slope @ vector))
        return vector, parts + (vector - parts.sum(axis=1))[:, None] / len(stars)

    def shares(self, vector: np.ndarray, parts: np.ndarray, item: np.ndarray) -> tuple[float, np.ndarray]:
        """Output for one item (d,) with a zero user vector, and what each part of the user vector adds to it, (m,).

        Integrated gradients (Sundararajan, Taly & Yan 2017) from 0 to the vector. The error of the numerical integral
        over ALONG points is distributed equally, so that all sum to the output.
        """
        points = (np.arange(ALONG) + 0.5)[:, None] / ALONG * vector
        slope = self.gradient(points, np.broadcast_to(item, points.shape)).mean(axis=0, dtype=float)
        without, output = (float(self.scores(at, item[None])[0]) for at in (np.zeros(len(vector)), vector))
        added = slope @ parts
        return without, added + (output - without - added.sum()) / max(len(added), 1)
