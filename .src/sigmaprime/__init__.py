"""sigmaprime: a prover and rewriting engine for neural networks drawn as string diagrams.

The words live in three packages, and imports run one way:

- `sigmaprime.diagrams`: what a network is;
- `sigmaprime.rewrite`: what may be done to it, with proof;
- `sigmaprime.render`: how it is shown.
"""

__version__ = "0.1.0"
