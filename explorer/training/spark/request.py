"""A training request for Spark, validated before anything starts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from explorer.datasets.interactions import InteractionSource
from explorer.datasets.rating_table import RatingSource, parse_scale
from explorer.errors import BadRequest
from explorer.training.ratings.hyperparameters import Hyperparameters

MODELS = {
    "als": "explicit ratings: mean plus biases plus a product of factors (Zhou et al. 2008)",
    "als-implicit": "implicit feedback: ratings or weights are the confidence in a choice (Hu, Koren & Volinsky 2008)",
    "item2vec": "Word2Vec on the items each user liked, oldest first (Barkan & Koenigstein 2016)",
}
DEFAULTS = {
    "als": Hyperparameters(size=32, epochs=10, l2=0.08),
    "als-implicit": Hyperparameters(size=32, epochs=10, l2=0.05),
    "item2vec": Hyperparameters(size=64, epochs=10, rate=0.025, l2=0),
}
MEANINGLESS = {"als": ("rate", "batch"), "als-implicit": ("rate", "batch"), "item2vec": ("l2", "batch")}


@dataclass(frozen=True)
class Request:
    """A training on Spark. data: any path that Spark can read. options: fields of Hyperparameters; None is the model's
    default. source: columns of a table of ratings or of interactions; None for a MovieLens release. min_ratings: of an
    item to be kept; of interactions, the number of users who chose it.

    scratch: a folder that the driver and all workers share, for checkpoints and factors; by default one beside the
    artifact, which suffices if all run on this machine. conf: settings of Spark, as for spark-submit.
    """

    data: str
    out: str
    model: str = "als"
    master: str = "local[*]"
    seed: int = 0
    min_ratings: int = 20
    layouts: tuple[str, ...] | None = None
    scratch: str | None = None
    conf: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    source: RatingSource | InteractionSource | None = None

    @property
    def kind(self) -> str:
        """movielens, ratings or interactions."""
        if self.source is None:
            return "movielens"
        return "ratings" if isinstance(self.source, RatingSource) else "interactions"

    def recipe(self) -> Hyperparameters:
        """The model's hyperparameters with the given options. Raises BadRequest."""
        if self.model not in MODELS:
            raise BadRequest(f"Spark has no model {self.model!r}; choose one of {', '.join(MODELS)}.")
        given = {name: value for name, value in self.options.items() if value is not None}
        for name in MEANINGLESS[self.model]:
            if name in given:
                raise BadRequest(f"--{name} has no effect on {self.model} on Spark; leave it out.")
        return replace(DEFAULTS[self.model], **given)

    def validate(self) -> None:
        """Check early what would fail only after hours of training. Raises BadRequest."""
        self.recipe()
        if self.kind == "interactions" and self.model == "als":
            raise BadRequest("als predicts ratings, which interactions lack; choose als-implicit or item2vec.")
        if isinstance(self.source, RatingSource) and self.source.scale:
            parse_scale(self.source.scale)
        if self.scratch is None and not on_this_machine(self.master):
            raise BadRequest(
                f"The workers of {self.master} cannot read the folders of this machine. Give --scratch, a folder that "
                "the driver and all workers share (hdfs://, s3a://, or one mounted everywhere)."
            )


def on_this_machine(master: str) -> bool:
    """Whether a master is local[...] or on loopback, so that its workers are probably on this machine."""
    host = urlsplit(master).hostname or ""
    return master.startswith("local") or host in ("localhost", "::1") or host.startswith("127.")
