"""Generate values of every kind with hypothesis."""

from hypothesis import strategies as st

from intacct import filters as f

# Every character of XML 1.0: no control characters, no halves of surrogate pairs.
SENDABLE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
        lambda c: c in "\t\n\r" or c >= " "
    )
)

COMPARISONS = st.builds(f.eq, st.just("NAME"), SENDABLE) | st.builds(
    f.between, st.just("RECORDNO"), st.integers(), st.decimals(allow_nan=False, allow_infinity=False)
)
NESTED = st.recursive(
    COMPARISONS,
    lambda inner: st.lists(inner, min_size=1, max_size=4).flatmap(
        lambda members: st.sampled_from([f.any_of(*members), f.all_of(*members) or members[0]])
    ),
    max_leaves=12,
)
