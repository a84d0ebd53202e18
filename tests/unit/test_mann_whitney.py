"""The test that tells whether two samples of times have one source."""

import random

import pytest

from tests.load.mann_whitney import p_value

# What SciPy 1.17's mannwhitneyu (two-sided, asymptotic) says of the same samples.
KNOWN = [
    (0, 0.7857943301105564),
    (1, 0.8297938110868244),
    (2, 9.275452331134427e-07),
    (3, 3.117874287952835e-05),
    (4, 6.450118811818139e-10),
    (5, 5.820445600159017e-07),
]


def samples(seed: int) -> tuple[list[float], list[float]]:
    source = random.Random(seed)
    first = [round(source.gauss(0, 1), 1) for _ in range(60)]
    return first, [round(source.gauss(0.2 * seed, 1), 1) for _ in range(80)]


@pytest.mark.parametrize(("seed", "expected"), KNOWN)
def test_it_agrees_with_a_known_implementation(seed: int, expected: float) -> None:
    """Also for samples with many ties."""
    assert p_value(*samples(seed)) == pytest.approx(expected, rel=1e-6)


def test_equal_samples_are_from_one_source() -> None:
    assert p_value([1.0] * 20, [1.0] * 30) == 1.0


def test_too_few_values_are_refused() -> None:
    with pytest.raises(ValueError, match="20"):
        p_value([1.0] * 19, [1.0] * 30)
