"""The Gradio theme: one look for demo, gallery and jury, of the palette's colours and fonts.

`build_theme` carries everything, fonts and style sheet included, so a page that is given it needs
nothing else and loads nothing from elsewhere.
"""

from collections.abc import Sequence

from gradio import themes
from gradio.themes.utils import colors, fonts, sizes

from spaces.look.palette import DARK, FOLDER, GROTESK, LIGHT
from spaces.look.tokens import font_faces, inline, variables


def build_theme(*style_sheets: str) -> themes.Base:
    """The theme, with `base.css` and the named files of `styles/` in it."""
    theme = _Look(
        primary_hue=_hue("persimmon", LIGHT.accent, DARK.accent),
        secondary_hue=_hue("persimmon", LIGHT.accent, DARK.accent),
        neutral_hue=colors.stone,
        text_size=sizes.text_md,
        spacing_size=sizes.spacing_md,
        radius_size=sizes.Size(
            name="radius_paper",
            xxs="4px",
            xs="4px",
            sm="8px",
            md="12px",
            lg="12px",
            xl="12px",
            xxl="16px",
        ),
        font=[fonts.Font(GROTESK), fonts.Font("system-ui"), fonts.Font("sans-serif")],
        font_mono=[fonts.Font("ui-monospace"), fonts.Font("monospace")],
    )
    theme.set(**_variables())
    theme.name = "sprint"
    theme._sheets = [
        font_faces(inline, display="block"),
        variables(":root", LIGHT),
        variables(":root.dark, :root .dark", DARK),
        *map(_sheet, ("base", *style_sheets)),
    ]
    return theme


class _Look(themes.Base):
    """A theme with a style sheet of its own behind the variables.

    Gradio's `custom_css` is meant for that, but 6.31 also writes it into a variable, twice.
    """

    _sheets: Sequence[str] = ()

    def _get_theme_css(self) -> str:
        return "\n".join([super()._get_theme_css(), *self._sheets])


def _sheet(name: str) -> str:
    return (FOLDER / "styles" / f"{name}.css").read_text("utf-8")


def _hue(name: str, light: str, dark: str) -> colors.Color:
    """Gradio wants eleven shades; only one accent is used, so the ends of the range repeat."""
    return colors.Color(
        name=name,
        c50="#FFF4ED",
        c100="#FFE6D5",
        c200="#FFCBAA",
        c300="#FFA974",
        c400=dark,
        c500=dark,
        c600=light,
        c700="#B93C0B",
        c800="#932F0A",
        c900="#76290C",
        c950="#401203",
    )


def _variables() -> dict[str, str]:
    """Gradio's own variables, for its components, in terms of the palettes."""
    colours = {
        "body_background_fill": "paper",
        "body_text_color": "ink",
        "body_text_color_subdued": "muted",
        "background_fill_primary": "surface",
        "background_fill_secondary": "paper",
        "block_background_fill": "paper",
        "block_info_text_color": "muted",
        "block_label_background_fill": "paper",
        "block_label_text_color": "muted",
        "block_title_text_color": "ink",
        "border_color_primary": "hairline",
        "border_color_accent": "accent",
        "input_background_fill": "surface",
        "input_background_fill_focus": "surface",
        "input_border_color": "hairline",
        "input_border_color_focus": "accent",
        "input_placeholder_color": "muted",
        "checkbox_background_color": "surface",
        "checkbox_background_color_selected": "fill",
        "checkbox_border_color": "control",
        "checkbox_border_color_selected": "fill",
        "checkbox_label_background_fill": "paper",
        "checkbox_label_background_fill_hover": "paper",
        "checkbox_label_background_fill_selected": "paper",
        "checkbox_label_text_color_selected": "ink",
        "button_primary_background_fill": "fill",
        "button_primary_background_fill_hover": "fill_hover",
        "button_primary_border_color": "fill",
        "button_primary_text_color": "on_fill",
        "button_secondary_background_fill": "surface",
        "button_secondary_background_fill_hover": "hairline",
        "button_secondary_border_color": "hairline",
        "button_secondary_text_color": "ink",
        "link_text_color": "accent_text",
        "link_text_color_hover": "ink",
        "link_text_color_visited": "accent_text",
        "link_text_color_active": "accent_text",
        "error_background_fill": "surface",
        "error_text_color": "failure",
        "error_icon_color": "failure",
        "error_border_color": "failure",
        "loader_color": "accent",
        "slider_color": "accent",
        "accordion_text_color": "ink",
    }
    themed = {name: getattr(LIGHT, token) for name, token in colours.items()}
    dark = {f"{name}_dark": getattr(DARK, token) for name, token in colours.items()}
    plain = {
        "checkbox_border_radius": "4px",
        "block_border_width": "0px",
        "block_border_width_dark": "0px",
        "block_shadow": "none",
        "block_padding": "0px",
        "block_label_border_width": "0px",
        "block_title_text_weight": "500",
        "block_title_text_size": "14px",
        "block_info_text_size": "13px",
        "body_text_size": "15px",
        "input_text_size": "15px",
        "input_border_width": "1px",
        "input_shadow": "none",
        "input_shadow_focus": "none",
        "button_large_radius": "12px",
        "button_large_text_size": "17px",
        "button_large_text_weight": "600",
        "button_primary_shadow": "none",
        "button_secondary_shadow": "none",
        "form_gap_width": "0px",
        "layout_gap": "16px",
    }
    return {**themed, **dark, **plain}
