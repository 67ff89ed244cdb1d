//! The accent colour of the web page, for its main button and its focus ring.
//!
//! A colour is refused unless it has a contrast of 3:1 to its background, in the light and in the dark scheme (WCAG
//! 2.2, 1.4.11). The text on it is white or black, one of which has 4.5:1 on every colour (1.4.3).

use std::fmt;

/// The accent's backgrounds: page and card of the light scheme, and of the dark one. `style.css` has the same.
pub const GROUNDS: [[Color; 2]; 2] =
    [[Color([0xFA, 0xFA, 0xF9]), Color::WHITE], [Color([0x0F, 0x11, 0x13]), Color([0x18, 0x1B, 0x1F])]];

/// An sRGB colour. `Display` is its form in CSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// The accent in the light scheme and in the dark one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent(pub [Color; 2]);

impl Accent {
    /// The default.
    pub const DEFAULT: Self = Self([Color([0x3B, 0x5B, 0xDB]), Color([0x91, 0xA7, 0xFF])]);

    /// Parses `#rrggbb` for both schemes, or two of them separated by a space, for light and dark.
    pub fn parse(text: &str) -> Option<Self> {
        let (light, dark) = text.split_once(' ').unwrap_or((text, text));
        let accent = [Color::parse(light)?, Color::parse(dark)?];
        let is_seen = |(color, grounds): (Color, [Color; 2])| {
            grounds.into_iter().all(|ground| color.contrast(ground) >= 3.0)
        };
        accent.into_iter().zip(GROUNDS).all(is_seen).then_some(Self(accent))
    }
}

impl Color {
    const WHITE: Self = Self([0xFF; 3]);
    const BLACK: Self = Self([0; 3]);

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// The colour of text on this one.
    #[must_use]
    pub fn text_on(self) -> Self {
        if self.contrast(Self::WHITE) >= 4.5 { Self::WHITE } else { Self::BLACK }
    }

    /// The contrast ratio (WCAG 2.2, "contrast ratio").
    fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(other) / one.min(other)
    }

    /// The relative luminance (WCAG 2.2, "relative luminance").
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_visible_in_both_schemes_is_accepted() {
        for text in ["#635bff", "#635BFF", "#0a2540 #7aa7d9", "#000000 #ffffff"] {
            assert!(Accent::parse(text).is_some(), "{text}");
        }
        let shown = Accent::parse("#0A2540 #7aa7d9").unwrap().0.map(|color| color.to_string());
        assert_eq!(shown, ["#0a2540", "#7aa7d9"]);
        assert!(Accent::parse(&Accent::DEFAULT.0.map(|color| color.to_string()).join(" ")).is_some());
    }

    #[test]
    fn an_accent_that_is_invalid_or_has_too_little_contrast_is_refused() {
        // Too dark for the dark scheme, too light for the light one, and both swapped.
        for text in ["#000000", "#0a2540", "#ffffff", "#ffd400", "#7aa7d9 #0a2540"] {
            assert!(Accent::parse(text).is_none(), "{text}");
        }
        for text in
            ["", "#fff", "635bff", "#635bfg", "#+35bff", "red", "#635bff,#635bff", "#635bff #635bff #635bff"]
        {
            assert!(Accent::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn contrast_is_as_wcag_defines_it() {
        assert!((Color::WHITE.contrast(Color::BLACK) - 21.0).abs() < 1e-9);
        // The lightest grey that passes 4.5:1 on white.
        assert!(
            Color([0x76; 3]).contrast(Color::WHITE) >= 4.5 && Color([0x77; 3]).contrast(Color::WHITE) < 4.5
        );
        for value in 0..=u8::MAX {
            let color = Color([value; 3]);
            assert!(color.contrast(color.text_on()) >= 4.5, "{color}");
        }
    }
}
