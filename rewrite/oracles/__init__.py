"""Oracles: where facts that the kernel does not decide come from, each with its grade."""
