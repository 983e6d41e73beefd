import pytest

from spex_core.views.palette import palette


def _luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _mix(colour, share, page):
    parts = [(int(colour[at : at + 2], 16), int(page[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02x}" for over, under in parts)


@pytest.mark.parametrize(("dark", "strongest"), [(False, 0.56), (True, 0.46)])
def test_text_is_readable_on_every_tint(dark, strongest):
    # The shares are those of the heatmap in assets/web/explorer/input.css; WCAG AA asks for 4.5.
    colours = palette(dark)
    for tone in (colours.positive, colours.negative):
        assert _contrast(colours.text, _mix(tone, strongest, colours.background)) >= 4.5
        assert _contrast(colours.background, tone) >= 4.5
