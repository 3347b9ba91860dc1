"""Forms of σ' = ln ∘ σ ∘ exp for floats, found by search: candidates in several regimes, scored against many digits, the cheapest chosen."""
