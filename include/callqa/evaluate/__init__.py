"""How well a model does on recordings whose words are known: error rates, tags, and differences between settings."""

from callqa.evaluate.comparison import compare
from callqa.evaluate.evaluation import Evaluation, evaluate, model_facts
from callqa.evaluate.manifest import Manifest, Problem, Reference, read

__all__ = ["Evaluation", "Manifest", "Problem", "Reference", "compare", "evaluate", "model_facts", "read"]
